"""How fast a fleet on Consul gets a new target, and how fast the cockpit shows the result of every host.

Run `python -m tests.benchmarks.fan_out [N ...]`. It starts its own Consul. N agents run the real watching and reporting
code in two processes; a real screen of 120x40 with all its feeds runs in a third. Signal: from just before the write of
the target to its arrival at the agent. Shown: until the screen's snapshot has the host's new status. Key: the longest
time for which the screen's event loop was busy, which delays a key. The baseline polls the key every two seconds.
"""

import argparse
import asyncio
import random
import resource
import tempfile
import time
from collections.abc import Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from cockpit.adapters.consul.address import ConsulAddress
from cockpit.adapters.consul.client import ConsulClient
from cockpit.adapters.consul.locks import ConsulLocks
from cockpit.adapters.consul.store import ConsulStore
from cockpit.agent.status_report import StatusReport
from cockpit.agent.target_watch import TargetWatch
from cockpit.control.board import Board
from cockpit.control.feeds.feed_table import follow
from cockpit.control.feeds.sources import Sources
from cockpit.deploy import store_keys
from cockpit.deploy.cutoff import EVERY_HOST
from cockpit.deploy.hosts.status import HostState, Status, Target
from cockpit.deploy.policy import GatePolicy, Policy
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.tiers import Audience, Step, Tier
from cockpit.engine.prefetch import create_prefetch_keys
from cockpit.ports import Check, Put
from cockpit.tui.app import CockpitApp
from cockpit.tui.screen_settings import ScreenSettings
from tests.consul_server import ConsulProcess

TIER = "production"
ROUNDS = 5
REST = 2.0
"""Seconds between two rounds."""
POLL = 2.0
HEARTBEAT = 10.0
POLICY = Policy("shop", (Tier(TIER, Audience.PUBLIC),), (Step(TIER, 100, 0.0),), GatePolicy(), 30.0)
THEMES = Path(__file__).parents[2] / "themes"
PROCESSES = get_context("spawn")


def target(serial: int) -> Target:
    build = f"{serial:064x}"
    return Target(TIER, serial, build, build, EVERY_HOST, 100, "salt", "2026-11-24.1")


class Host:
    """An agent's target watch and status report; it switches to a target at once."""

    def __init__(self, store: ConsulStore, name: str, polls: bool) -> None:
        self._store = store
        self._name = name
        self._polls = polls
        self._watch = TargetWatch(store, TIER)
        self._report = StatusReport(store, self._status, HEARTBEAT)
        self.arrivals: dict[int, float] = {}

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._poll() if self._polls else self._watch.follow())
            group.create_task(self._report.run())
            group.create_task(self._follow_targets())

    async def _follow_targets(self) -> None:
        while True:
            await self._watch.changed.wait()
            self._watch.changed.clear()
            if self._watch.target:
                self.arrivals.setdefault(self._watch.target.serial, time.monotonic())
                self._report.changed.set()

    async def _poll(self) -> None:
        await asyncio.sleep(random.uniform(0, POLL))
        while True:
            await self._watch.refresh()
            await asyncio.sleep(POLL)

    def _status(self) -> Status:
        target = self._watch.target
        serial, build = (target.serial, target.build) if target else (0, "")
        now = time.time()
        return Status(self._name, TIER, HostState.SERVING, now, now, build, serial=serial)


def run_hosts(http: int, root: str, names: Sequence[str], polls: bool, pipe: Connection) -> None:
    """A process of agents; sends each agent's {serial: time of arrival} at the end."""
    _many_files()

    async def run() -> None:
        server = ConsulClient(_address(http), watches=len(names))
        store = ConsulStore(server, root)
        hosts = [Host(store, name, polls) for name in names]
        tasks = [asyncio.create_task(host.run()) for host in hosts]
        await asyncio.to_thread(pipe.recv)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        pipe.send([host.arrivals for host in hosts])
        await store.close()

    asyncio.run(run())


