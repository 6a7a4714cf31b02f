"""The two modes of a drill: on the screen, and headless with a scripted trainee."""

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
from cockpit.demo.company_process import SETTING_UP, RunningCompany, running_company
from cockpit.demo.drills.debrief import Debrief, format_debrief
from cockpit.demo.drills.drill import Drill, Fault, draw_drill
from cockpit.demo.drills.drill_runner import DrillRunner, possible_faults
from cockpit.demo.drills.trainee import is_fault_visible, next_action
from cockpit.demo.stories import StoryMove
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Failed

DEADLINE = 240.0
"""Seconds after which an unfinished headless drill has failed."""
NextAction = Callable[[Snapshot, Fault, int, bool], StoryMove | None]


def run_on_screen(seed: int, keep: Path | None, pace: float) -> int:
    """Open the cockpit on a company in which a fault will happen, and print the debrief on exit. Raises `Failed`."""
    drill = draw_drill(seed, possible_faults())
    last: list[Snapshot] = []
    with running_company(drill.settings(seed, pace), keep) as company:
        runner = DrillRunner(company.layout, drill, wiring.current_user(), wiring.clock)

        async def drill_feed(board: Board) -> None:
            reporting = asyncio.ensure_future(company.report_startup(board))
            try:
                await board.until(lambda snapshot: snapshot.last_good is not None, DEADLINE)
                await runner.run(board)
                await reporting
            finally:
                reporting.cancel()
                last.append(board.look())

        code = wiring.run_screen(load(company.layout.config), watch=False, extra_feed=drill_feed, startup=SETTING_UP)
        company.stop()  # the traffic writes its final tally when it ends
        if last:
            print(format_debrief(runner.debrief(last[-1])))
    return code


def run_headless(seed: int, keep: Path | None, as_json: bool, pace: float) -> int:
    """Play the drill with the scripted trainee and print the debrief; 0 if it passed. Raises `Failed`."""
    drill = draw_drill(seed, possible_faults())
    with running_company(drill.settings(seed, pace), keep) as company:
        debrief = asyncio.run(play_drill(company, drill, next_action))
    if as_json:
        print(json.dumps({**to_builtins(debrief), "passed": debrief.passed}))
    else:
        print(format_debrief(debrief))
    return 0 if debrief.passed else 1


async def play_drill(company: RunningCompany, drill: Drill, trainee: NextAction, deadline: float = DEADLINE) -> Debrief:
    """Play the drill to its end, or for `deadline` seconds, with an engine in this process. Raises `Failed`."""
    config = load(company.layout.config)
    async with wiring.open_context(config) as context:
        board = Board(config.policy, wiring.clock)
        runner = DrillRunner(company.layout, drill, wiring.current_user(), wiring.clock)
        tasks: list[asyncio.Task[Any]] = [
            asyncio.ensure_future(follow(board, context.sources(), wiring.clock)),
            asyncio.ensure_future(wiring.run_engine(config, lambda words: None)),
        ]
        try:
            async for _ in company.progress():
                pass
            plan = company.layout.read_plan()
            assert plan, "a company that serves has a plan"
            dispatcher = wiring.board_dispatcher(context, board)
            commanding = _give_commands(board, dispatcher, runner, drill.fault, plan.origin.bad, trainee)
            tasks += [asyncio.ensure_future(commanding), asyncio.ensure_future(runner.run(board))]
            await asyncio.wait(tasks, timeout=deadline, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
            snapshot = board.look()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
    company.stop()
    return runner.debrief(snapshot)


async def _give_commands(
    board: Board, dispatcher: Dispatcher, runner: DrillRunner, fault: Fault, bad: int, trainee: NextAction
) -> None:
    visible = False
    while True:
        async for snapshot in board.changes(0.5):
            visible = visible or (runner.began is not None and is_fault_visible(snapshot, fault))
            if move := trainee(snapshot, fault, bad, visible):
                request = CommandRequest(by=wiring.current_user(), why=move.why, pull=move.pull)
                with suppress(Failed):  # the store is down or busy: decide again on the next snapshot
                    await dispatcher.dispatch(find_command(move.verb), request)
