"""Plays a story without a screen: gives a commander's commands, prints the timeline and a summary."""

import asyncio
import json
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from time import time
from typing import Any

import msgspec

from cockpit import wiring
from cockpit.config import Config, load
from cockpit.control.board import Board
from cockpit.control.command_table import find_command
from cockpit.control.dispatcher import Dispatcher
from cockpit.control.feeds.feed_table import follow
from cockpit.demo.company_process import RunningCompany
from cockpit.demo.repository import Origin
from cockpit.demo.shop_history import Story
from cockpit.demo.stories import StoryEnd, StoryMove, next_move
from cockpit.demo.summary import Summary, find_wrong_hosts, format_summary, summarise
from cockpit.demo.traffic.tally import read_tally
from cockpit.deploy.events import Event
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.policy import Autopilot
from cockpit.ports import Failed
from cockpit.views import event_log, json_output
from cockpit.views.rows import Line, Span, clock, column, plain

DEADLINE = 240.0
"""Seconds after which an unfinished story has failed."""


class StoryPrinter:
    """Prints the story through `write`, as lines of text or as one JSON object a line."""

    def __init__(self, write: Callable[[str], None], as_json: bool) -> None:
        self._write = write
        self._as_json = as_json
        self._printed: set[tuple[str, int]] = set()

    def setup_step(self, step: str) -> None:
        """Print a step of the set-up."""
        self._object("setup", step) if self._as_json else self._write(f"          {step}")

    async def follow(self, board: Board) -> None:
        """Print every event of every release once, as it comes."""
        async for snapshot in board.changes(1.0):
            for release in snapshot.log.value.releases:
                for event in release.events:
                    if (release.id, event.number) not in self._printed:
                        self._printed.add((release.id, event.number))
                        self._event(release.id, event)

    def summary(self, summary: Summary) -> None:
        """Print the summary."""
        if self._as_json:
            self._object("summary", msgspec.to_builtins(summary))
        else:
            self._write(plain((Span(line),) for line in format_summary(summary).splitlines()))

    def _event(self, release: str, event: Event) -> None:
        if self._as_json:
            self._object("event", {"release": release, **json_output.event(event)})
            return
        first, *rest = event_log.sentence(event).splitlines() or [""]
        who = column(event.by, 18)
        lines: list[Line] = [(Span(clock(event.at)), Span("  "), who, Span(" "), Span(first))]
        lines += [(Span(" " * 29), Span(line)) for line in (*rest, *((f"reason: {event.why}",) if event.why else ()))]
        self._write(plain(lines))

    def _object(self, kind: str, value: Any) -> None:
        self._write(json.dumps({kind: value}))


async def play_story(company: RunningCompany, printer: StoryPrinter, autopilot: bool = False) -> Summary:
    """Play the story to its end with an engine in this process. Raises `Failed` if the company cannot start."""
    config = load(company.layout.config)
    if autopilot:
        config = with_autopilot(config)
    began = time()
    async with wiring.open_context(config) as context:
        board = Board(config.policy, wiring.clock)
        sources = replace(context.sources(), metrics=None)  # the engine scrapes and its verdict counts
        background = (
            follow(board, sources, wiring.clock),
            wiring.run_engine(config, lambda words: None),
            printer.follow(board),
        )
        tasks: list[asyncio.Task[Any]] = [asyncio.ensure_future(part) for part in background]
        try:
            dispatcher = wiring.board_dispatcher(context, board)
            acting = asyncio.ensure_future(_run_story(company, printer, board, dispatcher, autopilot))
            tasks.append(acting)
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
            end, origin = await acting
            snapshot = board.look()
            problems = await find_wrong_hosts(snapshot, origin.story) if end.passed else ()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
    company.stop()  # the traffic writes its final tally when it ends
    tally = read_tally(company.layout.tally)
    return summarise(snapshot, end, origin, tally, problems, time() - began)


def with_autopilot(config: Config) -> Config:
    """The same config with an autopilot that advances on GO."""
    gate = msgspec.structs.replace(config.policy.gate, autopilot=Autopilot.ADVANCE)
    return msgspec.structs.replace(config, policy=msgspec.structs.replace(config.policy, gate=gate))


async def _run_story(
    company: RunningCompany, printer: StoryPrinter, board: Board, dispatcher: Dispatcher, autopilot: bool
) -> tuple[StoryEnd, Origin]:
    """Wait for the set-up, then act as the commander until the story ends, or at `DEADLINE`."""
    async for step in company.progress():
        printer.setup_step(step)
    plan = company.layout.read_plan()
    assert plan, "a company that serves has a plan"
    story, bad = plan.settings.story, plan.origin.bad
    playing = asyncio.ensure_future(_give_commands(board, dispatcher, story, bad, autopilot))
    watching = asyncio.ensure_future(company.wait_for_end())
    try:
        await asyncio.wait((playing, watching), timeout=DEADLINE, return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            raise Failed("demo", watching.result())
        late = StoryEnd(False, f"not finished after {DEADLINE:.0f} s: {board.look().verdict.reason}")
        return playing.result() if playing.done() else late, plan.origin
    finally:
        playing.cancel()
        watching.cancel()


async def _give_commands(board: Board, dispatcher: Dispatcher, story: Story, bad: int, autopilot: bool) -> StoryEnd:
    """Give one command after the other until the story ends."""
    while True:
        async for snapshot in board.changes(0.5):
            match next_move(snapshot, story, bad, autopilot):
                case StoryMove(verb, why, pull):
                    request = CommandRequest(by=wiring.current_user(), why=why, pull=pull)
                    with suppress(Failed):  # the store was busy: decide again on the next snapshot
                        await dispatcher.dispatch(find_command(verb), request)
                case StoryEnd() as end:
                    return end
                case None:
                    pass


def play_headless(company: RunningCompany, as_json: bool, autopilot: bool = False) -> int:
    """Play and print the story; 0 if it ended as expected, else 1. SIGTERM and Ctrl-C stop it in order, with 130."""

    async def run() -> int:
        task = asyncio.ensure_future(play_story(company, printer, autopilot))
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await asyncio.wait([task])
        if task.cancelled():
            return 130
        summary = task.result()
        printer.summary(summary)
        return 0 if summary.passed else 1

    printer = StoryPrinter(lambda line: print(line, flush=True), as_json)
    return asyncio.run(run())
