"""A failed pull is reported, and the old build continues to serve."""

import os
from pathlib import Path

import pytest
from backports import zstd

from cockpit.agent import durable_write
from cockpit.deploy.builds.build import full_name, manifest_name
from cockpit.deploy.builds.manifest import Manifest, ManifestEntry, Mode
from cockpit.deploy.hosts.status import HostState
from tests.agent.hosts import Host, install, running_agent, set_target, target, until
from tests.fakes import MemoryStore


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


INVALID_PATHS = {
    "path with ..": ManifestEntry("../evil", Mode.FILE, 1, "e" * 64),
    "symlink out of the tree": ManifestEntry("bin/evil", Mode.SYMLINK, link="../../../etc/passwd"),
}
DETAILS = {
    "corrupt": "does not match the manifest",
    "truncated": "damaged",
    "missing": "is not in",
    "truncated manifest": "damaged",
    "path with ..": "is absolute, has",
    "symlink out of the tree": "leads outside",
}


@pytest.mark.parametrize("damage", DETAILS)
async def test_a_bad_build_fails_after_a_few_tries_and_the_old_one_serves(
    host: Host, store: MemoryStore, damage: str
) -> None:
    old, new = await install(host, store), host.build("new")
    good, path = new, host.artifacts.folder / full_name(new)
    described = host.artifacts.folder / manifest_name(new)
    pack, manifest = path.read_bytes(), described.read_bytes()
    match damage:
        case "corrupt":
            path.write_bytes(zstd.compress(zstd.decompress(pack).replace(b"new", b"old")))
        case "truncated":
            path.write_bytes(pack[:-10])
        case "missing":
            path.unlink()
        case "truncated manifest":
            described.write_bytes(manifest[:-10])
        case _:
            new = host.artifacts.plant(Manifest((INVALID_PATHS[damage],)).encode(), b"x")
    calls = host.calls()
    host.artifacts.pulled.clear()
    await set_target(store, target(new, 2))
    async with running_agent(host, store):
        now = await until(store, lambda s: s.state is HostState.FAILED)
        assert (now.build, now.failed, now.cold) == (old, new, ())
        assert new[:10] in now.detail
        assert "tried 4 times" in now.detail
        assert DETAILS[damage] in now.detail
        assert host.artifacts.pulled.count(manifest_name(new)) == 4
        assert host.calls() == calls
        path.write_bytes(pack)
        described.write_bytes(manifest)
        await set_target(store, target(good, 3))
        await until(store, lambda s: s.serves(good))


async def test_a_pull_that_works_on_the_second_try_is_no_failure(host: Host, store: MemoryStore) -> None:
    build = host.build("first")
    away = host.artifacts.folder / "away"
    path = host.artifacts.folder / full_name(build)
    path.rename(away)
    await set_target(store, target(build, 1))
    async with running_agent(host, store):
        now = await until(store, lambda s: "trying again" in s.detail)
        assert now.state is HostState.PULLING
        away.rename(path)
        await until(store, lambda s: s.serves(build))


async def test_a_full_disk_is_reported_and_its_space_freed(
    host: Host, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = await install(host, store), host.build("new")

    def full(root: Path, *_: object) -> None:
        raise OSError(28, "No space left on device", str(root))

    monkeypatch.setattr("cockpit.agent.slots.sync_changed", full)
    await set_target(store, target(new, 2))
    async with running_agent(host, store):
        now = await until(store, lambda s: s.state is HostState.FAILED)
        assert (now.build, now.cold) == (old, ())
        assert "No space left" in now.detail
        assert "free some space" in now.detail
        assert not (host.folder / "slots/b").exists()
        monkeypatch.setattr("cockpit.agent.slots.sync_changed", durable_write.sync_changed)
        await set_target(store, target(new, 3))
        await until(store, lambda s: s.serves(new))


async def test_no_act_is_performed_if_the_intent_cannot_be_saved(
    host: Host, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = await install(host, store), host.build("new")
    calls = host.calls()

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    async with running_agent(host, store):
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            await set_target(store, target(new, 2))
            now = await until(store, lambda s: "No space left" in s.detail)
            assert now.serves(old)
            assert (now.serial, host.calls()) == (1, calls)
        await until(store, lambda s: s.serves(new) and not s.detail)
