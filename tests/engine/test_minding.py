"""The engine holds a release that was left alone: with a clock of the test's own, and over an engine that ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import time

import msgspec
from msgspec.structs import replace

from cockpit.adapters.leases import StoreLocks
from cockpit.control.board import Board
from cockpit.control.command_table import find_command
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Dispatcher, Done
from cockpit.control.feeds.feed_table import follow
from cockpit.control.feeds.sources import Sources
from cockpit.control.log_verification import verify
from cockpit.deploy import store_keys
from cockpit.deploy.facts import BuildReady, CommanderLost, Held
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.schedule.presence import Presence, Sign
from cockpit.deploy.schedule.rota import Rota
from cockpit.deploy.snapshot import Snapshot
from cockpit.engine.executor import Executor
from cockpit.engine.loop import Engine
from cockpit.ports import Put
from tests.engine.test_loop import Yard
from tests.fakes import MemoryStore, NoLocks
from tests.scenario import POLICY

ADA, BOB = "ada@box", "bob@box"
TEAM = replace(POLICY, rota=Rota((ADA, BOB)))


@dataclass
class Days:
    """A store, and a clock that can be put forward."""

    store: MemoryStore = field(default_factory=MemoryStore)
    yard: Yard = field(default_factory=Yard)
    ahead: float = 0.0

    def clock(self) -> float:
        return time() + self.ahead

    @asynccontextmanager
    async def engine(self, name: str) -> AsyncIterator[Board]:
        board = Board(TEAM, self.clock)
        locks = StoreLocks(self.store, self.clock)
        hands = Executor(self.yard, self.yard, self.yard, self.clock)
        engine = Engine(board, self.store, locks, hands, self.clock, name, lease=1000.0)
        sources = Sources(self.store, locks)
        tasks = [asyncio.create_task(follow(board, sources, self.clock)), asyncio.create_task(engine.run())]
        try:
            yield board
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def gives(self, board: Board, verb: str, by: str) -> None:
        dispatcher = Dispatcher(self.store, board.past, self.clock, CommanderLease(NoLocks(), by))
        assert isinstance(await dispatcher.dispatch(find_command(verb), CommandRequest(by)), Done)

    async def last_seen(self, person: str, sign: Sign) -> None:
        seen = Presence(person, self.clock(), sign)
        await self.store.commit(Put(store_keys.PRESENCE, msgspec.json.encode(seen)))

    async def lost(self) -> int:
        entries = await self.store.list(store_keys.RELEASES)
        return sum(b'"CommanderLost"' in (entry.value or b"") for entry in entries)


async def seen(board: Board, kind: type) -> Snapshot:
    def told(snapshot: Snapshot) -> bool:
        return bool(snapshot.latest and any(isinstance(event.what, kind) for event in snapshot.latest.events))

    snapshot = await board.until(told, 10.0)
    assert told(snapshot), kind
    return snapshot


async def test_a_commander_who_is_lost_while_the_build_is_made_means_hold_and_the_build_goes_on() -> None:
    days = Days()
    days.yard.gate.clear()
    async with days.engine("one") as board:
        await days.gives(board, "install", ADA)
        await board.until(lambda s: bool(s.open and s.open.commit), 10.0)
        await days.last_seen(ADA, Sign.PRESENT)
        await board.until(lambda s: s.presence.value is not None, 10.0)
        assert await days.lost() == 0
        days.ahead = 75.0
        snapshot = await seen(board, CommanderLost)
        release = snapshot.latest
        assert release is not None
        assert release.held is not None
        assert release.held.by == "engine"
        assert release.held.why.startswith("ada@box lost for 7")
        told = release.events[-1]
        assert isinstance(told.what, CommanderLost)
        assert (told.what.person, told.what.successor, told.by) == (ADA, BOB, "engine")
        days.yard.gate.set()
        await seen(board, BuildReady)
        assert len(days.yard.built) == 1, "a hold does not throw away what is being built"
    assert (await verify(days.store)).broken == ()


async def test_the_engine_that_takes_over_goes_on_counting_and_holds_once() -> None:
    days = Days()
    days.yard.gate.clear()
    async with days.engine("one") as board:
        await days.gives(board, "install", ADA)
        await board.until(lambda s: bool(s.open and s.open.commit), 10.0)
        await days.last_seen(ADA, Sign.LEFT)
        days.ahead = 40.0
        await board.until(lambda s: s.presence.value is not None, 10.0)
        assert await days.lost() == 0
    days.ahead = 61.0
    async with days.engine("two") as board:
        await seen(board, Held)
        assert await days.lost() == 1
        await days.gives(board, "resume", ADA)
        days.ahead = 4000.0
        await board.until(lambda s: bool(s.latest and s.latest.held), 2.5)
        assert board.snapshot.latest is not None
        assert board.snapshot.latest.held is None
        assert await days.lost() == 1
