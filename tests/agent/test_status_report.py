"""Every change is reported at once, and an unchanged host sends heartbeats."""

import asyncio

import msgspec
import pytest

from cockpit.agent import status_report as module
from cockpit.agent.status_report import StatusReport, seconds_to_next
from cockpit.deploy.hosts.status import HostState, Pulling, Status
from cockpit.ports import Failed, Write
from tests.agent.hosts import eventually
from tests.fakes import MemoryStore


class RecordingStore(MemoryStore):
    """Records whether each commit is durable, and can be switched off."""

    def __init__(self) -> None:
        super().__init__()
        self.off = False
        self.commits: list[bool] = []

    async def commit(self, *writes: Write, durable: bool = True) -> int:
        if self.off:
            raise Failed("store", "off")
        self.commits.append(durable)
        return await super().commit(*writes, durable=durable)


async def test_the_status_is_reported_at_once_then_as_heartbeats_and_on_changes() -> None:
    store = RecordingStore()
    states = [HostState.SERVING]
    report = StatusReport(store, lambda: Status("h", "canary", states[-1], 1.0, 1.0), 0.05)
    running = asyncio.create_task(report.run())
    await eventually(lambda: len(store.commits) >= 3)
    assert set(store.commits) == {False}
    running.cancel()
    slow = StatusReport(store, lambda: Status("h", "canary", states[-1], 1.0, 1.0), 60)
    running = asyncio.create_task(slow.run())
    await asyncio.sleep(0.02)
    states.append(HostState.DRAINING)
    count = len(store.commits)
    slow.changed.set()
    await eventually(lambda: len(store.commits) > count)
    entry = await store.get("status/canary/h")
    assert entry
    assert entry.value
    assert msgspec.json.decode(entry.value, type=Status).state is HostState.DRAINING
    running.cancel()


async def test_the_report_is_sent_once_the_store_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
    store = RecordingStore()
    store.off = True
    running = asyncio.create_task(StatusReport(store, lambda: Status("h", "c", HostState.EMPTY, 1.0, 1.0), 60).run())
    await asyncio.sleep(0.03)
    assert not running.done()
    store.off = False
    await eventually(lambda: store.commits)
    running.cancel()


def test_a_pulling_host_reports_twice_as_often_but_at_most_once_a_second() -> None:
    idle = Status("h", "canary", HostState.SERVING, 1.0, 1.0)
    pulling = msgspec.structs.replace(idle, pulling=Pulling("b" * 64, 1.0))
    assert [seconds_to_next(idle, every) for every in (0.5, 2.0, 10.0)] == [0.5, 2.0, 10.0]
    assert [seconds_to_next(pulling, every) for every in (0.5, 1.0, 2.0, 10.0)] == [0.5, 1.0, 1.0, 5.0]


async def test_the_pauses_between_tries_double_up_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    store, pauses = RecordingStore(), list[float]()
    store.off = True

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        store.off = len(pauses) < 6

    with monkeypatch.context() as patch:
        patch.setattr(asyncio, "sleep", sleep)
        report = StatusReport(store, lambda: Status("h", "c", HostState.EMPTY, 1.0, 1.0), 60)
        running = asyncio.create_task(report.run())
        await asyncio.wait({running}, timeout=0.05)
    assert store.commits
    assert pauses == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    running.cancel()
