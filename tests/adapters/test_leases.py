"""Locks by lease with a clock that the test moves; test_locks_contract has the rest."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cockpit.adapters.leases import StoreLocks
from cockpit.adapters.sqlite.store import SqliteStore
from cockpit.ports import Conflict, Lease, Put, Store
from tests.fakes import MemoryStore

NAME = "locks/engine"


class Clock:
    """Stands still unless moved."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    store: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "store.db")
    yield store
    await store.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def locks(store: Store, clock: Clock) -> StoreLocks:
    return StoreLocks(store, clock)


async def held(locks: StoreLocks, holder: str = "ann pid 1", ttl: float = 10.0) -> Lease:
    lease = await locks.acquire(NAME, holder, ttl)
    assert lease is not None
    return lease


async def test_a_held_lock_is_refused_to_others_until_it_expires(locks: StoreLocks, clock: Clock) -> None:
    await held(locks, ttl=10.0)
    clock.now += 9.9
    assert await locks.acquire(NAME, "bob pid 2", 10.0) is None
    assert (await locks.look(NAME)).name == "ann pid 1"
    clock.now += 0.1
    assert (await locks.look(NAME)).name == ""
    await held(locks, "bob pid 2")
    assert (await locks.look(NAME)).name == "bob pid 2"


async def test_a_restarted_holder_waits_for_its_own_lease(locks: StoreLocks, clock: Clock) -> None:
    await held(locks, "ann pid 1", 10.0)
    assert await locks.acquire(NAME, "ann pid 1", 10.0) is None
    clock.now += 10.0
    await held(locks, "ann pid 1")


async def test_a_renewed_lease_stays_held(locks: StoreLocks, clock: Clock) -> None:
    lease = await held(locks, ttl=10.0)
    for _ in range(5):
        clock.now += 8.0
        assert await lease.renew()
    assert await locks.acquire(NAME, "bob pid 2", 10.0) is None


async def test_a_frozen_holder_keeps_a_lock_that_is_still_free(locks: StoreLocks, store: Store, clock: Clock) -> None:
    lease = await held(locks)
    clock.now += 3600.0
    await store.commit(Put("a", b"1"), lease.guard)
    assert await lease.renew()
    assert (await locks.look(NAME)).name == "ann pid 1"


async def test_a_renewal_at_the_last_moment_prevents_an_acquisition(store: Store, clock: Clock) -> None:
    lease = await held(StoreLocks(store, clock))
    clock.now += 10.0

    class RenewsFirst(StoreLocks):
        async def _read(self, name: str):  # type: ignore[no-untyped-def]
            seen = await super()._read(name)
            assert await lease.renew()
            return seen

    assert await RenewsFirst(store, clock).acquire(NAME, "bob pid 2", 10.0) is None
    assert await lease.renew()


async def test_a_clock_set_back_does_not_extend_a_dead_holders_lock(locks: StoreLocks, clock: Clock) -> None:
    await held(locks, ttl=10.0)
    clock.now -= 5.0
    assert await locks.acquire(NAME, "bob pid 2", 10.0) is None
    clock.now -= 3600.0
    assert (await locks.look(NAME)).name == ""
    await held(locks, "bob pid 2")


@pytest.mark.parametrize("record", ["owner", "beat"])
@pytest.mark.parametrize("spoilt", [b"", b"{", b"[]", b"\xff", b'{"until": "soon"}'])
async def test_an_unreadable_record_frees_the_lock_and_its_holder_cannot_write(
    locks: StoreLocks, store: Store, record: str, spoilt: bytes
) -> None:
    lease = await held(locks)
    await store.commit(Put(f"{NAME}/{record}", spoilt))
    assert (await locks.look(NAME)).name == ""
    await held(locks, "bob pid 2")
    with pytest.raises(Conflict):
        await store.commit(Put("a", b""), lease.guard)
