"""`cockpit check`: validate the config and reach every system it names, one line each."""

import argparse
import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from msgspec import Struct, to_builtins

from cockpit.cli.exit_codes import DONE, FAILED
from cockpit.cli.options import Verbs, add_verb, config_of
from cockpit.config import Config
from cockpit.deploy.builds.build import build_of
from cockpit.deploy.gate.alerts import firing_text
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration, names, plural, short
from cockpit.ports import Failed
from cockpit.rules.deploy_window import window_closed

if TYPE_CHECKING:
    from cockpit.wiring import Context


class CheckResult(Struct, frozen=True):
    """The result for one system, and for a failure what to do."""

    system: str
    ok: bool
    message: str


def add(verbs: Verbs) -> None:
    """Add the verb."""
    add_verb(verbs, "check", run, "Validate the config and reach every system it names.")


def run(options: argparse.Namespace) -> int:
    """Print the results; 3 if a system failed."""
    results = asyncio.run(_check(config_of(options)))
    if options.json:
        print(json.dumps([to_builtins(result) for result in results]))
    else:
        for result in results:
            print(f"{'ok  ' if result.ok else 'FAIL'}  {result.system:<11} {result.message}")
    return DONE if all(result.ok for result in results) else FAILED


async def _check(config: Config) -> tuple[CheckResult, ...]:
    from cockpit import wiring

    steps = plural(len(config.policy.ladder), "step")
    results = [CheckResult("config", True, f"{config.path}: {plural(len(config.policy.tiers), 'tier')}, {steps}")]
    async with wiring.open_context(config) as context:
        read: Snapshot | None = None

        async def store() -> str:
            nonlocal read
            read = await wiring.read_snapshot(context)
            hosts = {host for tier in read.fleet.values() for host in tier.hosts}
            advice = await context.advice(len(hosts))
            releases = plural(len(read.log.value.releases), "release")
            return f"{context.store.place}: {releases}{f'; it {advice}' if advice else ''}"

        def snapshot() -> Snapshot:
            if read is None:
                raise Failed("hosts", "unknown without the store")
            return read

        checks: tuple[tuple[str, Callable[[], Awaitable[str]]], ...] = (
            ("store", store),
            ("repository", lambda: asyncio.to_thread(_repository, context)),
            ("artifacts", lambda: asyncio.to_thread(_artifacts, context)),
            ("build", lambda: asyncio.to_thread(_program, config.build.command, "files are packed as they are")),
            ("smoke", lambda: asyncio.to_thread(_program, config.smoke.command, "staging is not tested")),
            ("engine", lambda: _engine(snapshot())),
            ("hosts", lambda: _hosts(snapshot())),
            ("metrics", lambda: _metrics(context, snapshot())),
            ("pace", lambda: _pace(context.config, snapshot())),
            ("alerts", lambda: _alerts(context, snapshot())),
            ("forge", lambda: _forge(config)),
            ("suspects", lambda: asyncio.to_thread(_error_reports, config)),
            ("people", lambda: wiring.check_people(config)),
            ("calendar", lambda: _calendar(snapshot())),
            ("rota", lambda: _rota(config)),
            ("theme", lambda: asyncio.to_thread(wiring.check_theme, config)),
        )
        for system, check in checks:
            try:
                results.append(CheckResult(system, True, await check()))
            except Failed as failed:
                results.append(CheckResult(system, False, str(failed)))
    return tuple(results)


def _repository(context: "Context") -> str:
    from cockpit import wiring

    repository = wiring.repository(context.config)
    repository.fetch()
    configured = context.config.repository
    return f"{_without_credentials(configured.url)}: {configured.main} is at {short(repository.resolve('main'))}"


