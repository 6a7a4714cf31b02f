"""Ten hosts go back to the good build, though one has a full disk, one a failing hook and one a damaged slot.

The full disk is a tmpfs in its own mount namespace, which needs no root on most machines.
"""

import asyncio
import subprocess
import sys
import threading
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest

from cockpit.deploy.hosts.rollback_readiness import readiness
from cockpit.deploy.hosts.rollout import rollout
from cockpit.deploy.hosts.status import Status
from cockpit.deploy.tiers import Audience, Tier
from tests.agent.hosts import Depot, Host, eventually, running_agent, set_target, target
from tests.fakes import MemoryStore
from tests.faults.test_full_disk import NAMESPACES, ROOT, keep_full, mount, wait_until_full

NAMES = tuple(f"web-{number}" for number in range(10))
FULL, HOOK, DAMAGED = NAMES[2], NAMES[5], NAMES[8]
SILENT_AFTER = 1e6
SLOW = {"stuck_after": 0.3, "drain_most": 10.0, "health_most": 10.0}
"""Hooks of ten hosts at once on a busy machine take longer than those of one."""


async def read_statuses(store: MemoryStore) -> dict[str, Status]:
    entries = await store.list("status/canary/")
    return {
        status.host: status for entry in entries if (status := msgspec.json.decode(entry.value or b"", type=Status))
    }


async def until_all(store: MemoryStore, condition: object) -> dict[str, Status]:
    """Wait until the condition holds for the statuses; after 60 s, fail with the last ones."""
    statuses: dict[str, Status] = {}
    try:
        async with asyncio.timeout(60):
            while True:
                statuses = await read_statuses(store)
                if condition(statuses):  # type: ignore[operator]
                    return statuses
                await asyncio.sleep(0.01)
    except TimeoutError:
        pytest.fail(f"the condition never held: {statuses}")


async def roll_back(root: Path) -> None:
    """Deploy a build on ten hosts, break three of them, and roll back."""
    store, depot = MemoryStore(), Depot(root / "artifacts")
    hosts = {name: Host(root / name, name=name) for name in NAMES}
    for host in hosts.values():
        host.artifacts = depot
    good, bad = hosts[FULL].build("good"), hosts[FULL].build("worse")
    stop = threading.Event()
    log = threading.Thread(target=keep_full, args=(hosts[FULL].folder / "log", stop))
    async with AsyncExitStack() as stack:
        for host in hosts.values():
            await stack.enter_async_context(running_agent(host, store, **SLOW))
        for serial, build in enumerate((good, bad), 1):
            await set_target(store, target(build, serial))
            await until_all(store, lambda all_, b=build: len(all_) == 10 and all(s.serves(b) for s in all_.values()))
        await until_all(store, lambda all_: on_disk(all_, good) == 10)

        log.start()
        await asyncio.to_thread(wait_until_full, hosts[FULL].folder)
        hosts[HOOK].mark("broken-drain").touch()
        page = next(path for path in hosts[DAMAGED].folder.glob("slots/*/page") if path.read_text() == "good")
        page.write_text("gone")
        await set_target(store, target(good, 3))
        statuses = await until_all(store, lambda all_: all_[HOOK].stuck and ready(all_, good) == 9)
        assert "hook drain: exit 1: no drain today" in statuses[HOOK].detail
        assert statuses[HOOK].failed == ""
        assert "are kept for a rollback" in statuses[FULL].detail

        hosts[HOOK].mark("broken-drain").unlink()
        await until_all(store, lambda all_: ready(all_, good) == 10)
        await eventually(lambda: all(host.in_balancer() for host in hosts.values()))
        assert {host.served_page() for host in hosts.values()} == {"good"}
        stop.set()
        log.join()


def ready(statuses: dict[str, Status], build: str) -> int:
    return sum(status.serves(build) for status in statuses.values())


def on_disk(statuses: dict[str, Status], build: str) -> int:
    state = rollout(Tier("canary", Audience.PUBLIC, NAMES), None, statuses.values(), 0.0, SILENT_AFTER)
    return readiness((state,), build).on_disk


def test_all_ten_hosts_end_on_the_good_build(tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / name / "host").mkdir(parents=True)
    play = [sys.executable, "-m", "tests.faults.test_rollback_of_ten", str(tmp_path)]
    for spaces in NAMESPACES:
        if subprocess.run([*spaces, *mount(tmp_path / FULL)], capture_output=True, check=False).returncode == 0:
            done = subprocess.run([*spaces, *play], capture_output=True, text=True, check=False, cwd=ROOT)
            assert done.returncode == 0, done.stdout + done.stderr
            return
    pytest.skip("this machine allows no small disk: neither user namespaces nor root")


if __name__ == "__main__":
    subprocess.run(mount(Path(sys.argv[1]) / FULL), check=True)
    asyncio.run(roll_back(Path(sys.argv[1])))
