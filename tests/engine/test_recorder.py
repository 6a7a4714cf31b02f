import asyncio
from dataclasses import replace

import msgspec

from cockpit.control.board import Board
from cockpit.deploy import store_keys
from cockpit.deploy.gate.traffic import Count, Sample, Traffic
from cockpit.deploy.record.traffic_pages import TrafficPage, buckets
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.engine.recorder import Recorder
from cockpit.ports import Check, Failed, Put, Write
from tests.fakes import MemoryStore
from tests.scenario import POLICY, Scenario, build


class Held:
    """A lock that is held."""

    guard = Check("locks/engine/owner", 0)

    async def renew(self) -> bool:
        return True

    async def release(self) -> None: ...


def samples(first: float, *ats: float) -> Seen[Traffic]:
    made = tuple(Sample(first + at, {("production", build(1).id): Count(10, 1)}) for at in ats)
    return Seen(Traffic(made), first)


async def record(store: MemoryStore, *pictures: Snapshot, kept: int = 9) -> None:
    """The recorder sees these pictures, each until it has written what it makes of it."""
    times = [pictures[0].now]
    board = Board(POLICY, lambda: times[-1])
    recorder = asyncio.create_task(Recorder(board, store, lambda: times[-1], kept).run(Held()))
    for picture in pictures:
        times.append(picture.now)
        before = {entry.key: entry.version for entry in await store.list(store_keys.TRAFFIC)}
        board.put(log=picture.log, traffic=picture.traffic, statuses=picture.statuses, targets=picture.targets)
        async with asyncio.timeout(20):
            async for _ in store.watch(store_keys.TRAFFIC):
                if {entry.key: entry.version for entry in await store.list(store_keys.TRAFFIC)} != before:
                    break
    recorder.cancel()
    await asyncio.gather(recorder, return_exceptions=True)


async def written(store: MemoryStore) -> dict[str, TrafficPage]:
    found = await store.list(store_keys.TRAFFIC)
    return {entry.key: msgspec.json.decode(entry.value or b"", type=TrafficPage) for entry in found}


def seen_at(scenario: Scenario, seconds: float, *ats: float) -> Snapshot:
    began = scenario.release.events[0].at
    return replace(scenario.snapshot, now=began + seconds, traffic=samples(began, *ats))


async def test_the_last_page_grows_and_the_next_one_starts_at_its_end() -> None:
    store, scenario = MemoryStore(), Scenario().at(2)
    began = scenario.release.events[0].at
    ats = tuple(range(0, 75, 2))
    await record(store, *(seen_at(scenario, end, *(at for at in ats if at <= end)) for end in (15, 27, 61, 74)))
    found = await written(store)
    assert list(found) == [store_keys.traffic(scenario.release.id, number) for number in (0, 1)]
    first, second = found.values()
    assert (first.since, first.until, second.since) == (began, began + 60, began + 60)
    assert sum(b.counts[("production", build(1).id)].requests for b in buckets(found.values())) == 10 * len(ats)


async def test_an_engine_that_takes_over_overwrites_no_page() -> None:
    store, scenario = MemoryStore(), Scenario().at(2)
    await record(store, seen_at(scenario, 25, 0, 10, 20))
    before = await written(store)
    await record(store, seen_at(scenario, 45, 32, 40))
    found = await written(store)
    assert {key: found[key] for key in before} == before
    assert [page.since - scenario.release.events[0].at for page in found.values()] == [0, 32]


async def test_only_the_newest_releases_traffic_is_kept() -> None:
    store, scenario = MemoryStore(), Scenario().at(2)
    for day in (10, 12, 11):
        await store.commit(Put(store_keys.traffic(f"2026-11-{day}.1", 0), b"{}"))
    await record(store, seen_at(scenario, 25, 0, 10, 20), kept=2)
    assert list(await store.list(store_keys.TRAFFIC)) == [
        *(await store.list(store_keys.traffic("2026-11-12.1"))),
        *(await store.list(store_keys.traffic(scenario.release.id)))
    ]  # fmt: skip


async def test_a_store_that_refuses_the_record_is_reported_and_retried() -> None:
    class Narrow(MemoryStore):
        """The token of before may not write the record."""

        may = False

        async def commit(self, *writes: Write, durable: bool = True) -> int:
            if not self.may and any(write.key.startswith(store_keys.TRAFFIC) for write in writes):
                raise Failed("store", "permission denied", "load the policy anew")
            return await super().commit(*writes, durable=durable)

    store, scenario, told = Narrow(), Scenario().at(2), asyncio.Queue[str]()
    picture = seen_at(scenario, 25, 0, 10, 20)
    board = Board(POLICY, lambda: picture.now)
    recorder = asyncio.create_task(Recorder(board, store, lambda: picture.now, 9, told.put_nowait).run(Held()))
    board.put(log=picture.log, traffic=picture.traffic, statuses=picture.statuses, targets=picture.targets)
    async with asyncio.timeout(20):
        assert "the record is not kept: store: permission denied" in await told.get()
        store.may = True
        while await told.get():
            pass
    assert await written(store)
    recorder.cancel()
    await asyncio.gather(recorder, return_exceptions=True)
