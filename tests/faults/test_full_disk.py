"""A full disk: the host keeps serving, reports the error, continues once there is room, and rolls back all the same.

The disk is a tmpfs of two megabytes in its own mount namespace, which needs no root on most machines.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from cockpit.agent.settings import AgentConfig
from cockpit.deploy.hosts.status import HostState
from tests.agent.hosts import Host, application, install, running_agent, set_target, target, until
from tests.fakes import MemoryStore

NAMESPACES = (("unshare", "--user", "--map-root-user", "--mount"), ("unshare", "--mount"))
SIZE = 2 << 20
BALLAST = AgentConfig().ballast
ROOT = Path(__file__).parents[2]


async def too_many_files(root: Path) -> None:
    """A build whose bytes fit but whose blocks do not: it fails while it is unpacked."""
    host, store = Host(root), MemoryStore()
    old = await install(host, store)
    free = free_bytes(host.folder)
    new = host.artifacts.add({**application("new"), **{f"many/{n}": b"%d" % n for n in range(600)}})
    async with running_agent(host, store):
        await set_target(store, target(new, 2))
        now = await until(store, lambda s: s.state is HostState.FAILED)
        assert (now.build, now.cold, now.failed) == (old, (), new), now
        assert "No space left" in now.detail, now
        assert "free some space" in now.detail, now
        assert host.current_page() == host.served_page() == "old"
        assert host.in_balancer()
        assert free_bytes(host.folder) >= free, "the partly unpacked build was not removed"
        small = host.build("small")
        await set_target(store, target(small, 3))
        await until(store, lambda s: s.serves(small))


async def filled_by_a_log(root: Path) -> None:
    """Not a byte is left, so no build can be pulled until there is room. Space for a rollback is kept again then."""
    host, store = Host(root), MemoryStore()
    old = await install(host, store)
    new = host.artifacts.add({**application("new"), "large": os.urandom(1 << 18)})
    log = host.folder / "log"
    async with running_agent(host, store):
        await until(store, lambda s: s.serves(old) and not s.detail)
        fill(log)
        await set_target(store, target(new, 2))
        now = await until(store, lambda s: "continues to serve" in s.detail)
        assert now.build == old, now
        assert host.current_page() == host.served_page() == "old"
        assert host.in_balancer()
        log.unlink()
        await set_target(store, target(new, 3))
        await until(store, lambda s: s.serves(new) and not s.detail)
        assert (host.folder / "ballast").stat().st_size == BALLAST


async def rolled_back_under_a_log(root: Path) -> None:
    """A log takes every byte that is freed. The host goes back all the same, and so does one whose agent restarts."""
    host, store = Host(root), MemoryStore()
    old, new = await install(host, store), host.build("new")
    await set_target(store, target(new, 2))
    assert (await host.agent(store).once()).serves(new)
    stop = threading.Event()
    log = threading.Thread(target=keep_full, args=(host.folder / "log", stop))
    log.start()
    try:
        await asyncio.to_thread(wait_until_full, host.folder)
        async with running_agent(host, store):
            await set_target(store, target(old, 3))
            now = await until(store, lambda s: s.serves(old))
            assert "kB are kept for a rollback; free some space" in now.detail, now
            assert host.current_page() == host.served_page() == "old"
            assert host.in_balancer()
    finally:
        stop.set()
        log.join()


def free_bytes(path: Path) -> int:
    disk = os.statvfs(path)
    return disk.f_bavail * disk.f_frsize


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert free_bytes(path) == 0


def keep_full(path: Path, stop: threading.Event) -> None:
    """Write as a log that never ends, until stopped."""
    with path.open("wb", buffering=0) as file:
        while not stop.is_set():
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(4096))
            time.sleep(0.002)


def wait_until_full(path: Path) -> None:
    while free_bytes(path):
        time.sleep(0.002)


SCENARIOS = {play.__name__: play for play in (too_many_files, filled_by_a_log, rolled_back_under_a_log)}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_full_disk_changes_nothing_that_serves_and_stops_no_rollback(tmp_path: Path, scenario: str) -> None:
    (tmp_path / "host").mkdir()
    play = [sys.executable, "-m", "tests.faults.test_full_disk", scenario, str(tmp_path)]
    for spaces in NAMESPACES:
        if subprocess.run([*spaces, *mount(tmp_path)], capture_output=True, check=False).returncode == 0:
            done = subprocess.run([*spaces, *play], capture_output=True, text=True, check=False, cwd=ROOT)
            assert done.returncode == 0, done.stdout + done.stderr
            return
    pytest.skip("this machine allows no small disk: neither user namespaces nor root")


def mount(root: Path) -> list[str]:
    return ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(root / "host")]


if __name__ == "__main__":
    subprocess.run(mount(Path(sys.argv[2])), check=True)
    asyncio.run(SCENARIOS[sys.argv[1]](Path(sys.argv[2])))
