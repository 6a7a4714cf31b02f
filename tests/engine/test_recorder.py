import asyncio
from dataclasses import replace

import msgspec

from cockpit.control.board import Board
from cockpit.deploy import store_keys
from cockpit.deploy.gate.traffic import Count, Sample, Traffic
from cockpit.deploy.record.traffic_pages import TrafficPage, buckets
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.engine.recorder import Recorder
from cockpit.ports import Failed, Put, Write
from tests.engine.fakes import FakeLease
from tests.fakes import MemoryStore
from tests.scenario import POLICY, Scenario, build


def samples(first: float, *ats: float) -> Seen[Traffic]:
    made = tuple(Sample(first + at, {("production", build(1).id): Count(10, 1)}) for at in ats)
    return Seen(Traffic(made), first)


async def record(store: MemoryStore, *snapshots: Snapshot, releases_kept: int = 9) -> None:
    """Show the recorder these snapshots, each until it has written a page."""
    times = [snapshots[0].now]
    board = Board(POLICY, lambda: times[-1])
    recorder = asyncio.create_task(Recorder(board, store, lambda: times[-1], releases_kept).run(FakeLease()))
    for snapshot in snapshots:
        times.append(snapshot.now)
        before = {entry.key: entry.version for entry in await store.list(store_keys.TRAFFIC)}
        board.put(log=snapshot.log, traffic=snapshot.traffic, statuses=snapshot.statuses, targets=snapshot.targets)
        async with asyncio.timeout(20):
            async for _ in store.watch(store_keys.TRAFFIC):
                if {entry.key: entry.version for entry in await store.list(store_keys.TRAFFIC)} != before:
                    break
    recorder.cancel()
    await asyncio.gather(recorder, return_exceptions=True)


async def written(store: MemoryStore) -> dict[str, TrafficPage]:
    pages = await store.list(store_keys.TRAFFIC)
    return {entry.key: msgspec.json.decode(entry.value or b"", type=TrafficPage) for entry in pages}


def snapshot_at(scenario: Scenario, seconds: float, *ats: float) -> Snapshot:
    began = scenario.release.events[0].at
    return replace(scenario.snapshot, now=began + seconds, traffic=samples(began, *ats))


async def test_the_last_page_grows_and_the_next_one_starts_at_its_end() -> None:
    store, scenario = MemoryStore(), Scenario().at(2)
    began = scenario.release.events[0].at
    ats = tuple(range(0, 75, 2))
    await record(store, *(snapshot_at(scenario, end, *(at for at in ats if at <= end)) for end in (15, 27, 61, 74)))
    pages = await written(store)
    assert list(pages) == [store_keys.traffic(scenario.release.id, number) for number in (0, 1)]
    first, second = pages.values()
    assert (first.since, first.until, second.since) == (began, began + 60, began + 60)
    assert sum(b.counts[("production", build(1).id)].requests for b in buckets(pages.values())) == 10 * len(ats)


async def test_an_engine_that_takes_over_overwrites_no_page() -> None:
    store, scenario = MemoryStore(), Scenario().at(2)
    await record(store, snapshot_at(scenario, 25, 0, 10, 20))
    before = await written(store)
    await record(store, snapshot_at(scenario, 45, 32, 40))
    pages = await written(store)
    assert {key: pages[key] for key in before} == before
    assert [page.since - scenario.release.events[0].at for page in pages.values()] == [0, 32]


async def test_only_the_newest_releases_traffic_is_kept() -> None:
    store, scenario = MemoryStore(), Scenario().at(2)
    for day in (10, 12, 11):
        await store.commit(Put(store_keys.traffic(f"2026-11-{day}.1", 0), b"{}"))
    await record(store, snapshot_at(scenario, 25, 0, 10, 20), releases_kept=2)
    assert list(await store.list(store_keys.TRAFFIC)) == [
        *(await store.list(store_keys.traffic("2026-11-12.1"))),
        *(await store.list(store_keys.traffic(scenario.release.id)))
    ]  # fmt: skip


async def test_a_store_that_refuses_the_record_is_reported_and_retried() -> None:
    class DenyingStore(MemoryStore):
        """A store whose token may not write the record, until `may` is set."""

        may = False

        async def commit(self, *writes: Write, durable: bool = True) -> int:
            if not self.may and any(write.key.startswith(store_keys.TRAFFIC) for write in writes):
                raise Failed("store", "permission denied", "load the policy again")
            return await super().commit(*writes, durable=durable)

    store, scenario, errors = DenyingStore(), Scenario().at(2), asyncio.Queue[str]()
    snapshot = snapshot_at(scenario, 25, 0, 10, 20)
    board = Board(POLICY, lambda: snapshot.now)
    recorder = asyncio.create_task(Recorder(board, store, lambda: snapshot.now, 9, errors.put_nowait).run(FakeLease()))
    board.put(log=snapshot.log, traffic=snapshot.traffic, statuses=snapshot.statuses, targets=snapshot.targets)
    async with asyncio.timeout(20):
        assert "the release is not recorded: store: permission denied" in await errors.get()
        store.may = True
        while await errors.get():
            pass
    assert await written(store)
    recorder.cancel()
    await asyncio.gather(recorder, return_exceptions=True)