def _without_credentials(url: str) -> str:
    """Remove a user name and a password from a URL."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if separator else url


def _artifacts(context: "Context") -> str:
    artifacts, config = context.artifacts(), context.config
    if config.artifacts.url and not config.artifacts.url.startswith(("http://", "https://", "file://")):
        return f"{artifacts.place}: {plural(len({build_of(part.name) for part in artifacts.stored_parts()}), 'build')}"
    folder = config.resolve(config.artifacts.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".check"
        probe.touch()
        probe.unlink()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        advice = "make it writable or change artifacts.folder"
        raise Failed(str(folder), f"cannot be written: {error.strerror}", advice) from error
    return f"{artifacts.place}: {free / 1e9:.1f} GB free"


async def _forge(config: Config) -> str:
    from cockpit import wiring

    section = config.forge
    if (forge := wiring.forge(config)) is None:
        return "none: reviews and checks are not shown"
    try:
        await forge.reviews((1,))
    finally:
        await forge.close()
    return f"{_without_credentials(section.url)}: {section.kind} answers for {section.project}"


def _error_reports(config: Config) -> str:
    from cockpit import wiring

    if (reports := wiring.reports(config)) is None:
        return "none: suspects are ranked only with `suspects --trace`"
    return "the newest errors can be read" if reports.latest().strip() else "no errors at present"


async def _calendar(snapshot: Snapshot) -> str:
    calendar = snapshot.policy.calendar
    if not calendar.restricted:
        return "none: releases may start at any time"
    closed = window_closed(snapshot)
    slots = plural(len(calendar.slots_of(calendar.day_of(snapshot.now))), "slot")
    return f"{slots} today, {calendar.zone}; {closed.reason if closed else 'open now'}"


async def _rota(config: Config) -> str:
    from cockpit import wiring

    roster = wiring.rota_source(config)
    rota = await roster.rota() if roster else config.policy.rota
    if not (rota.people or rota.fixed):
        return "none: anyone may take over"
    return names(tuple(dict.fromkeys((*rota.people, *rota.fixed.values()))))


def _program(command: tuple[str, ...], without: str) -> str:
    if not command:
        return f"no command: {without}"
    if "/" not in command[0] and shutil.which(command[0]) is None:
        raise Failed(command[0], "is not on PATH", "install it or change the command in config.toml")
    return " ".join(command)


async def _engine(snapshot: Snapshot) -> str:
    return snapshot.engine.value.name or "not running: open the screen, which runs one, or start `cockpit engine`"


async def _hosts(snapshot: Snapshot) -> str:
    silent = [host for tier in snapshot.fleet.values() for host in tier.silent]
    if silent:
        raise Failed("agents", f"silent: {names(tuple(silent))}", "start `cockpit agent` on them")
    return f"{plural(len(snapshot.statuses.value), 'host')} report"


async def _alerts(context: "Context", snapshot: Snapshot) -> str:
    from cockpit import wiring

    source = wiring.alerts(context.config)
    if source is None:
        return "none: alerts do not hold the gate"
    return firing_text(await source.alerts(), snapshot.now) or "none outstanding"


async def _metrics(context: "Context", snapshot: Snapshot) -> str:
    serving = tuple(status for status in snapshot.statuses.value.values() if status.build)
    if not serving:
        return "no host serves yet"
    from cockpit import wiring

    scrape = await wiring.metrics(context.config).scrape(serving, snapshot.now)
    if scrape.missing:
        section = context.config.metrics
        source = section.path if section.kind == "scrape" else "the queries of [prometheus]"
        raise Failed("counters", f"none from {names(scrape.missing)}", f"check that {source} returns theirs")
    oldest = max(snapshot.now - status.at for status in serving)
    return f"{plural(len(serving), 'host')} answer; oldest heartbeat {duration(oldest)}"


async def _pace(config: Config, snapshot: Snapshot) -> str:
    """Compare the poll interval with Prometheus' scrape interval: below twice that, many polls see nothing new."""
    from cockpit import wiring

    every = config.metrics.every
    try:
        interval = await wiring.scrape_interval(config, snapshot.statuses.value.keys())
    except Failed as failed:  # servers that speak PromQL need not report it
        return f"counters every {every:g} s; scrape interval unknown: {failed}"
    if not interval:
        return f"counters every {every:g} s"
    if every < 2 * interval:
        reason = f"is {every:g} s and Prometheus scrapes every {interval:g} s: many polls see nothing new"
        raise Failed("metrics.every", reason, f"set it to {2 * interval:g} or more, or scrape more often")
    return f"counters every {every:g} s, scraped every {interval:g} s"
