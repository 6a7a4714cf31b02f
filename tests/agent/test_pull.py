"""What is pulled is what was asked for, and no more than is missing."""

import asyncio
import threading
from pathlib import Path

import pytest
from backports import zstd

from cockpit.agent.pull import BuildFetch, forget_incoming, pull
from cockpit.agent.slots import Slots
from cockpit.deploy.builds.build import delta_name, delta_pack_name, full_name, manifest_name
from cockpit.ports import Failed
from tests.agent.world import Depot, application


@pytest.fixture
def depot(tmp_path: Path) -> Depot:
    return Depot(tmp_path / "artifacts")


@pytest.fixture
def host(tmp_path: Path) -> Path:
    folder = tmp_path / "host"
    folder.mkdir()
    return folder


async def bring(depot: Depot, host: Path, build: str, *keep: str) -> int:
    """Pull it; the bytes that came over."""
    sizes: list[int] = []
    slots = Slots(host)
    await pull(depot, slots, build, keep, host, lambda: asyncio.sleep(3600), sizes.append)
    assert build in slots.disk().cold
    assert left(host) == []
    return sum(sizes)


def left(host: Path) -> list[str]:
    return [path.name for path in host.glob("incoming/*")]


async def test_the_first_build_is_its_manifest_and_its_full_pack(depot: Depot, host: Path) -> None:
    build = depot.add(application("hello"))
    size = await bring(depot, host, build)
    assert depot.pulled == [manifest_name(build), full_name(build)]
    assert size == sum((depot.folder / name).stat().st_size for name in depot.pulled)


async def test_the_next_is_what_differs(depot: Depot, host: Path) -> None:
    large = {f"f{n}": bytes([n]) * 1000 + str(n).encode() for n in range(50)}
    old = depot.add(large)
    new = depot.add({**large, "f7": b"new"}, old)
    await bring(depot, host, old)
    Slots(host).flip(old)
    depot.pulled.clear()
    await bring(depot, host, new)
    assert depot.pulled == [delta_name(new, old), delta_pack_name(new, old)]
    assert zstd.decompress((depot.folder / delta_pack_name(new, old)).read_bytes()) == b"new"


async def test_what_only_moved_needs_no_pack(depot: Depot, host: Path) -> None:
    old = depot.add({"a": b"1", "b": b"2"})
    await bring(depot, host, old)
    Slots(host).flip(old)
    new = depot.add({"x": b"2", "y/z": b"1"}, old)
    depot.pulled.clear()
    await bring(depot, host, new)
    assert depot.pulled == [delta_name(new, old)]


async def test_without_a_delta_all_of_it_is_pulled(depot: Depot, host: Path) -> None:
    old, new = depot.add(application("old")), depot.add(application("new"))
    await bring(depot, host, old)
    Slots(host).flip(old)
    depot.pulled.clear()
    await bring(depot, host, new)
    assert depot.pulled[1:] == [manifest_name(new), full_name(new)]


@pytest.mark.parametrize(
    "bad", [b"", b"rubbish", zstd.compress(b"[]"), zstd.compress(b'{"removed":["page"],"put":[]}')]
)
async def test_a_delta_that_is_of_no_use_is_passed_over(depot: Depot, host: Path, bad: bytes) -> None:
    old = depot.add(application("old"))
    await bring(depot, host, old)
    Slots(host).flip(old)
    new = depot.add(application("new"), old)
    (depot.folder / delta_name(new, old)).write_bytes(bad)
    await bring(depot, host, new)
    assert depot.pulled[-1] == full_name(new)


async def test_where_the_old_build_has_rotted_all_of_the_new_one_is_pulled(depot: Depot, host: Path) -> None:
    old = depot.add(application("old"))
    await bring(depot, host, old)
    Slots(host).flip(old)
    (host / "current/bin/serve").write_text("rotten")
    new = depot.add(application("new"), old)
    await bring(depot, host, new)
    assert depot.pulled[-1] == full_name(new)


async def test_what_a_killed_agent_brought_in_is_not_pulled_again(depot: Depot, host: Path) -> None:
    build = depot.add(application("hello"))
    await bring(depot, host, build)
    (host / "slots/a.json").unlink()
    depot.pulled.clear()
    await bring(depot, host, build)
    assert depot.pulled == [manifest_name(build)]


@pytest.mark.parametrize("damage", [lambda raw: raw[:-1], lambda raw: b"", lambda raw: zstd.compress(b"{}")])
async def test_a_manifest_that_is_not_the_one_asked_for_is_refused(depot: Depot, host: Path, damage: object) -> None:
    build = depot.add(application("hello"))
    path = depot.folder / manifest_name(build)
    assert callable(damage)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(Failed, match=r"is not the manifest of|damaged"):
        await bring(depot, host, build)
    assert left(host) == []
    assert not (host / "slots").exists()


async def test_a_build_that_is_not_there_is_said_so(depot: Depot, host: Path) -> None:
    with pytest.raises(Failed, match="is not in"):
        await bring(depot, host, "0" * 64)
    assert left(host) == []


def test_a_pull_that_was_given_up_leaves_nothing(depot: Depot, host: Path) -> None:
    given_up = threading.Event()
    given_up.set()
    BuildFetch(depot, Slots(host), depot.add(application("hello")), host).fetch(given_up)
    assert left(host) == []


def test_what_an_agent_that_was_killed_left_half_fetched_goes(depot: Depot, host: Path) -> None:
    fetched = BuildFetch(depot, Slots(host), depot.add(application("hello")), host).fetch(threading.Event())
    assert fetched.folder.exists()
    forget_incoming(host)
    assert not fetched.folder.exists()
