import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import time

import msgspec
import pytest

from cockpit.control.board import Board
from cockpit.control.command_table import find_command
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Dispatcher, Done
from cockpit.control.feeds.feed_table import follow, take_snapshot
from cockpit.control.feeds.sources import Sources
from cockpit.control.feeds.ticks import with_ticks
from cockpit.deploy import store_keys
from cockpit.deploy.gate.traffic import Count, Counter, Scrape
from cockpit.deploy.hosts.status import HostState, Status
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean
from cockpit.ports import Delete, Entry, Failed, Put
from tests.fakes import MemoryStore, NoLocks
from tests.scenario import POLICY


class Flaky(MemoryStore):
    """A store whose watches break while `broken` is set."""

    broken = False

    async def watch(self, prefix: str) -> AsyncIterator[tuple[Entry, ...]]:
        if self.broken:
            raise Failed("store", "the line is cut", "wait")
        async for entries in super().watch(prefix):
            yield entries


class Meter:
    """Counters that grow by ten requests a look; silent while `dead` is set."""

    def __init__(self) -> None:
        self.total = 0
        self.dead = False

    async def history(self, hosts: Sequence[Status], now: float, seconds: float) -> tuple[Scrape, ...]:
        return ()

    async def scrape(self, hosts: Sequence[Status], now: float) -> Scrape:
        self.total += 10
        if self.dead:
            return Scrape(now, (), tuple(status.host for status in hosts))
        return Scrape(now, tuple(Counter(s.host, s.tier, s.build, Count(self.total, 0)) for s in hosts))


@asynccontextmanager
async def following(sources: Sources) -> AsyncIterator[Board]:
    board = Board(POLICY, time)
    task = asyncio.create_task(follow(board, sources, time))
    try:
        yield board
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def status(host: str, build: str = "b") -> Put:
    made = Status(host, "canary", HostState.SERVING, time(), time(), build)
    return Put(store_keys.status("canary", host), msgspec.json.encode(made))


async def test_what_is_written_appears_and_what_is_removed_goes() -> None:
    store = MemoryStore()
    async with following(Sources(store, NoLocks())) as board:
        await store.commit(status("c1"), status("c2"))
        assert set((await board.until(lambda s: len(s.statuses.value) == 2, 3)).statuses.value) == {"c1", "c2"}
        await store.commit(Delete(store_keys.status("canary", "c1")))
        assert set((await board.until(lambda s: len(s.statuses.value) == 1, 3)).statuses.value) == {"c2"}


async def test_an_unreadable_status_is_named_and_hides_no_other() -> None:
    store = MemoryStore()
    async with following(Sources(store, NoLocks())) as board:
        await store.commit(Put(store_keys.status("canary", "c1"), b"\x00"), status("c2"))
        snapshot = await board.until(lambda s: bool(s.statuses.error), 3)
        assert "status/canary/c1 cannot be read" in snapshot.statuses.error
        assert set(snapshot.statuses.value) == {"c2"}


async def test_a_store_that_breaks_is_said_and_followed_again_when_it_answers() -> None:
    store = Flaky()
    store.broken = True
    async with following(Sources(store, NoLocks())) as board:
        snapshot = await board.until(lambda s: bool(s.log.error), 3)
        assert snapshot.log.error == "store: the line is cut; wait"
        assert snapshot.log.at == 0
        store.broken = False
        await store.commit(status("c1"))
        snapshot = await board.until(lambda s: bool(s.statuses.value) and not s.log.error, 5)
        assert not snapshot.statuses.error


class Faulty(MemoryStore):
    """A store whose code, under `fault`, has a fault where its statuses are watched."""

    fault: Exception | None = None

    async def watch(self, prefix: str) -> AsyncIterator[tuple[Entry, ...]]:
        if self.fault and prefix == store_keys.STATUSES:
            raise self.fault
        async for entries in super().watch(prefix):
            yield entries


