"""The contract of all locks: one holder at a time, a dead holder's lock expires, a frozen holder cannot write."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from time import time

import pytest

from cockpit.adapters.consul.client import ConsulClient
from cockpit.adapters.consul.locks import ConsulLocks
from cockpit.adapters.consul.store import ConsulStore
from cockpit.adapters.leases import StoreLocks
from cockpit.control.feeds.ticks import with_ticks
from cockpit.deploy import store_keys
from cockpit.ports import Check, Conflict, Delete, Lease, Locks, Put, Store
from tests.consul_server import ConsulProcess
from tests.stores import STORES, open_store

NAME = "locks/engine"
TTL = 1.0


class Clock:
    """The clock of the locks in memory and in SQLite: it moves only when a test waits."""

    def __init__(self) -> None:
        self.now = time()

    def __call__(self) -> float:
        return self.now


@dataclass
class LockSetup:
    """Locks, the store that they guard, and the clock that decides when they expire; None for Consul's own clock."""

    store: Store
    locks: Locks
    clock: Clock | None = None

    async def acquire(self, holder: str = "ann pid 1", ttl: float = TTL) -> Lease:
        lease = await self.locks.acquire(NAME, holder, ttl)
        assert lease is not None
        return lease

    async def holder(self) -> str:
        return (await self.locks.look(NAME)).name

    async def wait(self, seconds: float) -> None:
        if self.clock:
            self.clock.now += seconds
        else:
            await asyncio.sleep(seconds)

    async def wait_until_expired(self) -> None:
        """Wait for a lease of `TTL` seconds to expire by itself."""
        if self.clock:
            assert await self.holder()
            self.clock.now += TTL
            assert not await self.holder()
            return
        async with asyncio.timeout(5 * TTL):
            async for _ in with_ticks(self.store.watch("locks/"), 0.05):
                if not await self.holder():
                    return


@pytest.fixture(params=STORES)
async def setup(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LockSetup]:
    async with open_store(request.param, tmp_path, request) as store:
        if not isinstance(store, ConsulStore):
            clock = Clock()
            yield LockSetup(store, StoreLocks(store, clock), clock)
            return
        server: ConsulProcess = request.getfixturevalue("consul")
        client = ConsulClient(server.address)
        yield LockSetup(store, ConsulLocks(client, store.place.split(" under ")[1].rstrip("/"), time))
        await client.close()


async def test_a_free_lock_goes_to_the_first_holder(setup: LockSetup) -> None:
    assert await setup.holder() == ""
    before = time()
    await setup.acquire("ann pid 1")
    holder = await setup.locks.look(NAME)
    assert holder.name == "ann pid 1"
    assert before - 1 <= holder.since <= time()


async def test_a_held_lock_is_refused_to_others_until_it_expires(setup: LockSetup) -> None:
    await setup.acquire()
    assert await setup.locks.acquire(NAME, "bob pid 2", TTL) is None
    assert await setup.holder() == "ann pid 1"
    await setup.wait_until_expired()
    await setup.acquire("bob pid 2")
    assert await setup.holder() == "bob pid 2"


async def test_a_renewed_lease_stays_held(setup: LockSetup) -> None:
    lease = await setup.acquire()
    for _ in range(12):
        assert await lease.renew()
        await setup.wait(TTL / 5)
    assert await setup.locks.acquire(NAME, "bob pid 2", TTL) is None


async def test_a_lock_is_extended_by_whoever_saw_its_holder(setup: LockSetup) -> None:
    await setup.acquire(ttl=10.0)
    seen = await setup.locks.look(NAME)
    await setup.wait(TTL / 5)
    assert await setup.locks.extend(NAME, seen, 10.0)
    await setup.locks.seize(NAME, "bob pid 2", 10.0, seen)
    assert not await setup.locks.extend(NAME, seen, 10.0), "another holder has it"


async def test_a_seizure_and_its_writes_are_one_transaction(setup: LockSetup) -> None:
    await setup.acquire()
    seen = await setup.locks.look(NAME)
    await setup.store.commit(Put("log", b"1"))
    assert await setup.locks.seize(NAME, "bob pid 2", TTL, seen, Put("log", b"2", 0)) is None
    assert await setup.locks.look(NAME) == seen
    assert await setup.locks.seize(NAME, "bob pid 2", TTL, seen, Put("other", b"2", 0), Delete("log")) is not None
    assert await setup.holder() == "bob pid 2"
    assert [entry.key for entry in await setup.store.list("other")] == ["other"]
    assert await setup.store.get("log") is None


