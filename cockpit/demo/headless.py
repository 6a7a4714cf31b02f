"""Plays a story without a screen: the very commands a commander would give, the timeline as it happens, a summary."""

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
from cockpit.control.command_table import command_named
from cockpit.control.dispatcher import Dispatcher
from cockpit.control.feeds import follow
from cockpit.demo.company_process import RunningCompany
from cockpit.demo.repository import Origin
from cockpit.demo.shop_history import Story
from cockpit.demo.stories import Ended, StoryMove, next_move
from cockpit.demo.summary import Summary, in_words, summarise, wrong_hosts
from cockpit.demo.traffic.tally import read_tally
from cockpit.deploy.events import Event
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.policy import Autopilot
from cockpit.ports import Failed
from cockpit.views import event_log, json_output
from cockpit.views.rows import Line, Span, clock, column, plain

DEADLINE = 240.0
"""Seconds after which a story that has not ended has gone wrong."""

Say = Callable[[str], None]


class StoryPrinter:
    """Says what happens, as lines for people or as one JSON object a line."""

    def __init__(self, say: Say, as_json: bool) -> None:
        self._say = say
        self._as_json = as_json
        self._told: set[tuple[str, int]] = set()

    def step(self, step: str) -> None:
        """A step of the set-up."""
        self._object("setup", step) if self._as_json else self._say(f"          {step}")

    async def follow(self, board: Board) -> None:
        """Every event of every release, once, as it comes."""
        async for snapshot in board.changes(1.0):
            for release in snapshot.log.value.releases:
                for event in release.events:
                    if (release.id, event.number) not in self._told:
                        self._told.add((release.id, event.number))
                        self._event(release.id, event)

    def end(self, summary: Summary) -> None:
        """The summary."""
        if self._as_json:
            self._object("summary", msgspec.to_builtins(summary))
        else:
            self._say(plain((Span(line),) for line in in_words(summary).splitlines()))

    def _event(self, release: str, event: Event) -> None:
        if self._as_json:
            self._object("event", {"release": release, **json_output.event(event)})
            return
        first, *rest = event_log.sentence(event).splitlines() or [""]
        who = column(event.by, 18)
        lines: list[Line] = [(Span(clock(event.at)), Span("  "), who, Span(" "), Span(first))]
        lines += [(Span(" " * 29), Span(line)) for line in (*rest, *((f"why: {event.why}",) if event.why else ()))]
        self._say(plain(lines))

    def _object(self, kind: str, value: Any) -> None:
        self._say(json.dumps({kind: value}))


async def play(stage: RunningCompany, teller: StoryPrinter, autopilot: bool = False) -> Summary:
    """Play to the end, with an engine of our own. Raises `Failed` where the company cannot be set up."""
    config = load(stage.layout.config)
    if autopilot:
        config = on_autopilot(config)
    began = time()
    async with wiring.open_context(config) as world:
        board = Board(config.policy, wiring.clock)
        sources = replace(world.sources(), metrics=None)  # the engine scrapes; its verdict is what counts
        company = (
            follow(board, sources, wiring.clock),
            wiring.run_engine(config, lambda words: None),
            teller.follow(board),
        )
        tasks: list[asyncio.Task[Any]] = [asyncio.ensure_future(part) for part in company]
        try:
            acting = asyncio.ensure_future(_act(stage, teller, board, wiring.board_dispatcher(world, board), autopilot))
            tasks.append(acting)
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
            ended, origin = await acting
            snapshot = board.look()
            wrong = await wrong_hosts(snapshot, origin.story) if ended.well else ()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
    stage.end()  # the last word on the traffic is written when it ends
    tally = read_tally(stage.layout.tally)
    return summarise(snapshot, ended, origin, tally, wrong, time() - began)


def on_autopilot(config: Config) -> Config:
    """The same config with the autopilot taking steps on GO."""
    gate = msgspec.structs.replace(config.policy.gate, autopilot=Autopilot.ADVANCE)
    return msgspec.structs.replace(config, policy=msgspec.structs.replace(config.policy, gate=gate))


async def _act(
    stage: RunningCompany, teller: StoryPrinter, board: Board, desk: Dispatcher, autopilot: bool
) -> tuple[Ended, Origin]:
    """Be the commander."""
    async for step in stage.progress():
        teller.step(step)
    plot = stage.layout.plot()
    assert plot, "a company that serves has been made"
    playing = asyncio.ensure_future(_command(board, desk, plot.story, plot.origin.bad, autopilot))
    watching = asyncio.ensure_future(stage.ended())
    try:
        await asyncio.wait((playing, watching), timeout=DEADLINE, return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            raise Failed("demo", watching.result())
        late = Ended(False, f"not at its end after {DEADLINE:.0f} s: {board.look().verdict.reason}")
        return playing.result() if playing.done() else late, plot.origin
    finally:
        playing.cancel()
        watching.cancel()


async def _command(board: Board, desk: Dispatcher, story: Story, bad: int, autopilot: bool) -> Ended:
    """Give one command after the other until the story is over."""
    while True:
        async for snapshot in board.changes(0.5):
            match next_move(snapshot, story, bad, autopilot):
                case StoryMove(verb, why, pull):
                    with suppress(Failed):  # the store was busy: look again, decide again
                        await desk.give(command_named(verb), CommandRequest(by=wiring.who(), why=why, pull=pull))
                case Ended() as ended:
                    return ended
                case None:
                    pass


def headless(stage: RunningCompany, as_json: bool, autopilot: bool = False) -> int:
    """Play it and print it; 0 only where it ended as it should. SIGTERM and Ctrl-C end it in order, with 130."""

    async def run() -> int:
        task = asyncio.ensure_future(play(stage, teller, autopilot))
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await asyncio.wait([task])
        if task.cancelled():
            return 130
        summary = task.result()
        teller.end(summary)
        return 0 if summary.well else 1

    teller = StoryPrinter(lambda line: print(line, flush=True), as_json)
    return asyncio.run(run())
