"""Never more hosts are out of their load balancer than the tier can spare, and a dead one's turn passes."""

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
from tests.agent.world import Host, eventually, installed, living, point, status, target, until
from tests.consuls import ConsulProcess
from tests.fakes import MemoryStore
from tests.stores import STORES, opened


@pytest.fixture(params=STORES)
async def locks(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Locks]:
    async with opened(request.param, tmp_path, request) as store:
        if not isinstance(store, ConsulStore):
            yield StoreLocks(store, time)
            return
        server: ConsulProcess = request.getfixturevalue("consul")
        client = ConsulClient(server.address)
        yield ConsulLocks(client, store.place.split(" under ")[1].rstrip("/"), time)
        await client.close()


async def test_no_more_hosts_have_one_than_there_are(locks: Locks) -> None:
    hosts = [Permits(locks, "canary", f"host{n}") for n in range(5)]
    taken = [await host.take(2) for host in hosts]
    assert taken.count(True) == 2
    has = hosts[taken.index(True)]
    waits = hosts[taken.index(False)]
    assert await has.take(2)
    assert not await waits.take(2)
    await has.give_back()
    await has.give_back()
    assert not has.held
    assert await waits.take(2)


async def test_each_tier_has_its_own(locks: Locks) -> None:
    assert await Permits(locks, "canary", "a").take(1)
    assert await Permits(locks, "canary2", "b").take(1)


async def test_a_dead_agents_turn_passes_and_a_living_ones_does_not() -> None:
    store = MemoryStore()
    locks = StoreLocks(store, time)
    dead, alive = Permits(locks, "canary", "dead", 0.2), Permits(locks, "canary", "alive", 0.2)
    assert await dead.take(2)
    assert await alive.take(2)
    keeping = asyncio.create_task(alive.keep())
    waiting = Permits(locks, "canary", "waiting")
    async with asyncio.timeout(10):
        while not await waiting.take(2):  # noqa: ASYNC110 - time itself frees it
            await asyncio.sleep(0.02)
    assert alive.held
    assert not await Permits(locks, "canary", "another").take(2)
    keeping.cancel()


async def test_a_host_waits_for_its_turn_in_its_load_balancer_and_says_so(tmp_path: Path) -> None:
    host, store = Host(tmp_path), MemoryStore()
    old, new = await installed(host, store), host.build("new")
    other = Permits(StoreLocks(store, asyncio.get_running_loop().time), "canary", "other")
    assert await other.take(1)
    async with living(host, store):
        await point(store, target(new, 2, permits=1))
        now = await until(store, lambda s: "1 of canary may be out at once" in s.detail)
        assert (now.state, now.build) == (HostState.PREPARED, old)
        assert host.inside_balancer()
        await other.give_back()
        assert (await until(store, lambda s: s.serves(new))).detail == ""
        await eventually(host.inside_balancer)
        async with asyncio.timeout(5):
            while not await other.take(1):  # noqa: ASYNC110 - asking is what is tested
                await asyncio.sleep(0.01)


async def test_a_tier_changes_over_with_one_host_out_at_a_time(tmp_path: Path) -> None:
    store = MemoryStore()
    hosts = []
    for number in range(4):
        (tmp_path / str(number)).mkdir()
        hosts.append(Host(tmp_path / str(number), name=f"host{number}"))
    old, new = ({host.build(says) for host in hosts}.pop() for says in ("old", "new"))
    await point(store, target(old, 1))
    for host in hosts:
        assert (await host.agent(store).once()).serves(old)
    most_out = 0
    async with AsyncExitStack() as agents:
        for host in hosts:
            await agents.enter_async_context(living(host, store))
        await point(store, target(new, 2, permits=1))
        async with asyncio.timeout(60):
            while any(host.serves_by_link() != "new" or not host.inside_balancer() for host in hosts):
                most_out = max(most_out, sum(not host.inside_balancer() for host in hosts))
                await asyncio.sleep(0.002)
    assert most_out == 1


async def test_a_stuck_host_keeps_its_permit_and_a_stopped_agent_does_not(tmp_path: Path) -> None:
    host, store = Host(tmp_path), MemoryStore()
    await installed(host, store)
    other = Permits(StoreLocks(store, asyncio.get_running_loop().time), "canary", "other")
    host.mark("broken-health").touch()
    async with living(host, store):
        await point(store, target(host.build("new"), 2, permits=1))
        await until(store, lambda s: s.state is HostState.FAILED)
        assert not host.inside_balancer()
        assert not await other.take(1)
        host.mark("broken-health").unlink()
        await point(store, target(host.build("newer"), 3, permits=1))
        await until(store, lambda s: s.state is HostState.SERVING)
        await eventually(host.inside_balancer)
    assert await other.take(1)


async def test_a_host_brings_in_what_is_announced_and_swaps_without_pulling(tmp_path: Path) -> None:
    host, store = Host(tmp_path), MemoryStore()
    old = await installed(host, store)
    new = host.build("new", old)
    async with living(host, store):
        await until(store, lambda s: s.serves(old))
        await store.commit(Put(store_keys.announced("canary"), b'{"build":"%s"}' % new.encode()))
        now = await until(store, lambda s: s.holds(new))
        assert now.serves(old)
        host.artifacts.pulled.clear()
        await point(store, target(new, 2))
        await until(store, lambda s: s.serves(new))
    assert host.artifacts.pulled == []


async def test_a_host_beyond_the_cutoff_brings_in_its_tiers_build(tmp_path: Path) -> None:
    host, store = Host(tmp_path), MemoryStore()
    old = await installed(host, store)
    new = host.build("new", old)
    await point(store, target(new, 2, base=old, cutoff=""))
    now = await host.agent(store).once()
    assert now.serves(old)
    assert now.cold == (new,)


@pytest.mark.parametrize("announced", [b"", b"{", b'{"build":"../x"}', b'{"build":"' + b"e" * 64 + b'"}'])
async def test_an_announcement_that_leads_nowhere_changes_nothing(tmp_path: Path, announced: bytes) -> None:
    host, store = Host(tmp_path), MemoryStore()
    old = await installed(host, store)
    new = host.build("new")
    async with living(host, store):
        await store.commit(Put(store_keys.announced("canary"), announced))
        await until(store, lambda s: s.serves(old))
        await point(store, target(new, 2))
        await until(store, lambda s: s.serves(new))


async def test_a_store_without_locks_leaves_a_host_where_it_is(tmp_path: Path) -> None:
    class Away(MemoryStore):
        away = False

        async def list(self, prefix: str) -> tuple:  # type: ignore[type-arg]
            if self.away and prefix.startswith("permits/"):
                raise Failed("store", "no leader")
            return await super().list(prefix)

    host, store = Host(tmp_path), Away()
    await installed(host, store)
    new = host.build("new")
    store.away = True
    async with living(host, store):
        await point(store, target(new, 2, permits=1))
        now = await until(store, lambda s: "no leader" in s.detail)
        assert now.state is HostState.PREPARED
        assert host.inside_balancer()
        store.away = False
        await until(store, lambda s: s.serves(new))
    assert await status(store)
