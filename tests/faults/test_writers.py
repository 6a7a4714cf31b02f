"""Two commanders and two engines write to a real Consul at once: no event is lost or duplicated."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import time
from uuid import uuid4

import pytest

from cockpit.adapters.consul.client import ConsulClient
from cockpit.adapters.consul.locks import ConsulLocks
from cockpit.adapters.consul.store import ConsulStore
from cockpit.control.command_table import find_command
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Dispatcher, Done
from cockpit.control.feeds.feed_table import take_snapshot
from cockpit.control.feeds.sources import Sources
from cockpit.control.log_verification import verify
from cockpit.control.perform import perform
from cockpit.deploy import store_keys
from cockpit.deploy.events import Event
from cockpit.deploy.facts import CommandTaken, HostFailed
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Conflict, Failed
from cockpit.rules import decisions
from tests.consul_server import ConsulProcess
from tests.scenario import POLICY

EACH = 100
"""Writes of each writer."""


class Writer:
    """A commander or an engine with its own connection."""

    def __init__(self, name: str, store: ConsulStore, locks: ConsulLocks) -> None:
        self.name = name
        self.store = store
        self.locks = locks

    async def look(self, _past: str = "") -> Snapshot:
        return await take_snapshot(POLICY, Sources(self.store, self.locks), time)

    async def command(self) -> None:
        """Hold and resume, and take over whenever the other is the commander."""
        dispatcher = Dispatcher(self.store, self.look, time, CommanderLease(self.locks, self.name))
        done = 0
        while done < EACH:
            try:
                if (await self.locks.look(store_keys.COMMANDER_LOCK)).name not in ("", self.name):
                    await dispatcher.dispatch(find_command("take-over"), CommandRequest(self.name, "my turn"))
                for verb in ("hold", "resume"):
                    done += (
                        isinstance(await dispatcher.dispatch(find_command(verb), CommandRequest(self.name)), Done)
                        and done < EACH
                    )
            except Failed:
                continue  # too many conflicts: it was not executed

    async def work(self) -> None:
        """Acquire the lock, record ten facts under its guard, and release it."""
        done = 0
        while done < EACH:
            lease = await self.locks.acquire(store_keys.ENGINE_LOCK, self.name, 2.0)
            if lease is None:
                await asyncio.sleep(0.02)
                continue
            for _ in range(10):
                snapshot = await self.look()
                assert snapshot.latest is not None
                plan = decisions.record_fact(snapshot, snapshot.latest, HostFailed(self.name, str(done), "no room"))
                try:
                    await perform(self.store, plan, CommandRequest(self.name), time(), lease.guard)
                except Conflict:
                    continue
                done += 1
                if done == EACH:
                    break
            await lease.release()


@asynccontextmanager
async def open_writer(server: ConsulProcess, root: str, name: str) -> AsyncIterator[Writer]:
    client = ConsulClient(server.address)
    yield Writer(name, ConsulStore(client, root), ConsulLocks(client, root, time))
    await client.close()


@pytest.mark.timeout(180)
async def test_of_400_writes_by_two_commanders_and_two_engines_none_is_lost(consul: ConsulProcess) -> None:
    root = f"tests/{uuid4()}"
    async with (
        open_writer(consul, root, "ada@box") as ada,
        open_writer(consul, root, "bob@box") as bob,
        open_writer(consul, root, "engine-1") as one,
        open_writer(consul, root, "engine-2") as two,
    ):
        dispatcher = Dispatcher(ada.store, ada.look, time, CommanderLease(ada.locks, "ada@box"))
        assert isinstance(await dispatcher.dispatch(find_command("install"), CommandRequest("ada@box")), Done)
        await asyncio.gather(ada.command(), bob.command(), one.work(), two.work())
        release = (await ada.look()).latest
        assert release is not None
        verification = await verify(ada.store)
    assert verification.broken == ()
    assert verification.events == len(release.events) == release.last_number
    counts = Counter(event.by for event in release.events if is_counted(event))
    assert all(counts[name] >= EACH for name in ("ada@box", "bob@box")), counts
    assert counts["engine-1"] == counts["engine-2"] == EACH
    facts = [(event.what.host, event.what.build) for event in release.events if isinstance(event.what, HostFailed)]
    assert len(facts) == len(set(facts)), "a fact that conflicted is recorded once"


def is_counted(event: Event) -> bool:
    return not isinstance(event.what, CommandTaken)
