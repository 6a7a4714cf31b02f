"""A pull brings exactly the build asked for, and downloads only what is missing."""

import asyncio
import threading
from pathlib import Path

import pytest
from backports import zstd

from cockpit.agent.pull import BuildFetch, pull, remove_incoming
from cockpit.agent.slots import Slots
from cockpit.agent.swap import flip
from cockpit.deploy.builds.build import delta_name, delta_pack_name, full_name, manifest_name
from cockpit.ports import Failed
from tests.agent.hosts import Depot, application


@pytest.fixture
def depot(tmp_path: Path) -> Depot:
    return Depot(tmp_path / "artifacts")


@pytest.fixture
def host(tmp_path: Path) -> Path:
    folder = tmp_path / "host"
    folder.mkdir()
    return folder


async def bring(depot: Depot, host: Path, build: str, *keep: str) -> int:
    """Pull the build; return the bytes downloaded."""
    sizes: list[int] = []
    slots = Slots(host)
    await pull(depot, slots, build, keep, host, lambda: asyncio.sleep(3600), sizes.append)
    assert build in slots.disk().cold
    assert unfinished(host) == []
    return sum(sizes)


def unfinished(host: Path) -> list[str]:
    return [path.name for path in host.glob("incoming/*")]


async def test_a_first_build_is_its_manifest_and_its_full_pack(depot: Depot, host: Path) -> None:
    build = depot.add(application("hello"))
    size = await bring(depot, host, build)
    assert depot.pulled == [manifest_name(build), full_name(build)]
    assert size == sum((depot.folder / name).stat().st_size for name in depot.pulled)


async def test_the_next_build_is_a_delta(depot: Depot, host: Path) -> None:
    large = {f"f{n}": bytes([n]) * 1000 + str(n).encode() for n in range(50)}
    old = depot.add(large)
    new = depot.add({**large, "f7": b"new"}, old)
    await bring(depot, host, old)
    flip(host, old)
    depot.pulled.clear()
    await bring(depot, host, new)
    assert depot.pulled == [delta_name(new, old), delta_pack_name(new, old)]
    assert zstd.decompress((depot.folder / delta_pack_name(new, old)).read_bytes()) == b"new"


async def test_files_that_only_moved_need_no_pack(depot: Depot, host: Path) -> None:
    old = depot.add({"a": b"1", "b": b"2"})
    await bring(depot, host, old)
    flip(host, old)
    new = depot.add({"x": b"2", "y/z": b"1"}, old)
    depot.pulled.clear()
    await bring(depot, host, new)
    assert depot.pulled == [delta_name(new, old)]


async def test_without_a_delta_the_full_pack_is_pulled(depot: Depot, host: Path) -> None:
    old, new = depot.add(application("old")), depot.add(application("new"))
    await bring(depot, host, old)
    flip(host, old)
    depot.pulled.clear()
    await bring(depot, host, new)
    assert depot.pulled[1:] == [manifest_name(new), full_name(new)]


@pytest.mark.parametrize(
    "bad", [b"", b"rubbish", zstd.compress(b"[]"), zstd.compress(b'{"removed":["page"],"put":[]}')]
)
async def test_an_invalid_delta_is_skipped(depot: Depot, host: Path, bad: bytes) -> None:
    old = depot.add(application("old"))
    await bring(depot, host, old)
    flip(host, old)
    new = depot.add(application("new"), old)
    (depot.folder / delta_name(new, old)).write_bytes(bad)
    await bring(depot, host, new)
    assert depot.pulled[-1] == full_name(new)


@pytest.mark.parametrize("damage", ["truncated", "another content", "missing"])
async def test_the_full_pack_is_pulled_if_the_pack_of_the_delta_is_damaged(
    depot: Depot, host: Path, damage: str
) -> None:
    old = depot.add(application("old"))
    await bring(depot, host, old)
    flip(host, old)
    new = depot.add(application("new"), old)
    pack = depot.folder / delta_pack_name(new, old)
    match damage:
        case "truncated":
            pack.write_bytes(pack.read_bytes()[:-5])
        case "another content":
            pack.write_bytes(zstd.compress(b"odd"))
        case _:
            pack.unlink()
    await bring(depot, host, new)
    assert depot.pulled[-2:] == [manifest_name(new), full_name(new)]


async def test_the_full_pack_is_pulled_if_the_old_build_is_damaged(depot: Depot, host: Path) -> None:
    old = depot.add(application("old"))
    await bring(depot, host, old)
    flip(host, old)
    (host / "current/bin/serve").write_text("damaged")
    new = depot.add(application("new"), old)
    await bring(depot, host, new)
    assert depot.pulled[-1] == full_name(new)


async def test_the_files_of_a_killed_agent_are_not_pulled_again(depot: Depot, host: Path) -> None:
    build = depot.add(application("hello"))
    await bring(depot, host, build)
    (host / "slots/a.json").unlink()
    depot.pulled.clear()
    await bring(depot, host, build)
    assert depot.pulled == [manifest_name(build)]


@pytest.mark.parametrize("damage", [lambda raw: raw[:-1], lambda raw: b"", lambda raw: zstd.compress(b"{}")])
async def test_a_manifest_of_another_build_is_refused(depot: Depot, host: Path, damage: object) -> None:
    build = depot.add(application("hello"))
    path = depot.folder / manifest_name(build)
    assert callable(damage)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(Failed, match=r"is not the manifest of|damaged"):
        await bring(depot, host, build)
    assert unfinished(host) == []
    assert not (host / "slots").exists()


async def test_a_missing_build_is_named(depot: Depot, host: Path) -> None:
    with pytest.raises(Failed, match="is not in"):
        await bring(depot, host, "0" * 64)
    assert unfinished(host) == []


def test_a_cancelled_fetch_leaves_no_files(depot: Depot, host: Path) -> None:
    cancelled = threading.Event()
    cancelled.set()
    BuildFetch(depot, Slots(host), depot.add(application("hello")), host).run(cancelled)
    assert unfinished(host) == []


def test_unfinished_downloads_of_a_killed_agent_are_removed(depot: Depot, host: Path) -> None:
    fetched = BuildFetch(depot, Slots(host), depot.add(application("hello")), host).run(threading.Event())
    assert fetched.folder.exists()
    remove_incoming(host)
    assert not fetched.folder.exists()
