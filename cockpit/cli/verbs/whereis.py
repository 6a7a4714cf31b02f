"""`cockpit whereis`: where a PR or a commit is, and waiting until it is there.

Exit codes: 0 it is everywhere that was asked for, 1 it is not or not in time, 2 nobody knows such a thing, 3 an
outside system failed.
"""

import argparse
import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator

from cockpit.cli.command_verb import pull_named
from cockpit.cli.options import config_of, width
from cockpit.control.board import Board
from cockpit.control.change_lookup import ChangeLookup, ForgeSilent
from cockpit.control.feeds import Sources, follow
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean, names
from cockpit.rules.record.whereis import ChangeStage, Goal, Whereabouts, goal
from cockpit.views import whereis as view
from cockpit.views.rows import plain

LOOKED_EVERY = 1.0
"""Seconds until it is looked at again although nothing was written: a host that falls silent writes nothing."""


def add_options(verb: argparse.ArgumentParser) -> None:
    """What the verb takes."""
    verb.add_argument("named", type=named, metavar="PR|SHA", help="its number, Change-Id or D12, or a commit")
    verb.add_argument(
        "--wait", default="", metavar="N%|TIER", help="wait until so many of all hosts, or every host of a tier, run it"
    )
    verb.add_argument("--timeout", type=float, default=0.0, metavar="S", help="seconds to wait at most (for ever)")
    verb.set_defaults(run=whereis)


def named(text: str) -> int | str:
    """What is looked for: a commit by seven characters of its id at least, or a PR as every verb takes it."""
    lower = text.lower()
    return lower if re.fullmatch(r"(?!\d+$)[0-9a-f]{7,64}", lower) else pull_named(text)


def whereis(options: argparse.Namespace) -> int:
    """Print where it is; 0 where it is everywhere that was asked for."""
    config = config_of(options)
    tiers = tuple(tier.name for tier in config.policy.tiers)
    asked = goal(options.wait or "100%", tiers)
    if asked is None:
        print(f"cockpit: --wait takes a share such as 100% or one of {names(tiers, 20)}", file=sys.stderr)
        return 2
    if not 0 <= options.timeout < float("inf"):
        print("cockpit: --timeout takes seconds, 0 or more", file=sys.stderr)
        return 2
    try:
        found, now = asyncio.run(_find(options, asked))
    except ForgeSilent as nobody:
        print(f"cockpit: {nobody}", file=sys.stderr)
        return 2
    reached = asked.reached(found)
    if options.json:
        print(json.dumps(view.as_json(found, reached)))
    else:
        print(plain(view.rows(found, now, width())))
    if options.wait and not reached:
        why = f"it was reverted in {found.reverted}" if found.stage is ChangeStage.REVERTED else "the time is over"
        print(f"cockpit: {found.thing.name} is not at {clean(options.wait)}: {why}", file=sys.stderr)
    return 0 if reached else 1


async def _find(options: argparse.Namespace, asked: Goal) -> tuple[Whereabouts, float]:
    """Where it is, and when that was so; if need be once it is where it is waited for, or the time is over."""
    from cockpit import wiring

    async with wiring.open_context(config_of(options), read_only=True) as world:
        tracer = ChangeLookup(wiring.repository(world.config), options.named)
        snapshot = await wiring.look(world)
        found = await asyncio.to_thread(tracer.look, snapshot), snapshot.now
        if not options.wait or _over(found[0], asked):
            return found
        board = Board(world.config.policy, wiring.clock)
        following = asyncio.create_task(follow(board, Sources(world.store, world.locks), wiring.clock))
        shown = ""
        try:
            async with asyncio.timeout(options.timeout or None):
                async for snapshot in _read(board):
                    found = await asyncio.to_thread(tracer.look, snapshot), snapshot.now
                    if not options.json and (line := view.progress(found[0])) != shown:
                        print(shown := line, file=sys.stderr, flush=True)
                    if _over(found[0], asked):
                        break
        except TimeoutError:
            pass
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
    return found


def _over(found: Whereabouts, asked: Goal) -> bool:
    """Whether waiting on would change nothing."""
    return asked.reached(found) or found.stage is ChangeStage.REVERTED


async def _read(board: Board) -> AsyncIterator[Snapshot]:
    """Pictures in which the log, the targets and the hosts have been read once."""
    async for snapshot in board.changes(LOOKED_EVERY):
        if snapshot.log.at and snapshot.targets.at and snapshot.statuses.at:
            yield snapshot
