"""`cockpit check`: reach every configured system and say, a line each, what to do about those that do not answer."""

import argparse
import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from msgspec import Struct, to_builtins

from cockpit.cli.options import config_of
from cockpit.config import Config
from cockpit.deploy.builds.build import build_of
from cockpit.deploy.gate.alerts import outstanding
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration, names, plural, short
from cockpit.ports import Failed
from cockpit.rules.deploy_window import window_closed

if TYPE_CHECKING:
    from cockpit.wiring import Context


class Finding(Struct, frozen=True):
    """One line."""

    what: str
    ok: bool
    says: str


def check(options: argparse.Namespace) -> int:
    """0 when everything answers, 3 when something does not."""
    config = config_of(options)
    findings = asyncio.run(_check(config))
    for finding in () if options.json else findings:
        print(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.what:<11} {finding.says}")
    if options.json:
        print(json.dumps([to_builtins(finding) for finding in findings]))
    return 0 if all(finding.ok for finding in findings) else 3


async def _check(config: Config) -> tuple[Finding, ...]:
    from cockpit import wiring

    steps = plural(len(config.policy.ladder), "step")
    found = [Finding("config", True, f"{config.path}: {plural(len(config.policy.tiers), 'tier')}, {steps}")]
    async with wiring.open_context(config) as world:
        snapshot: Snapshot | None = None

        async def store() -> str:
            nonlocal snapshot
            snapshot = await wiring.look(world)
            hosts = {host for tier in snapshot.fleet.values() for host in tier.hosts}
            advice = await world.advice(len(hosts))
            releases = plural(len(snapshot.log.value.releases), "release")
            return f"{world.store.place}: {releases}{f'; it {advice}' if advice else ''}"

        def seen() -> Snapshot:
            if snapshot is None:
                raise Failed("hosts", "not known without the store")
            return snapshot

        checks: tuple[tuple[str, Callable[[], Awaitable[str]]], ...] = (
            ("store", store),
            ("repository", lambda: asyncio.to_thread(_repository, world)),
            ("artifacts", lambda: asyncio.to_thread(_artifacts, world)),
            ("build", lambda: asyncio.to_thread(_program, config.build.command, "files are packed as they are")),
            ("smoke", lambda: asyncio.to_thread(_program, config.smoke.command, "staging is not tested")),
            ("engine", lambda: _engine(seen())),
            ("hosts", lambda: _hosts(seen())),
            ("metrics", lambda: _metrics(world, seen())),
            ("pace", lambda: _pace(world.config, seen())),
            ("alerts", lambda: _alerts(world, seen())),
            ("forge", lambda: _forge(config)),
            ("suspects", lambda: asyncio.to_thread(_reports, config)),
            ("people", lambda: wiring.check_people(config)),
            ("calendar", lambda: _calendar(seen())),
            ("rota", lambda: _rota(config)),
            ("theme", lambda: asyncio.to_thread(wiring.check_theme, config)),
        )
        for what, reach in checks:
            try:
                found.append(Finding(what, True, await reach()))
            except Failed as failed:
                found.append(Finding(what, False, str(failed)))
    return tuple(found)


def _repository(world: "Context") -> str:
    from cockpit import wiring

    repository = wiring.repository(world.config)
    repository.fetch()
    configured = world.config.repository
    tip = short(repository.resolve("main"))
    return f"{_without_secrets(configured.url)}: {configured.main} is at {tip}"


def _without_secrets(url: str) -> str:
    """The url without the name and the password it may carry."""
    scheme, there, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if there else url


