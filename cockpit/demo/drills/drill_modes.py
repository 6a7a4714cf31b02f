"""The two ways of a drill: at the screen, and with a trainee of our own, for whom nobody needs to sit there."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from cockpit import wiring
from cockpit.config import load
from cockpit.control.board import Board
from cockpit.control.command_table import find_command
from cockpit.control.dispatcher import Dispatcher
from cockpit.control.feeds.feed_table import follow
from cockpit.demo.company_process import SETTING_UP, RunningCompany, staged
from cockpit.demo.drills.debrief import Debrief, in_words
from cockpit.demo.drills.drill import Drill, Fault, drawn
from cockpit.demo.drills.drill_runner import DrillRunner, possible
from cockpit.demo.drills.trainee import next_act, shows
from cockpit.demo.stories import StoryMove
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Failed

LONGEST = 240.0
"""Seconds after which a drill that plays by itself has gone wrong."""
Act = Callable[[Snapshot, Fault, int, bool], StoryMove | None]


def at_the_screen(seed: int, keep: Path | None) -> int:
    """Open the cockpit on a company in which something will break; the debrief once it is left. Raises `Failed`."""
    drill = drawn(seed, possible())
    last: list[Snapshot] = []
    with staged(drill.story, seed, keep, drill.store, drill.prometheus) as stage:
        drilling = DrillRunner(stage.layout, drill, wiring.current_user(), wiring.clock)

        async def also(board: Board) -> None:
            reporting = asyncio.ensure_future(stage.report(board))
            try:
                await board.until(lambda snapshot: snapshot.last_good is not None, LONGEST)
                await drilling.run(board)
                await reporting
            finally:
                reporting.cancel()
                last.append(board.look())

        code = wiring.run_screen(load(stage.layout.config), watch=False, extra_feed=also, startup=SETTING_UP)
        stage.end()  # the last word on the traffic is written when it ends
        if last:
            print(in_words(drilling.told(last[-1])))
    return code


def by_itself(seed: int, keep: Path | None, as_json: bool) -> int:
    """Play it with our own trainee and print the debrief; 0 where it was passed. Raises `Failed`."""
    drill = drawn(seed, possible())
    with staged(drill.story, seed, keep, drill.store, drill.prometheus) as stage:
        told = asyncio.run(played(stage, drill, next_act))
    print(json.dumps({**to_builtins(told), "passed": told.passed}) if as_json else in_words(told))
    return 0 if told.passed else 1


async def played(stage: RunningCompany, drill: Drill, act: Act, longest: float = LONGEST) -> Debrief:
    """Play it to its end, or for `longest` seconds, with an engine of our own and that trainee. Raises `Failed`."""
    config = load(stage.layout.config)
    async with wiring.open_context(config) as world:
        board = Board(config.policy, wiring.clock)
        drilling = DrillRunner(stage.layout, drill, wiring.current_user(), wiring.clock)
        company: list[asyncio.Task[Any]] = [
            asyncio.ensure_future(follow(board, world.sources(), wiring.clock)),
            asyncio.ensure_future(wiring.run_engine(config, lambda words: None)),
        ]
        try:
            async for _ in stage.progress():
                pass
            plot = stage.layout.plot()
            assert plot, "a company that serves has been made"
            desk = wiring.board_dispatcher(world, board)
            company.append(asyncio.ensure_future(_command(board, desk, drilling, drill.fault, plot.origin.bad, act)))
            running = asyncio.ensure_future(drilling.run(board))
            company.append(running)
            await asyncio.wait(company, timeout=longest, return_when=asyncio.FIRST_COMPLETED)
            for task in company:
                if task.done():
                    task.result()
            snapshot = board.look()
        finally:
            for task in company:
                task.cancel()
            await asyncio.wait(company)
    stage.end()
    return drilling.told(snapshot)


async def _command(board: Board, desk: Dispatcher, drilling: DrillRunner, fault: Fault, bad: int, act: Act) -> None:
    seen = False
    while True:
        async for snapshot in board.changes(0.5):
            seen = seen or (drilling.began is not None and shows(snapshot, fault))
            if move := act(snapshot, fault, bad, seen):
                with suppress(Failed):  # the store is away or busy: look again, decide again
                    await desk.dispatch(
                        find_command(move.verb), CommandRequest(by=wiring.current_user(), why=move.why, pull=move.pull)
                    )