@pytest.mark.parametrize("fault", [OSError(2, "no such file"), ValueError("\x1b[31mred"), AssertionError()])
async def test_a_fault_of_ours_in_one_feed_is_said_stops_no_other_and_is_tried_again(fault: Exception) -> None:
    store = Faulty()
    store.fault = fault
    await store.commit(status("c1"))
    async with following(Sources(store, NoLocks())) as board:
        snapshot = await board.until(lambda s: bool(s.statuses.error) and bool(s.log.at), 30)
        assert snapshot.statuses.error == clean(f"a fault of ours: {type(fault).__name__}: {fault}")
        assert snapshot.log.at
        assert not snapshot.log.error
        store.fault = None
        assert (await board.until(lambda s: bool(s.statuses.value), 30)).statuses.error == ""


async def test_hosts_that_stop_answering_are_missing_and_never_zero() -> None:
    store, meter = MemoryStore(), Meter()
    await store.commit(status("c1"))
    async with following(Sources(store, NoLocks(), metrics=meter, scrape_every=0.1)) as board:
        await board.until(lambda s: len(s.traffic.value.samples) >= 3, 5)
        meter.dead = True
        snapshot = await board.until(lambda s: bool(s.traffic.value.samples[-1].missing), 5)
        assert snapshot.traffic.value.samples[-1].missing == ("c1",)
        assert snapshot.traffic.value.samples[-1].counts == {}


async def test_an_unchanged_board_wakes_nobody_before_its_time() -> None:
    board = Board(POLICY, time)
    seen = 0

    async def count() -> None:
        nonlocal seen
        async for _ in board.changes(at_least_every=60):
            seen += 1

    task = asyncio.create_task(count())
    await asyncio.sleep(0.05)
    assert seen == 1
    board.put(preview=board.snapshot.preview)
    await asyncio.sleep(0.05)
    assert seen == 2
    task.cancel()


async def test_what_went_while_a_source_was_broken_is_gone_when_it_is_back() -> None:
    store = Flaky()
    await store.commit(status("c1"), status("c2"))
    async with following(Sources(store, NoLocks())) as board:
        await board.until(lambda s: set(s.statuses.value) == {"c1", "c2"}, 2)
        store.broken = True
        await store.commit(Delete(store_keys.status("canary", "c2")))
        store.broken = False
        seen = await board.until(lambda s: set(s.statuses.value) == {"c1"}, 5)
        assert set(seen.statuses.value) == {"c1"}


async def test_events_that_a_store_has_lost_are_said_and_no_longer_taken_for_there() -> None:
    store = MemoryStore()
    dispatcher = Dispatcher(store, lambda _: gathered(store), time, CommanderLease(NoLocks(), "ada@box"))
    assert isinstance(await dispatcher.dispatch(find_command("install"), CommandRequest("ada@box")), Done)
    async with following(Sources(store, NoLocks())) as board:
        opened = await board.until(lambda s: s.latest is not None, 2)
        assert opened.latest is not None
        await store.commit(*(Delete(entry.key) for entry in await store.list("")))
        wiped = await board.until(lambda s: s.latest is None, 2)
        assert wiped.latest is None
        said = wiped.log.error
        assert opened.latest.id in said
        assert "restore its backup" in said
        again = Dispatcher(store, lambda _: later(store), time, CommanderLease(NoLocks(), "ada@box"))
        assert isinstance(await again.dispatch(find_command("install"), CommandRequest("ada@box")), Done)
        begun = await board.until(lambda s: s.latest is not None, 2)
        assert begun.log.error == "", "somebody has begun anew: it is not said for ever"


async def later(store: MemoryStore) -> Snapshot:
    return await take_snapshot(POLICY, Sources(store, NoLocks()), lambda: time() + 86_400)


async def gathered(store: MemoryStore) -> Snapshot:
    return await take_snapshot(POLICY, Sources(store, NoLocks()), time)


async def test_ticking_gives_every_change_and_a_tick_where_there_is_none() -> None:
    async def changes() -> AsyncIterator[int]:
        yield 1
        await go.wait()
        yield 2

    go = asyncio.Event()
    ticks = with_ticks(changes(), 0.01)
    assert await anext(ticks) == 1
    assert await anext(ticks) is None
    go.set()
    assert [tick async for tick in ticks if tick is not None] == [2]
