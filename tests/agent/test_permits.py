"""At most as many hosts are out as the tier has permits, and a dead agent's permit expires."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from time import time

import pytest

from cockpit.adapters.consul.client import ConsulClient
from cockpit.adapters.consul.locks import ConsulLocks
from cockpit.adapters.consul.store import ConsulStore
from cockpit.adapters.leases import StoreLocks
from cockpit.agent.permits import Permits
from cockpit.deploy import store_keys
from cockpit.deploy.hosts.status import HostState
from cockpit.ports import Failed, Locks, Put
from tests.agent.hosts import Host, eventually, install, read_status, running_agent, set_target, target, until
from tests.consul_server import ConsulProcess
from tests.fakes import MemoryStore
from tests.stores import STORES, open_store


@pytest.fixture(params=STORES)
async def locks(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Locks]:
    async with open_store(request.param, tmp_path, request) as store:
        if not isinstance(store, ConsulStore):
            yield StoreLocks(store, time)
            return
        server: ConsulProcess = request.getfixturevalue("consul")
        client = ConsulClient(server.address)
        yield ConsulLocks(client, store.place.split(" under ")[1].rstrip("/"), time)
        await client.close()


async def test_no_more_hosts_hold_a_permit_than_there_are(locks: Locks) -> None:
    hosts = [Permits(locks, "canary", f"host{n}") for n in range(5)]
    acquired = [await host.acquire(2) for host in hosts]
    assert acquired.count(True) == 2
    holder = hosts[acquired.index(True)]
    waiting = hosts[acquired.index(False)]
    assert await holder.acquire(2)
    assert not await waiting.acquire(2)
    await holder.release()
    await holder.release()
    assert not holder.held
    assert await waiting.acquire(2)


async def test_each_tier_has_its_own_permits(locks: Locks) -> None:
    assert await Permits(locks, "canary", "a").acquire(1)
    assert await Permits(locks, "canary2", "b").acquire(1)


async def test_a_dead_agents_permit_expires_and_a_living_ones_does_not() -> None:
    store = MemoryStore()
    locks = StoreLocks(store, time)
    dead, alive = Permits(locks, "canary", "dead", 0.2), Permits(locks, "canary", "alive", 0.2)
    assert await dead.acquire(2)
    assert await alive.acquire(2)
    renewing = asyncio.create_task(alive.renew_forever())
    waiting = Permits(locks, "canary", "waiting")
    async with asyncio.timeout(10):
        while not await waiting.acquire(2):  # noqa: ASYNC110 - the permit expires with time
            await asyncio.sleep(0.02)
    assert alive.held
    assert not await Permits(locks, "canary", "another").acquire(2)
    renewing.cancel()


async def test_a_host_waits_for_a_permit_in_its_load_balancer_and_reports_it(tmp_path: Path) -> None:
    host, store = Host(tmp_path), MemoryStore()
    old, new = await install(host, store), host.build("new")
    other = Permits(StoreLocks(store, asyncio.get_running_loop().time), "canary", "other")
    assert await other.acquire(1)
    async with running_agent(host, store):
        await set_target(store, target(new, 2, permits=1))
        now = await until(store, lambda s: "1 of canary may be out at once" in s.detail)
        assert (now.state, now.build) == (HostState.PREPARED, old)
        assert host.in_balancer()
        await other.release()
        assert (await until(store, lambda s: s.serves(new))).detail == ""
        await eventually(host.in_balancer)
        async with asyncio.timeout(5):
            while not await other.acquire(1):  # noqa: ASYNC110 - polls as an agent does
                await asyncio.sleep(0.01)


async def test_a_tier_swaps_with_one_host_out_at_a_time(tmp_path: Path) -> None:
    store = MemoryStore()
    hosts = []
    for number in range(4):
        (tmp_path / str(number)).mkdir()
        hosts.append(Host(tmp_path / str(number), name=f"host{number}"))
    old, new = ({host.build(page) for host in hosts}.pop() for page in ("old", "new"))
    await set_target(store, target(old, 1))
    for host in hosts:
        assert (await host.agent(store).once()).serves(old)
    most_out = 0
    async with AsyncExitStack() as agents:
        for host in hosts:
            await agents.enter_async_context(running_agent(host, store))
        await set_target(store, target(new, 2, permits=1))
        async with asyncio.timeout(60):
            while any(host.current_page() != "new" or not host.in_balancer() for host in hosts):
                most_out = max(most_out, sum(not host.in_balancer() for host in hosts))
                await asyncio.sleep(0.002)
    assert most_out == 1


async def test_a_failed_host_keeps_its_permit_and_a_stopped_agent_releases_it(tmp_path: Path) -> None:
    host, store = Host(tmp_path), MemoryStore()
    await install(host, store)
    other = Permits(StoreLocks(store, asyncio.get_running_loop().time), "canary", "other")
    host.mark("broken-health").touch()
    async with running_agent(host, store):
        await set_target(store, target(host.build("new"), 2, permits=1))
        await until(store, lambda s: "no health today" in s.detail)
        assert not host.in_balancer()
        assert not await other.acquire(1)
        host.mark("broken-health").unlink()
        await set_target(store, target(host.build("newer"), 3, permits=1))
        await until(store, lambda s: s.state is HostState.SERVING)
        await eventually(host.in_balancer)
    assert await other.acquire(1)


async def test_a_host_prefetches_the_announced_build_and_swaps_without_a_pull(tmp_path: Path) -> None:
    host, store = Host(tmp_path), MemoryStore()
    old = await install(host, store)
    new = host.build("new", old)
    async with running_agent(host, store):
        await until(store, lambda s: s.serves(old))
        await store.commit(Put(store_keys.announced("canary"), b'{"build":"%s"}' % new.encode()))
        now = await until(store, lambda s: s.has_on_disk(new))
        assert now.serves(old)
        host.artifacts.pulled.clear()
        await set_target(store, target(new, 2))
        await until(store, lambda s: s.serves(new))
    assert host.artifacts.pulled == []


async def test_a_host_beyond_the_cutoff_prefetches_the_build_of_its_tier(tmp_path: Path) -> None:
    host, store = Host(tmp_path), MemoryStore()
    old = await install(host, store)
    new = host.build("new", old)
    await set_target(store, target(new, 2, base=old, cutoff=""))
    now = await host.agent(store).once()
    assert now.serves(old)
    assert now.cold == (new,)


@pytest.mark.parametrize("announced", [b"", b"{", b'{"build":"../x"}', b'{"build":"' + b"e" * 64 + b'"}'])
async def test_an_invalid_announcement_changes_nothing(tmp_path: Path, announced: bytes) -> None:
    host, store = Host(tmp_path), MemoryStore()
    old = await install(host, store)
    new = host.build("new")
    async with running_agent(host, store):
        await store.commit(Put(store_keys.announced("canary"), announced))
        await until(store, lambda s: s.serves(old))
        await set_target(store, target(new, 2))
        await until(store, lambda s: s.serves(new))


async def test_a_host_stays_in_its_balancer_while_the_locks_are_unavailable(tmp_path: Path) -> None:
    class Unavailable(MemoryStore):
        unavailable = False

        async def list(self, prefix: str) -> tuple:  # type: ignore[type-arg]
            if self.unavailable and prefix.startswith("permits/"):
                raise Failed("store", "no leader")
            return await super().list(prefix)

    host, store = Host(tmp_path), Unavailable()
    await install(host, store)
    new = host.build("new")
    store.unavailable = True
    async with running_agent(host, store):
        await set_target(store, target(new, 2, permits=1))
        now = await until(store, lambda s: "no leader" in s.detail)
        assert now.state is HostState.PREPARED
        assert host.in_balancer()
        store.unavailable = False
        await until(store, lambda s: s.serves(new))
    assert await read_status(store)


class SlowLease:
    """A lease that is lost when its renewal ends, and whose renewal the test controls."""

    def __init__(self) -> None:
        self.renewing, self.proceed = asyncio.Event(), asyncio.Event()

    async def renew(self) -> bool:
        self.renewing.set()
        await self.proceed.wait()
        return False

    async def release(self) -> None:
        pass


async def test_a_lost_permit_does_not_take_away_one_acquired_during_the_renewal() -> None:
    permits = Permits(StoreLocks(MemoryStore(), time), "canary", "host", 0.02)
    slow = SlowLease()
    permits._lease = slow  # type: ignore[assignment]
    renewing = asyncio.create_task(permits.renew_forever())
    await asyncio.wait_for(slow.renewing.wait(), 5)
    await permits.release()
    assert await permits.acquire(1)
    slow.proceed.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert permits.held
    renewing.cancel()


async def test_a_permit_that_cannot_be_released_is_left_to_expire() -> None:
    class UnreachableLease(SlowLease):
        async def release(self) -> None:
            raise Failed("store", "no leader")

    permits = Permits(StoreLocks(MemoryStore(), time), "canary", "host")
    permits._lease = UnreachableLease()  # type: ignore[assignment]
    await permits.release()
    assert not permits.held
