"""The store hears of every change, and of a host that does not change it hears a heartbeat."""

import asyncio

import msgspec
import pytest

from cockpit.agent import status_report as module
from cockpit.agent.status_report import StatusReport, until_next
from cockpit.deploy.hosts.status import HostState, Pulling, Status
from cockpit.ports import Failed, Write
from tests.agent.world import eventually
from tests.fakes import MemoryStore


class Patient(MemoryStore):
    """Can be switched off, and counts what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.off = False
        self.said: list[bool] = []

    async def commit(self, *writes: Write, durable: bool = True) -> int:
        if self.off:
            raise Failed("store", "off")
        self.said.append(durable)
        return await super().commit(*writes, durable=durable)


async def test_it_says_how_the_host_is_at_once_then_beats_and_says_changes_sooner() -> None:
    store = Patient()
    states = [HostState.SERVING]
    report = StatusReport(store, lambda: Status("h", "canary", states[-1], 1.0, 1.0), 0.05)
    running = asyncio.create_task(report.run())
    await eventually(lambda: len(store.said) >= 3)
    assert set(store.said) == {False}
    running.cancel()
    slow = StatusReport(store, lambda: Status("h", "canary", states[-1], 1.0, 1.0), 60)
    running = asyncio.create_task(slow.run())
    await asyncio.sleep(0.02)
    states.append(HostState.DRAINING)
    count = len(store.said)
    slow.changed.set()
    await eventually(lambda: len(store.said) > count)
    entry = await store.get("status/canary/h")
    assert entry
    assert entry.value
    assert msgspec.json.decode(entry.value, type=Status).state is HostState.DRAINING
    running.cancel()


async def test_a_store_that_comes_back_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
    store = Patient()
    store.off = True
    running = asyncio.create_task(StatusReport(store, lambda: Status("h", "c", HostState.EMPTY, 1.0, 1.0), 60).run())
    await asyncio.sleep(0.03)
    assert not running.done()
    store.off = False
    await eventually(lambda: store.said)
    running.cancel()


def test_a_host_that_pulls_reports_twice_as_often_but_not_more_than_once_a_second() -> None:
    still = Status("h", "canary", HostState.SERVING, 1.0, 1.0)
    pulls = msgspec.structs.replace(still, pulling=Pulling("b" * 64, 1.0))
    assert [until_next(still, every) for every in (0.5, 2.0, 10.0)] == [0.5, 2.0, 10.0]
    assert [until_next(pulls, every) for every in (0.5, 1.0, 2.0, 10.0)] == [0.5, 1.0, 1.0, 5.0]