async def test_a_long_lease_is_held_without_renewal(setup: LockSetup) -> None:
    lease = await setup.acquire(ttl=30.0)
    await setup.wait(1.5 * TTL)
    assert await setup.holder() == "ann pid 1"
    assert await lease.renew()
    await lease.release()
    assert await setup.holder() == ""


async def test_a_released_lock_is_free_at_once(setup: LockSetup) -> None:
    lease = await setup.acquire()
    await lease.release()
    assert await setup.holder() == ""
    assert not await lease.renew()
    await setup.acquire("bob pid 2")


async def test_releasing_twice_does_not_release_the_next_holders_lock(setup: LockSetup) -> None:
    lease = await setup.acquire()
    await lease.release()
    await setup.acquire("bob pid 2")
    await lease.release()
    assert await setup.holder() == "bob pid 2"


async def test_locks_of_different_names_are_independent(setup: LockSetup) -> None:
    await setup.acquire()
    assert await setup.locks.acquire("locks/engin", "bob pid 2", TTL) is not None
    assert await setup.locks.acquire("locks/engine2", "eve pid 3", TTL) is not None


async def test_a_guard_lets_the_holder_write_after_renewals(setup: LockSetup) -> None:
    lease = await setup.acquire()
    await setup.store.commit(Put("a", b"1"), lease.guard)
    assert await lease.renew()
    await setup.store.commit(Put("a", b"2"), lease.guard)


async def test_the_guard_checks_the_version_of_the_owner_key(setup: LockSetup) -> None:
    lease = await setup.acquire()
    holder = await setup.locks.look(NAME)
    assert lease.guard == Check(store_keys.owner(NAME), holder.version)


@pytest.mark.parametrize("next_holder", ["bob pid 2", "ann pid 1"])
async def test_a_frozen_holder_cannot_write_once_another_holds_the_lock(setup: LockSetup, next_holder: str) -> None:
    frozen = await setup.acquire()
    await setup.wait_until_expired()
    current = await setup.acquire(next_holder)
    with pytest.raises(Conflict):
        await setup.store.commit(Put("a", b"frozen"), frozen.guard)
    assert await setup.store.get("a") is None
    assert not await frozen.renew()
    await frozen.release()
    assert await setup.holder() == next_holder
    await setup.store.commit(Put("a", b"current"), current.guard)


async def test_a_frozen_holder_cannot_write_after_the_next_released_the_lock(setup: LockSetup) -> None:
    frozen = await setup.acquire()
    await setup.wait_until_expired()
    await (await setup.acquire("bob pid 2")).release()
    with pytest.raises(Conflict):
        await setup.store.commit(Put("a", b""), frozen.guard)
    assert not await frozen.renew()


async def test_one_of_many_simultaneous_requests_gets_the_lock(setup: LockSetup) -> None:
    leases = await asyncio.gather(*(setup.locks.acquire(NAME, f"pid {n}", TTL) for n in range(8)))
    granted = [lease for lease in leases if lease is not None]
    assert len(granted) == 1
    await granted[0].release()
    assert sum([await setup.locks.acquire(NAME, f"pid {n}", TTL) is not None for n in range(3)]) == 1


async def test_a_seized_lock_stops_the_former_holders_writes(setup: LockSetup) -> None:
    old = await setup.acquire()
    new = await setup.locks.seize(NAME, "bob pid 2", TTL, await setup.locks.look(NAME))
    assert new is not None
    assert await setup.holder() == "bob pid 2"
    with pytest.raises(Conflict):
        await setup.store.commit(Put("a", b"old"), old.guard)
    assert not await old.renew()
    await setup.store.commit(Put("a", b"new"), new.guard)


async def test_a_lock_that_changed_hands_is_not_seized(setup: LockSetup) -> None:
    old = await setup.acquire()
    seen = await setup.locks.look(NAME)
    await old.release()
    await setup.acquire("eve pid 3")
    assert await setup.locks.seize(NAME, "bob pid 2", TTL, seen) is None
    assert await setup.holder() == "eve pid 3"


async def test_one_of_two_simultaneous_seizures_gets_the_lock(setup: LockSetup) -> None:
    await setup.acquire()
    seen = await setup.locks.look(NAME)
    both = await asyncio.gather(*(setup.locks.seize(NAME, f"pid {n}", TTL, seen) for n in range(2)))
    assert sum(lease is not None for lease in both) == 1


async def test_a_free_lock_can_be_seized(setup: LockSetup) -> None:
    assert await setup.locks.seize(NAME, "bob pid 2", TTL, await setup.locks.look(NAME)) is not None
    assert await setup.holder() == "bob pid 2"