async def measure(http: int, count: int, polls: bool) -> tuple[list[float], list[float], list[float]]:
    """(signal of every agent, time until every host was shown, busy times of the loop), in seconds, over all rounds."""
    root = f"fan-out/{count}-{polls}"
    names = [f"host-{n:04}" for n in range(count)]
    pipes, processes = [], []
    for half in (names[::2], names[1::2]):
        here, there = PROCESSES.Pipe()
        process = PROCESSES.Process(target=run_hosts, args=(http, root, half, polls, there))
        process.start()
        pipes.append(here)
        processes.append(process)
    client = ConsulClient(_address(http))
    store = ConsulStore(client, root)
    # The engine does this first.
    await create_prefetch_keys(store, POLICY.tiers, Check(store_keys.target(TIER), 0))
    board = Board(POLICY, time.time)
    sources = Sources(store, ConsulLocks(client, root, time.time))
    app = CockpitApp(board, None, "ada@box", ScreenSettings(themes=(THEMES,)))
    began: dict[int, float] = {}
    shown: list[float] = []
    busy: list[float] = []
    async with app.run_test(size=(120, 40)):
        following = asyncio.create_task(follow(board, sources, time.time))
        await board.until(lambda s: len(s.statuses.value) == count, 120)
        await asyncio.sleep(REST)
        ticking = asyncio.create_task(_tick(busy))
        for serial in range(1, ROUNDS + 1):
            began[serial] = time.monotonic()
            await store.commit(Put(store_keys.target(TIER), msgspec.json.encode(target(serial))))
            shown += await _times_until_shown(board, serial, began[serial], count)
            await asyncio.sleep(REST)
        ticking.cancel()
        following.cancel()
        await asyncio.gather(following, ticking, return_exceptions=True)
    arrivals: list[dict[int, float]] = []
    for pipe, process in zip(pipes, processes, strict=True):
        pipe.send("end")
        arrivals += await asyncio.to_thread(pipe.recv)
        await asyncio.to_thread(process.join)
    await store.close()
    signal = [times[serial] - at for times in arrivals for serial, at in began.items() if serial in times]
    assert len(signal) == count * ROUNDS, "an agent missed a target"
    return signal, shown, busy


async def _times_until_shown(board: Board, serial: int, began: float, count: int) -> list[float]:
    """Seconds until the snapshot showed each host on the target."""
    shown: dict[str, float] = {}

    def all_switched(snapshot: Snapshot) -> bool:
        now = time.monotonic() - began
        for host, status in snapshot.statuses.value.items():
            if status.serial >= serial:
                shown.setdefault(host, now)
        return len(shown) == count

    await board.until(all_switched, 60)
    return list(shown.values())


async def _tick(busy: list[float]) -> None:
    """Record how late the loop wakes this task."""
    while True:
        began = time.monotonic()
        await asyncio.sleep(0.002)
        busy.append(time.monotonic() - began - 0.002)


def _address(http: int) -> ConsulAddress:
    return ConsulAddress("127.0.0.1", http)


def _many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def row(name: str, signal: list[float], shown: list[float], busy: list[float]) -> str:
    return f"{name:<18}{cuts(signal)}   {cuts(shown)}   {cuts(busy)}"


def cuts(values: list[float]) -> str:
    ordered = sorted(values)
    picked = (ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100], ordered[-1])
    return "".join(f"{1000 * value:>8.0f}" for value in picked)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("counts", nargs="*", type=int, default=[100, 500, 1000, 2000])
    counts = parser.parse_args().counts
    _many_files()
    print(f"{ROUNDS} targets each; milliseconds", flush=True)
    print(f"{'':<18}{'signal':>8}{'':>16}   {'shown':>8}{'':>16}   {'key waits':>9}")
    print(f"{'':<18}" + "   ".join(f"{'p50':>8}{'p99':>8}{'max':>8}" for _ in range(3)))
    for count in counts:
        for polls in (True, False):
            with tempfile.TemporaryDirectory() as folder:
                server = ConsulProcess(Path(folder), "solo", connections=3 * count + 500)
                try:
                    server.start()
                    server.wait_for_leader()
                    name = f"{count} {'polling' if polls else 'watching'}"
                    print(row(name, *await measure(server.http, count, polls)), flush=True)
                finally:
                    server.kill()


if __name__ == "__main__":
    asyncio.run(main())
