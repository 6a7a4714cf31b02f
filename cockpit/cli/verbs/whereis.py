"""`cockpit whereis`: which hosts run a PR or a commit, with --wait once enough of them do.

Exit codes: 0 it runs on all hosts asked for, 1 it does not or not in time, 2 the commit is unknown, 3 an outside
system failed.
"""

import argparse
import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator

from cockpit.cli.exit_codes import DONE, REFUSED
from cockpit.cli.options import Verbs, add_verb, config_of, pull_id
from cockpit.cli.output import usage_error, width
from cockpit.control.board import Board
from cockpit.control.change_lookup import ChangeLookup, UnknownChange
from cockpit.control.feeds.feed_table import follow
from cockpit.control.feeds.sources import Sources
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean, names
from cockpit.rules.record.whereis import ChangeStage, Goal, Whereabouts, parse_goal
from cockpit.views import whereis as view
from cockpit.views.rows import plain

POLL_EVERY = 1.0
"""Seconds until hosts are checked again although nothing was written: a silent host writes nothing."""


def add(verbs: Verbs) -> None:
    """Add the verb."""
    help = "Print where a PR or a commit runs: tiers, share of hosts, since when."
    verb = add_verb(verbs, "whereis", run, help)
    verb.add_argument("change", type=change_id, metavar="PR|SHA", help="12, #12, D12, a Change-Id or a commit")
    help = "wait until this share of all hosts, or every host of this tier, runs it"
    verb.add_argument("--wait", default="", metavar="N%|TIER", help=help)
    verb.add_argument("--timeout", type=float, default=0.0, metavar="S", help="seconds to wait (default: no limit)")


def change_id(text: str) -> int | str:
    """Parse a commit, at least seven characters of its id, or the name of a PR."""
    lower = text.lower()
    return lower if re.fullmatch(r"(?!\d+$)[0-9a-f]{7,64}", lower) else pull_id(text)


def run(options: argparse.Namespace) -> int:
    """Print where it runs."""
    config = config_of(options)
    tiers = tuple(tier.name for tier in config.policy.tiers)
    goal = parse_goal(options.wait or "100%", tiers)
    if goal is None:
        return usage_error(f"invalid --wait {clean(options.wait)!r}: use a share such as 100% or {names(tiers, 20)}")
    if not 0 <= options.timeout < float("inf"):
        return usage_error("--timeout must be a number of seconds, 0 or more")
    try:
        whereabouts, now = asyncio.run(_find(options, goal))
    except UnknownChange as error:
        return usage_error(str(error))
    reached = goal.reached(whereabouts)
    if options.json:
        print(json.dumps(view.as_json(whereabouts, reached)))
    else:
        print(plain(view.rows(whereabouts, now, width())))
    if options.wait and not reached:
        reverted = whereabouts.stage is ChangeStage.REVERTED
        reason = f"it was reverted in {whereabouts.reverted}" if reverted else "timed out"
        print(f"cockpit: {whereabouts.change.name} is not on {clean(options.wait)}: {reason}", file=sys.stderr)
    return DONE if reached else REFUSED


async def _find(options: argparse.Namespace, goal: Goal) -> tuple[Whereabouts, float]:
    """Return where it runs and the time of that reading; with --wait, when the goal is reached or time is up."""
    from cockpit import wiring

    async with wiring.open_context(config_of(options), read_only=True) as context:
        lookup = ChangeLookup(wiring.repository(context.config), options.change)
        snapshot = await wiring.read_snapshot(context)
        reading = await asyncio.to_thread(lookup.look, snapshot), snapshot.now
        if not options.wait or _is_final(reading[0], goal):
            return reading
        board = Board(context.config.policy, wiring.clock)
        following = asyncio.create_task(follow(board, Sources(context.store, context.locks), wiring.clock))
        printed = ""
        try:
            async with asyncio.timeout(options.timeout or None):
                async for snapshot in _complete_snapshots(board):
                    reading = await asyncio.to_thread(lookup.look, snapshot), snapshot.now
                    if not options.json and (progress := view.progress(reading[0])) != printed:
                        print(printed := progress, file=sys.stderr, flush=True)
                    if _is_final(reading[0], goal):
                        break
        except TimeoutError:
            pass
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
    return reading


def _is_final(whereabouts: Whereabouts, goal: Goal) -> bool:
    """Whether waiting longer would change nothing."""
    return goal.reached(whereabouts) or whereabouts.stage is ChangeStage.REVERTED


async def _complete_snapshots(board: Board) -> AsyncIterator[Snapshot]:
    """Yield snapshots whose log, targets and hosts have all been read."""
    async for snapshot in board.changes(POLL_EVERY):
        if snapshot.log.at and snapshot.targets.at and snapshot.statuses.at:
            yield snapshot
