"""The cost of the screen through a real pty, beside the same screen on Textual's own display.

Run `python -m tests.benchmarks.screen`. Both displays show the same live snapshot at 120x40: 4 tiers, 60 PRs, log and
chart, with counters and heartbeats every second, then with 1,000 hosts reporting a second of 1,000 or 10,000 hosts.
First: from the start of the process to the first frame. Idle: no release is open, hosts report and serve evenly. Key:
from the byte of a key to the first byte that moves the cursor.
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
"""Seconds of each measurement."""
KEYS = 60
REPORTS = 1000
"""The most hosts that report in a second: ten thousand with a heartbeat of 10 s."""
THEMES = Path(__file__).parents[2] / "themes"
CURSOR = "▸".encode()
TICKS = os.sysconf("SC_CLK_TCK")


def busy_snapshot(hosts: int) -> Snapshot:
    """A release at canary with 60 PRs and that many hosts in production."""
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
    """No open release, and steady reports and traffic."""
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
        measured = board.snapshot
        board.put(
            log=replace(measured.log, at=now),
            targets=replace(measured.targets, at=now),
            judgement=replace(measured.judgement, at=now),
        )
        await asyncio.sleep(1.0)


async def live(board: Board, clock: float, hosts: int, frozen: asyncio.Event) -> None:
    """Counters and heartbeats until `frozen`: from every host each second, at most 1,000 a second."""
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
    """The measured process. The key `Q`, which is not bound, makes it idle."""
    clock = time.monotonic()
    snapshot = busy_snapshot(hosts)
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


class Measurement(NamedTuple):
    """The measurement of one display: seconds, bytes a second, share of a core, bytes."""

    first: float
    live: float
    idle: float
    cpu_live: float
    cpu_idle: float
    keys: list[float]
    memory: float


class Line:
    """The terminal's end of the pty."""

    def __init__(self, module: str, way: str, hosts: int) -> None:
        self.began = time.monotonic()
        argv = ["-W", "ignore", "-m", module, "--child", way, str(hosts)]
        env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.pty: pexpect.spawn[bytes] = pexpect.spawn(sys.executable, argv, dimensions=(ROWS, COLUMNS), env=env)

    def read(self, seconds: float) -> bytes:
        """The output of that many seconds."""
        end, output = time.monotonic() + seconds, b""
        while (left := end - time.monotonic()) > 0:
            try:
                output += self.pty.read_nonblocking(65536, timeout=left)
            except pexpect.TIMEOUT:
                break
        return output

    def until(self, mark: bytes, seconds: float = 20.0) -> float:
        """Seconds until the output contains `mark`."""
        began, output = time.monotonic(), b""
        while mark not in output:
            output = output[-len(mark) :] + self.pty.read_nonblocking(65536, timeout=seconds)
        return time.monotonic() - began

    def used(self) -> float:
        """Processor seconds used so far."""
        fields = Path(f"/proc/{self.pty.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """The peak resident bytes."""
        match = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.pty.pid}/status").read_text())
        assert match
        return int(match[1]) * 1024.0


@contextmanager
def line(module: str, way: str, hosts: int) -> Iterator[Line]:
    made = Line(module, way, hosts)
    try:
        yield made
    finally:
        made.pty.close(force=True)


def measure(frugal: bool, hosts: int) -> Measurement:
    with line("tests.benchmarks.screen", "frugal" if frugal else "stock", hosts) as terminal:
        terminal.until(b"webapp")
        first = time.monotonic() - terminal.began
        terminal.read(3.0)
        used, received = terminal.used(), len(terminal.read(LIVE))
        cpu_live = (terminal.used() - used) / LIVE
        keys = []
        dice = random.Random(2)
        for n in range(KEYS):
            terminal.read(dice.uniform(0.1, 0.4))
            terminal.pty.send("j" if n % 2 == 0 else "k")
            keys.append(terminal.until(CURSOR))
        terminal.pty.send("Q")
        terminal.read(3.0)
        used, quiet = terminal.used(), len(terminal.read(IDLE))
        return Measurement(
            first,
            received / LIVE,
            quiet / IDLE,
            cpu_live,
            (terminal.used() - used) / IDLE,
            sorted(keys),
            terminal.memory(),
        )


def row(name: str, measured: Measurement) -> str:
    p50, p99 = measured.keys[len(measured.keys) // 2], measured.keys[len(measured.keys) * 99 // 100]
    return (
        f"{name:<22}{1000 * measured.first:>8.0f} ms{measured.live / 1000:>8.1f} kB/s{measured.idle:>7.0f} B/s"
        f"{100 * measured.cpu_live:>7.1f} %{100 * measured.cpu_idle:>6.1f} %{1000 * p50:>7.0f}{1000 * p99:>5.0f} ms"
        f"{measured.memory / 1e6:>6.0f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--child", nargs=2)
    options = parser.parse_args()
    if options.child:
        child(options.child[0] == "frugal", int(options.child[1]))
        return
    print(f"{COLUMNS}x{ROWS}: 4 tiers, 60 PRs, log and chart")
    print(f"{'':<22}{'first':>11}{'live':>13}{'idle':>11}{'CPU':>9}{'idle':>8}{'key p50, p99':>15}{'memory':>9}")
    for hosts in (10, 1000, 10_000):
        for frugal in (False, True):
            name = f"{'cells' if frugal else 'Textual'}, {hosts:,} hosts"
            print(row(name, measure(frugal, hosts)), flush=True)


if __name__ == "__main__":
    main()