def _artifacts(world: "Context") -> str:
    artifacts, config = world.artifacts(), world.config
    if config.artifacts.url and not config.artifacts.url.startswith(("http://", "https://", "file://")):
        return f"{artifacts.place}: {plural(len({build_of(part.name) for part in artifacts.stored_parts()}), 'build')}"
    folder = config.resolve(config.artifacts.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".check"
        probe.touch()
        probe.unlink()
        free = shutil.disk_usage(folder).free
    except OSError as bad:
        raise Failed(
            str(folder), f"cannot be written: {bad.strerror}", "make it writable or change artifacts.folder"
        ) from bad
    return f"{artifacts.place}: {free / 1e9:.1f} GB free"


async def _forge(config: Config) -> str:
    from cockpit import wiring

    has = config.forge
    if (forge := wiring.forge(config)) is None:
        return "none: reviews and checks are not shown"
    try:
        await forge.reviews((1,))
    finally:
        await forge.close()
    return f"{_without_secrets(has.url)}: {has.kind} answers for {has.project}"


def _reports(config: Config) -> str:
    from cockpit import wiring

    if (reports := wiring.reports(config)) is None:
        return "none: suspects are ranked only where `suspects --trace` is given an error"
    text = reports.latest()
    return "the newest errors can be read" if text.strip() else "it holds no error now"


async def _calendar(snapshot: Snapshot) -> str:
    calendar = snapshot.policy.calendar
    if not calendar.planned:
        return "none: deploys may happen at any time"
    against = window_closed(snapshot)
    slots = plural(len(calendar.slots_of(calendar.day_of(snapshot.now))), "slot")
    return f"{slots} today, {calendar.zone}; {against.reason if against else 'open now'}"


async def _rota(config: Config) -> str:
    from cockpit import wiring

    roster = wiring.roster(config)
    rota = await roster.rota() if roster else config.policy.rota
    if not (rota.people or rota.fixed):
        return "none: whoever comes has the conn"
    return names(tuple(dict.fromkeys((*rota.people, *rota.fixed.values()))))


def _program(command: tuple[str, ...], without: str) -> str:
    if not command:
        return f"no command: {without}"
    if "/" not in command[0] and shutil.which(command[0]) is None:
        raise Failed(command[0], "is not on PATH", "install it or change the command in config.toml")
    return " ".join(command)


async def _engine(snapshot: Snapshot) -> str:
    if not snapshot.engine.value.name:
        return "none is running; the screen brings one, `cockpit engine` is one"
    return snapshot.engine.value.name


async def _hosts(snapshot: Snapshot) -> str:
    silent = [host for tier in snapshot.fleet.values() for host in tier.silent]
    if silent:
        raise Failed("agents", f"silent: {names(tuple(silent))}", "start `cockpit agent` on them")
    return f"{plural(len(snapshot.statuses.value), 'host')} report"


async def _alerts(world: "Context", snapshot: Snapshot) -> str:
    from cockpit import wiring

    source = wiring.alerts(world.config)
    if source is None:
        return "no source: none holds the gate"
    return outstanding(await source.alerts(), snapshot.now) or "none outstanding"


async def _metrics(world: "Context", snapshot: Snapshot) -> str:
    serving = tuple(status for status in snapshot.statuses.value.values() if status.build)
    if not serving:
        return "no host serves yet"
    from cockpit import wiring

    scrape = await wiring.metrics(world.config).scrape(serving, snapshot.now)
    if scrape.missing:
        config = world.config
        where = config.metrics.path if config.metrics.kind == "scrape" else "the queries of [prometheus]"
        raise Failed("counters", f"none from {names(scrape.missing)}", f"look whether {where} answers for them")
    oldest = max(snapshot.now - status.at for status in serving)
    return f"{plural(len(serving), 'host')} answer; oldest heartbeat {duration(oldest)}"


async def _pace(config: Config, snapshot: Snapshot) -> str:
    """Asked more often than every second scrape, Prometheus mostly says the same again."""
    from cockpit import wiring

    every = config.metrics.every
    try:
        scraped = await wiring.scraped_every(config, snapshot.statuses.value.keys())
    except Failed as failed:  # what speaks its language need not tell this
        return f"counters every {every:g} s; how often they change is not known: {failed}"
    if not scraped:
        return f"counters every {every:g} s"
    if every < 2 * scraped:
        reason = f"is {every:g} s and Prometheus scrapes every {scraped:g} s: many looks see nothing new"
        raise Failed("metrics.every", reason, f"set it to {2 * scraped:g} or more, or scrape more often")
    return f"counters every {every:g} s, scraped every {scraped:g} s"
