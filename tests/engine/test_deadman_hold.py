"""The engine holds a release whose commander is lost, also after another engine takes over."""

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
from tests.engine.fakes import FakeSystems
from tests.fakes import MemoryStore, NoLocks
from tests.scenario import POLICY

ADA, BOB = "ada@box", "bob@box"
TEAM = replace(POLICY, rota=Rota((ADA, BOB)))


@dataclass
class Company:
    """A store, and a clock that can be moved forward."""

    store: MemoryStore = field(default_factory=MemoryStore)
    systems: FakeSystems = field(default_factory=FakeSystems)
    ahead: float = 0.0

    def clock(self) -> float:
        return time() + self.ahead

    @asynccontextmanager
    async def engine(self, name: str) -> AsyncIterator[Board]:
        board = Board(TEAM, self.clock)
        locks = StoreLocks(self.store, self.clock)
        executor = Executor(self.systems, self.systems, self.systems, self.clock)
        engine = Engine(board, self.store, locks, executor, self.clock, name, ttl=1000.0)
        sources = Sources(self.store, locks)
        tasks = [asyncio.create_task(follow(board, sources, self.clock)), asyncio.create_task(engine.run())]
        try:
            yield board
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def run_command(self, board: Board, verb: str, by: str) -> None:
        dispatcher = Dispatcher(self.store, board.past, self.clock, CommanderLease(NoLocks(), by))
        assert isinstance(await dispatcher.dispatch(find_command(verb), CommandRequest(by)), Done)

    async def last_seen(self, person: str, sign: Sign) -> None:
        seen = Presence(person, self.clock(), sign)
        await self.store.commit(Put(store_keys.PRESENCE, msgspec.json.encode(seen)))

    async def lost(self) -> int:
        entries = await self.store.list(store_keys.RELEASES)
        return sum(b'"CommanderLost"' in (entry.value or b"") for entry in entries)


async def until(board: Board, kind: type) -> Snapshot:
    def has_fact(snapshot: Snapshot) -> bool:
        return bool(snapshot.latest and any(isinstance(event.what, kind) for event in snapshot.latest.events))

    snapshot = await board.until(has_fact, 10.0)
    assert has_fact(snapshot), kind
    return snapshot


async def test_a_commander_lost_during_a_build_causes_a_hold_and_the_build_goes_on() -> None:
    company = Company()
    company.systems.gate.clear()
    async with company.engine("one") as board:
        await company.run_command(board, "install", ADA)
        await board.until(lambda s: bool(s.open and s.open.commit), 10.0)
        await company.last_seen(ADA, Sign.PRESENT)
        await board.until(lambda s: s.presence.value is not None, 10.0)
        assert await company.lost() == 0
        company.ahead = 75.0
        snapshot = await until(board, CommanderLost)
        release = snapshot.latest
        assert release is not None
        assert release.held is not None
        assert release.held.by == "engine"
        assert release.held.why.startswith("ada@box lost for 7")
        last = release.events[-1]
        assert isinstance(last.what, CommanderLost)
        assert (last.what.person, last.what.successor, last.by) == (ADA, BOB, "engine")
        company.systems.gate.set()
        await until(board, BuildReady)
        assert len(company.systems.built) == 1, "a hold does not cancel the build"
    assert (await verify(company.store)).broken == ()


async def test_an_engine_that_takes_over_keeps_the_deadline_and_holds_once() -> None:
    company = Company()
    company.systems.gate.clear()
    async with company.engine("one") as board:
        await company.run_command(board, "install", ADA)
        await board.until(lambda s: bool(s.open and s.open.commit), 10.0)
        await company.last_seen(ADA, Sign.LEFT)
        company.ahead = 40.0
        await board.until(lambda s: s.presence.value is not None, 10.0)
        assert await company.lost() == 0
    company.ahead = 61.0
    async with company.engine("two") as board:
        await until(board, Held)
        assert await company.lost() == 1
        await company.run_command(board, "resume", ADA)
        company.ahead = 4000.0
        await board.until(lambda s: bool(s.latest and s.latest.held), 2.5)
        assert board.snapshot.latest is not None
        assert board.snapshot.latest.held is None
        assert await company.lost() == 1
