"""What goes wrong while a build is brought in is said, and what serves goes on serving."""

import os
from pathlib import Path

import pytest

from cockpit.agent import durable
from cockpit.deploy.hosts import HostState
from tests.agent.world import Host, installed, living, point, target, until
from tests.fakes import MemoryStore


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.mark.parametrize("damage", ["corrupt", "truncated", "missing", "evil"])
async def test_a_bad_pack_fails_after_a_few_tries_and_what_serves_is_untouched(
    host: Host, store: MemoryStore, damage: str
) -> None:
    old, new = await installed(host, store), host.build("new")
    path = host.artifacts.folder / new
    pack = path.read_bytes()
    match damage:
        case "corrupt":
            path.write_bytes(pack[:50] + b"?" + pack[51:])
        case "truncated":
            path.write_bytes(pack[:-10])
        case "missing":
            path.unlink()
        case _:
            new = host.artifacts.add(b"not a pack at all")
    calls, pulls = host.calls(), host.artifacts.pulls
    await point(store, target(new, 2))
    async with living(host, store):
        now = await until(store, lambda s: s.state is HostState.FAILED)
        assert (now.build, now.failed, now.cold) == (old, new, "")
        assert new[:10] in now.detail
        assert "tried 4 times" in now.detail
        assert host.artifacts.pulls == pulls + 4
        assert host.calls() == calls
        path.write_bytes(pack)
        good = path.name
        await point(store, target(good, 3))
        await until(store, lambda s: s.serves(good))


async def test_a_pull_that_works_at_the_second_try_is_not_a_failure(host: Host, store: MemoryStore) -> None:
    build = host.build("first")
    away = host.artifacts.folder / "away"
    path = host.artifacts.folder / build
    path.rename(away)
    await point(store, target(build, 1))
    async with living(host, store):
        now = await until(store, lambda s: "trying again" in s.detail)
        assert now.state is HostState.PULLING
        away.rename(path)
        await until(store, lambda s: s.serves(build))


async def test_a_full_disk_is_said_and_survived(
    host: Host, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = await installed(host, store), host.build("new")

    def full(root: Path) -> None:
        raise OSError(28, "No space left on device", str(root))

    monkeypatch.setattr("cockpit.agent.slots.sync_tree", full)
    await point(store, target(new, 2))
    async with living(host, store):
        now = await until(store, lambda s: s.state is HostState.FAILED)
        assert (now.build, now.cold) == (old, "")
        assert "No space left" in now.detail
        assert "make room" in now.detail
        assert not (host.folder / "slots/b").exists()
        monkeypatch.setattr("cockpit.agent.slots.sync_tree", durable.sync_tree)
        await point(store, target(new, 3))
        await until(store, lambda s: s.serves(new))


async def test_nothing_is_done_that_cannot_be_written_down(
    host: Host, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = await installed(host, store), host.build("new")
    calls = host.calls()

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    async with living(host, store):
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            await point(store, target(new, 2))
            now = await until(store, lambda s: "No space left" in s.detail)
            assert now.serves(old)
            assert (now.serial, host.calls()) == (1, calls)
        assert (await until(store, lambda s: s.serves(new))).detail == ""
