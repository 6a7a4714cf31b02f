"""A host pulls the build that it will probably run next, while it is idle."""

from pathlib import Path

import pytest

from cockpit.deploy import store_keys
from cockpit.ports import Put
from tests.agent.hosts import Host, install, running_agent, set_target, target, until
from tests.fakes import MemoryStore


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
