"""A disk that is really full: what serves goes on serving, it is said, and it goes on once there is room.

The disk is a tmpfs of a megabyte in a mount namespace of its own, which on most machines takes no root.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cockpit.deploy.hosts.status import HostState
from tests.agent.hosts import Host, application, install, running_agent, set_target, target, until
from tests.fakes import MemoryStore

SPACES = (("unshare", "--user", "--map-root-user", "--mount"), ("unshare", "--mount"))
SIZE = 1 << 20
ROOT = Path(__file__).parents[2]


async def too_many_files(root: Path) -> None:
    """A build whose bytes would fit, and whose blocks do not: it fails while it is laid out."""
    host, store = Host(root), MemoryStore()
    old = await install(host, store)
    free = room_on(host.folder)
    new = host.artifacts.add({**application("new"), **{f"many/{n}": b"%d" % n for n in range(400)}})
    async with running_agent(host, store):
        await set_target(store, target(new, 2))
        now = await until(store, lambda s: s.state is HostState.FAILED)
        assert (now.build, now.cold, now.failed) == (old, (), new), now
        assert "No space left" in now.detail, now
        assert "make room" in now.detail, now
        assert host.current_page() == host.served_page() == "old"
        assert host.in_balancer()
        assert room_on(host.folder) >= free, "what was half laid out is still there"
        small = host.build("small")
        await set_target(store, target(small, 3))
        await until(store, lambda s: s.serves(small))


async def filled_by_another(root: Path) -> None:
    """Not a byte is left, so nothing can be written down either, and nothing is done until there is."""
    host, store = Host(root), MemoryStore()
    old, new = await install(host, store), host.build("new", await first(store))
    calls = host.calls()
    ballast = host.folder / "log"
    async with running_agent(host, store):
        await until(store, lambda s: s.serves(old))
        fill(ballast)
        await set_target(store, target(new, 2))
        now = await until(store, lambda s: "No space left" in s.detail)
        assert (now.build, host.calls()) == (old, calls), now
        assert host.current_page() == host.served_page() == "old"
        ballast.unlink()
        assert (await until(store, lambda s: s.serves(new))).detail == ""


async def first(store: MemoryStore) -> str:
    """The build of target 1."""
    return (await until(store, lambda s: s.build)).build


def room_on(path: Path) -> int:
    disk = os.statvfs(path)
    return disk.f_bavail * disk.f_frsize


def fill(path: Path) -> None:
    """Write until the disk takes no more."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert room_on(path) == 0


SCENES = {scene.__name__: scene for scene in (too_many_files, filled_by_another)}


@pytest.mark.parametrize("scene", SCENES)
def test_a_full_disk_touches_nothing_that_serves(tmp_path: Path, scene: str) -> None:
    (tmp_path / "host").mkdir()
    play = [sys.executable, "-m", "tests.faults.test_full_disk", scene, str(tmp_path)]
    for spaces in SPACES:
        if subprocess.run([*spaces, *mount(tmp_path)], capture_output=True, check=False).returncode == 0:
            done = subprocess.run([*spaces, *play], capture_output=True, text=True, check=False, cwd=ROOT)
            assert done.returncode == 0, done.stdout + done.stderr
            return
    pytest.skip("this machine gives nobody a small disk: neither user namespaces nor root")


def mount(root: Path) -> list[str]:
    return ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(root / "host")]


if __name__ == "__main__":
    subprocess.run(mount(Path(sys.argv[2])), check=True)
    asyncio.run(SCENES[sys.argv[1]](Path(sys.argv[2])))
