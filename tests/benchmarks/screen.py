"""What the screen costs a line and a machine, through a real pty, beside the same screen on Textual's own display.

Run it as `python -m tests.benchmarks.screen`. The same live picture is shown both ways: 4 tiers, 60 PRs, log and chart
at 120x40, with counters and heartbeats every second, and again while 1,000 hosts of 1,000 or 10,000 report a second.
First: from the start of the process to the first frame. Idle: no release is open, hosts report and serve evenly. Key:
from the byte of a key to the first byte that moves the cursor's row.
"""

import argparse
import asyncio
import os
import random
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

import pexpect
from msgspec.structs import replace as put

from cockpit.control.board import Board
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Dispatcher
from cockpit.deploy.gate.traffic import Count, Sample, Traffic
from cockpit.deploy.hosts.status import HostState, Status
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.tui.app import CockpitApp
from cockpit.tui.screen_settings import ScreenSettings
from tests.builders import ADA, NEW, NOW, OLD, PULLS, at_canary
from tests.builders import idle as calm
from tests.fakes import MemoryStore, NoLocks
from tests.snapshot_updates import whole_update

COLUMNS, ROWS = 120, 40
LIVE, IDLE = 15.0, 20.0
"""Seconds that each is measured."""
KEYS = 60
REPORTS = 1000
"""Hosts that report in a second, at the most: ten thousand with a heartbeat of 10 s."""
THEMES = Path(__file__).parents[2] / "themes"
CURSOR = "▸".encode()
TICKS = os.sysconf("SC_CLK_TCK")


def busy_picture(hosts: int) -> Snapshot:
    """A release at canary with 60 PRs and so many hosts in production."""
    many = tuple(put(PULLS[n % len(PULLS)], number=100 + n, commits=(f"{n:040x}",)) for n in range(60))
    calm = at_canary(many)
    names = tuple(f"web-{n:04}" for n in range(hosts))
    crowd = {name: Status(name, "production", HostState.SERVING, NOW, NOW, OLD.id) for name in names}
    others = {name: one for name, one in calm.statuses.value.items() if one.tier != "production"}
    tiers = tuple(put(tier, hosts=names) if tier.name == "production" else tier for tier in calm.policy.tiers)
    patience = 10.0 if hosts <= REPORTS else 60.0
    return replace(
        calm, policy=put(calm.policy, tiers=tiers, silent_after=patience), statuses=Seen({**others, **crowd}, NOW)
    )


async def idle(board: Board, clock: float) -> None:
    """The night: the release is over, and what comes is what came before."""
    night = calm()
    even = {(tier, OLD.id): Count(100, 1) for tier in ("dogfood", "canary", "production")}
    board.put(log=night.log, judgement=night.judgement, targets=night.targets, alerts=night.alerts)
    began = NOW + time.monotonic() - clock
    past = tuple(Sample(began - second, even, ()) for second in range(600, 0, -1))
    while True:
        now = NOW + time.monotonic() - clock
        statuses = {name: put(one, at=now, build=OLD.id) for name, one in board.snapshot.statuses.value.items()}
        since = tuple(Sample(began + second, even, ()) for second in range(int(now - began) + 1))
        board.put(statuses=Seen(statuses, now), traffic=Seen(Traffic((*past, *since)), now))
        seen = board.snapshot
        board.put(
            log=replace(seen.log, at=now),
            targets=replace(seen.targets, at=now),
            judgement=replace(seen.judgement, at=now),
        )
        await asyncio.sleep(1.0)


