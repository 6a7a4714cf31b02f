"""What every kind of lock has to do: one holder at a time, a dead one's comes free, a frozen one can do no harm."""

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
from cockpit.control.feeds import ticking
from cockpit.deploy import store_keys
from cockpit.ports import Check, Conflict, Lease, Locks, Put, Store
from tests.consuls import ConsulProcess
from tests.stores import STORES, opened

NAME = "locks/engine"
TTL = 1.0
PATIENCE = 15.0


@dataclass
class World:
    """Locks and the store they guard."""

    store: Store
    locks: Locks

    async def held(self, holder: str = "ann pid 1", ttl: float = TTL) -> Lease:
        lease = await self.locks.acquire(NAME, holder, ttl)
        assert lease is not None
        return lease

    async def holder(self) -> str:
        return (await self.locks.look(NAME)).name

    async def until_free(self) -> None:
        """Wait for the lock to expire by itself; the clock that counts is the store's."""
        async with asyncio.timeout(PATIENCE):
            async for _ in ticking(self.store.watch("locks/"), 0.05):
                if not await self.holder():
                    return


@pytest.fixture(params=STORES)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(request.param, tmp_path, request) as store:
        if not isinstance(store, ConsulStore):
            yield World(store, StoreLocks(store, time))
            return
        server: ConsulProcess = request.getfixturevalue("consul")
        client = ConsulClient(server.address)
        yield World(store, ConsulLocks(client, store.place.split(" under ")[1].rstrip("/"), time))
        await client.close()


async def test_a_lock_that_nobody_holds_is_had_by_the_first_who_asks(world: World) -> None:
    assert await world.holder() == ""
    before = time()
    await world.held("ann pid 1")
    seen = await world.locks.look(NAME)
    assert seen.name == "ann pid 1"
    assert before <= seen.since <= time()


async def test_a_held_lock_is_refused_to_others_until_its_holder_is_silent_for_long_enough(world: World) -> None:
    await world.held()
    assert await world.locks.acquire(NAME, "bob pid 2", TTL) is None
    assert await world.holder() == "ann pid 1"
    began = time()
    await world.until_free()
    assert time() - began < 5 * TTL
    await world.held("bob pid 2")
    assert await world.holder() == "bob pid 2"


async def test_a_renewed_lease_goes_on(world: World) -> None:
    lease = await world.held()
    end = time() + 2.5 * TTL
    while time() < end:
        assert await lease.renew()
        await asyncio.sleep(TTL / 5)
    assert await world.locks.acquire(NAME, "bob pid 2", TTL) is None


async def test_a_long_lease_outlives_its_process_for_a_while(world: World) -> None:
    lease = await world.held(ttl=30.0)
    await asyncio.sleep(1.5 * TTL)
    assert await world.holder() == "ann pid 1"
    assert await lease.renew()
    await lease.release()
    assert await world.holder() == ""


async def test_a_released_lock_is_free_at_once(world: World) -> None:
    lease = await world.held()
    await lease.release()
    assert await world.holder() == ""
    assert not await lease.renew()
    await world.held("bob pid 2")


async def test_releasing_twice_is_harmless_also_when_another_holds_it(world: World) -> None:
    lease = await world.held()
    await lease.release()
    await world.held("bob pid 2")
    await lease.release()
    assert await world.holder() == "bob pid 2"


async def test_locks_of_different_names_have_nothing_to_do_with_each_other(world: World) -> None:
    await world.held()
    assert await world.locks.acquire("locks/engin", "bob pid 2", TTL) is not None
    assert await world.locks.acquire("locks/engine2", "eve pid 3", TTL) is not None


async def test_a_guard_lets_the_holder_write_also_after_renewals(world: World) -> None:
    lease = await world.held()
    await world.store.commit(Put("a", b"1"), lease.guard)
    assert await lease.renew()
    await world.store.commit(Put("a", b"2"), lease.guard)


async def test_the_guard_is_the_version_of_the_holder_that_everybody_sees(world: World) -> None:
    lease = await world.held()
    seen = await world.locks.look(NAME)
    assert lease.guard == Check(store_keys.owner(NAME), seen.version)


@pytest.mark.parametrize("heir", ["bob pid 2", "ann pid 1"])
async def test_a_frozen_holder_can_write_no_more_once_another_took_over(world: World, heir: str) -> None:
    frozen = await world.held()
    await world.until_free()
    current = await world.held(heir)
    with pytest.raises(Conflict):
        await world.store.commit(Put("a", b"frozen"), frozen.guard)
    assert await world.store.get("a") is None
    assert not await frozen.renew()
    await frozen.release()
    assert await world.holder() == heir
    await world.store.commit(Put("a", b"current"), current.guard)


async def test_a_frozen_holder_can_write_no_more_after_the_next_gave_the_lock_back(world: World) -> None:
    frozen = await world.held()
    await world.until_free()
    await (await world.held("bob pid 2")).release()
    with pytest.raises(Conflict):
        await world.store.commit(Put("a", b""), frozen.guard)
    assert not await frozen.renew()


async def test_of_many_who_ask_at_once_one_gets_it(world: World) -> None:
    leases = await asyncio.gather(*(world.locks.acquire(NAME, f"pid {n}", TTL) for n in range(8)))
    got = [lease for lease in leases if lease is not None]
    assert len(got) == 1
    await got[0].release()
    assert sum([await world.locks.acquire(NAME, f"pid {n}", TTL) is not None for n in range(3)]) == 1


async def test_a_lock_is_seized_from_whom_it_was_seen_with_and_its_holder_writes_no_more(world: World) -> None:
    old = await world.held()
    new = await world.locks.seize(NAME, "bob pid 2", TTL, await world.locks.look(NAME))
    assert new is not None
    assert await world.holder() == "bob pid 2"
    with pytest.raises(Conflict):
        await world.store.commit(Put("a", b"old"), old.guard)
    assert not await old.renew()
    await world.store.commit(Put("a", b"new"), new.guard)


async def test_a_lock_that_changed_hands_meanwhile_is_not_seized(world: World) -> None:
    old = await world.held()
    seen = await world.locks.look(NAME)
    await old.release()
    await world.held("eve pid 3")
    assert await world.locks.seize(NAME, "bob pid 2", TTL, seen) is None
    assert await world.holder() == "eve pid 3"


async def test_of_two_who_seize_at_once_one_gets_it(world: World) -> None:
    await world.held()
    seen = await world.locks.look(NAME)
    both = await asyncio.gather(*(world.locks.seize(NAME, f"pid {n}", TTL, seen) for n in range(2)))
    assert sum(lease is not None for lease in both) == 1


async def test_a_free_lock_can_be_seized_like_one_that_is_held(world: World) -> None:
    assert await world.locks.seize(NAME, "bob pid 2", TTL, await world.locks.look(NAME)) is not None
    assert await world.holder() == "bob pid 2"
