"""The verbs that look: the same rows as the screen's, as text or JSON. Nothing here can write."""

import argparse
import asyncio
import json
import sys

from msgspec import to_builtins

from cockpit.cli.options import config_of, width
from cockpit.config import ConfigError
from cockpit.control.log_verification import LEAST_KEPT, verify
from cockpit.deploy.gate import replay
from cockpit.deploy.gate.counts_file import InvalidTrace, read
from cockpit.deploy.policy import GatePolicy
from cockpit.deploy.pulls.merge_policy import Objection
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Failed
from cockpit.rules.decisions.preflight import objections
from cockpit.views import consul_policies, json_output
from cockpit.views import history as history_view
from cockpit.views import notifications as messages_view
from cockpit.views import pulls as pulls_view
from cockpit.views import status as status_view
from cockpit.views.host_grid import grid
from cockpit.views.rows import Line, plain


def status(options: argparse.Namespace) -> int:
    """Print the whole picture."""
    snapshot = asyncio.run(_snapshot(options))
    return _print(options, json_output.status(snapshot), status_view.status(snapshot, width()))


def hosts(options: argparse.Namespace) -> int:
    """Print the fleet, one cell a host, and who is not where it should be."""
    snapshot = asyncio.run(_snapshot(options))
    return _print(options, json_output.hosts(snapshot), grid(snapshot, width()))


def messages(options: argparse.Namespace) -> int:
    """Print what people have still to be told."""
    snapshot = asyncio.run(_snapshot(options))
    return _print(options, messages_view.as_json(snapshot), messages_view.page(snapshot, width()))


def history(options: argparse.Namespace) -> int:
    """Print past releases, one release's events, or the proof that nobody edited them."""
    if options.verify or options.against:
        return asyncio.run(_verify(options))
    snapshot = asyncio.run(_snapshot(options))
    if not options.release:
        return _print(options, json_output.releases(snapshot), history_view.releases(snapshot, width()))
    releases = snapshot.log.value.releases
    release = next((release for release in releases if release.id == options.release), None)
    if release is None:
        print(f"refused: there is no release {options.release}; `cockpit history` lists them", file=sys.stderr)
        return 1
    return _print(options, json_output.release(release), history_view.events(release, width()))


def pulls(options: argparse.Namespace) -> int:
    """Print the PRs of a range."""
    found, against = asyncio.run(_pulls(options))
    about = {name: [one.whole for one in against if name in one.pulls] for one in against for name in one.pulls}
    told = [{**json_output.pull(one), "against": about.get(one.name, [])} for one in found]
    lines = (*pulls_view.listing(found, width()), *pulls_view.against(against, width()))
    return _print(options, told, lines)


def gate_replay(options: argparse.Namespace) -> int:
    """Print the verdict after every tick of a trace."""
    policy = config_of(options).policy.gate if options.config else GatePolicy()
    try:
        with options.file.open(encoding="utf-8-sig", errors="replace") as lines:
            trace = read(lines, options.counters)
    except OSError as bad:
        raise Failed(str(options.file), f"cannot be read: {bad}") from bad
    except InvalidTrace as bad:
        print(f"cockpit: {options.file}: {bad}", file=sys.stderr)
        return 2
    times = replay.ReplayTimes(options.every, options.until)
    for tick in replay.verdicts(trace, policy, options.soak, times):
        print(json.dumps(tick.as_json()) if options.json else tick.line())
    return 0


def acl(options: argparse.Namespace) -> int:
    """Print the Consul policies of every role, or of the one that is named."""
    config = config_of(options)
    root, tiers = config.consul_root, tuple(tier.name for tier in config.policy.tiers)
    if options.role == "agent" and options.tier not in tiers:
        raise ConfigError(f"{config.path}: an agent's policy needs --tier, one of {', '.join(tiers)}")
    match options.role:
        case "agent":
            print(consul_policies.agent(root, options.tier, options.host), end="")
        case "commander" | "engine" | "watcher" as role:
            print(
                {
                    "commander": consul_policies.commander,
                    "engine": consul_policies.engine,
                    "watcher": consul_policies.watcher,
                }[role](root),
                end="",
            )
        case _ if options.json:
            print(json.dumps(consul_policies.policies(root, tiers)))
        case _:
            print(
                "# Each role by itself, ready to load: cockpit acl ROLE | consul acl policy create -name NAME -rules -"
            )
            print("# `cockpit acl agent --tier TIER --host HOST` lets one host write its own status alone.")
            for name, rules in consul_policies.policies(root, tiers).items():
                print(f"\n# {name}\n{rules}", end="")
    return 0


async def _snapshot(options: argparse.Namespace) -> Snapshot:
    from cockpit import wiring

    async with wiring.open_context(config_of(options), read_only=True) as world:
        return await wiring.look(world)


async def _verify(options: argparse.Namespace) -> int:
    from cockpit import wiring

    if options.against and len(options.against) < LEAST_KEPT:
        print(f"refused: --against needs {LEAST_KEPT} characters of the digest at least", file=sys.stderr)
        return 1
    async with wiring.open_context(config_of(options), read_only=True) as world:
        found = await verify(world.store, options.against)
    if options.json:
        print(json.dumps({**to_builtins(found), "proved": found.proved}))
    else:
        said = ", each names the one before it and the anchor the last: nobody edited them" if found.proved else ""
        print(f"{found.events} events{said}")
        if found.against:
            print(f"the digest you kept is that of {found.against}: all up to it is as it was")
        if found.digest:
            print(f"head {found.digest}")
    for wrong in (*found.broken, *((found.unproved,) if found.unproved else ())):
        print(wrong, file=sys.stderr)
    return 0 if found.proved else 1


async def _pulls(options: argparse.Namespace) -> tuple[tuple[PullRequest, ...], tuple[Objection, ...]]:
    """The PRs, and, of what is not released yet, what speaks against releasing it."""
    from cockpit import wiring

    base, dots, head = options.range.partition("..")
    if options.repo:
        history = wiring.history_at(options.repo)
        return (history.pulls(base, head or "HEAD") if dots else history.pulls("", options.range or "HEAD")), ()
    async with wiring.open_context(config_of(options), read_only=True) as world:
        if not dots:
            ref = options.range or "main"
            snapshot = await wiring.look(world, ref)
            return (snapshot.main.value.pulls if snapshot.main.value else ()), objections(snapshot, ref)
        repository = wiring.repository(world.config)
        await asyncio.to_thread(repository.fetch)
        first = await asyncio.to_thread(repository.resolve, base) if base else ""
        last = await asyncio.to_thread(repository.resolve, head or "main")
        return await asyncio.to_thread(repository.pulls, first, last), ()


def _print(options: argparse.Namespace, value: object, lines: tuple[Line, ...]) -> int:
    print(json.dumps(value) if options.json else plain(lines))
    return 0