async def live(board: Board, clock: float, hosts: int, frozen: asyncio.Event) -> None:
    """Counters and heartbeats until `frozen`: of every host one a second, of a large fleet 1,000 a second."""
    dice = random.Random(1)
    names = cycle(sorted(board.snapshot.statuses.value))
    many = max(1, min(len(board.snapshot.statuses.value), REPORTS) // (1 if hosts < 100 else 10))
    while not frozen.is_set():
        await asyncio.sleep(1.0 if hosts < 100 else 0.1)
        now = NOW + time.monotonic() - clock
        statuses = board.snapshot.statuses.value
        some = {name: put(statuses[name], at=now) for name in islice(names, many)}
        board.put(statuses=Seen({**statuses, **some}, now))
        samples = board.snapshot.traffic.value.samples
        if now - samples[-1].at >= 1.0:
            counts = {
                (tier, build.id): Count(dice.randrange(50, 150), dice.randrange(3))
                for tier in ("dogfood", "canary", "production")
                for build in (OLD, NEW)
            }
            board.put(traffic=Seen(Traffic((*samples[-119:], Sample(now, counts, ()))), now))


def child(frugal: bool, hosts: int) -> None:
    """The process that is measured: it goes idle at the key `Q`, which is not bound."""
    clock = time.monotonic()
    snapshot = busy_picture(hosts)
    board = Board(snapshot.policy, lambda: NOW + time.monotonic() - clock)
    board.put(**whole_update(snapshot))
    dispatcher = Dispatcher(MemoryStore(), board.past, time.time, CommanderLease(NoLocks(), ADA))
    frozen = asyncio.Event()

    async def background() -> None:
        await live(board, clock, hosts, frozen)
        await idle(board, clock)

    class Measured(CockpitApp):
        def on_key(self, event) -> None:  # type: ignore[no-untyped-def]
            if event.key == "Q":
                frozen.set()

    settings = ScreenSettings(themes=(THEMES,), frugal=frugal)
    Measured(board, dispatcher, ADA, settings, background).run(mouse=False)


class Figures(NamedTuple):
    """One way's figures: seconds, bytes a second, share of a core, bytes."""

    first: float
    live: float
    idle: float
    cpu_live: float
    cpu_idle: float
    keys: list[float]
    memory: float


class Line:
    """The far end of the pty."""

    def __init__(self, module: str, way: str, hosts: int) -> None:
        self.began = time.monotonic()
        argv = ["-W", "ignore", "-m", module, "--child", way, str(hosts)]
        env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.pty: pexpect.spawn[bytes] = pexpect.spawn(sys.executable, argv, dimensions=(ROWS, COLUMNS), env=env)

    def read(self, seconds: float) -> bytes:
        """All that comes within so long."""
        end, said = time.monotonic() + seconds, b""
        while (left := end - time.monotonic()) > 0:
            try:
                said += self.pty.read_nonblocking(65536, timeout=left)
            except pexpect.TIMEOUT:
                break
        return said

    def until(self, mark: bytes, seconds: float = 20.0) -> float:
        """Seconds until that is among what comes."""
        began, said = time.monotonic(), b""
        while mark not in said:
            said = said[-len(mark) :] + self.pty.read_nonblocking(65536, timeout=seconds)
        return time.monotonic() - began

    def used(self) -> float:
        """Seconds of processor used so far."""
        fields = Path(f"/proc/{self.pty.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """Bytes resident at the most."""
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.pty.pid}/status").read_text())
        assert found
        return int(found[1]) * 1024.0


@contextmanager
def line(module: str, way: str, hosts: int) -> Iterator[Line]:
    made = Line(module, way, hosts)
    try:
        yield made
    finally:
        made.pty.close(force=True)


def measure(frugal: bool, hosts: int) -> Figures:
    with line("tests.benchmarks.screen", "frugal" if frugal else "stock", hosts) as far:
        far.until(b"webapp")
        first = time.monotonic() - far.began
        far.read(3.0)
        used, said = far.used(), len(far.read(LIVE))
        cpu_live = (far.used() - used) / LIVE
        keys = []
        dice = random.Random(2)
        for n in range(KEYS):
            far.read(dice.uniform(0.1, 0.4))
            far.pty.send("j" if n % 2 == 0 else "k")
            keys.append(far.until(CURSOR))
        far.pty.send("Q")
        far.read(3.0)
        used, quiet = far.used(), len(far.read(IDLE))
        return Figures(
            first, said / LIVE, quiet / IDLE, cpu_live, (far.used() - used) / IDLE, sorted(keys), far.memory()
        )


def row(name: str, seen: Figures) -> str:
    p50, p99 = seen.keys[len(seen.keys) // 2], seen.keys[len(seen.keys) * 99 // 100]
    return (
        f"{name:<22}{1000 * seen.first:>8.0f} ms{seen.live / 1000:>8.1f} kB/s{seen.idle:>7.0f} B/s"
        f"{100 * seen.cpu_live:>7.1f} %{100 * seen.cpu_idle:>6.1f} %{1000 * p50:>7.0f}{1000 * p99:>5.0f} ms"
        f"{seen.memory / 1e6:>6.0f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--child", nargs=2)
    asked = parser.parse_args()
    if asked.child:
        child(asked.child[0] == "frugal", int(asked.child[1]))
        return
    print(f"{COLUMNS}x{ROWS}: 4 tiers, 60 PRs, log and chart")
    print(f"{'':<22}{'first':>11}{'live':>13}{'idle':>11}{'CPU':>9}{'idle':>8}{'key p50, p99':>15}{'memory':>9}")
    for hosts in (10, 1000, 10_000):
        for frugal in (False, True):
            name = f"{'cells' if frugal else 'Textual'}, {hosts:,} hosts"
            print(row(name, measure(frugal, hosts)), flush=True)


if __name__ == "__main__":
    main()
