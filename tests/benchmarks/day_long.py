"""The memory of the screen over 24 hours of changes, as fast as it can show them.

Run `python -m tests.benchmarks.day_long`. A virtual clock advances ten seconds a frame, with counters and heartbeats in
each, and a release of 40 events every two hours, so that the log grows. The baseline is the board without a screen.
"""

import asyncio
import gc
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from msgspec.structs import replace as put

from cockpit.control.board import Board
from cockpit.deploy.facts import Call, Judged
from cockpit.deploy.gate.traffic import Count, Counter, Scrape, add_scrape
from cockpit.deploy.release_fold import fold
from cockpit.deploy.snapshot import Log, Seen
from cockpit.tui.app import CockpitApp
from cockpit.tui.screen_settings import ScreenSettings
from tests.builders import ADA, DAY, NEW, NOW, OLD, at_canary, events, facts_to_staging, finished_release
from tests.snapshot_updates import whole_update

THEMES = Path(__file__).parents[2] / "themes"
FRAME, HOURS = 10.0, 24
RELEASE = 2 * 3600.0
"""Seconds from one release to the next."""


def resident() -> float:
    """Resident bytes after garbage collection."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096.0


class Clock:
    """A settable clock."""

    now = NOW


def add_frame(board: Board, clock: Clock) -> None:
    """Put the changes of one frame on the board."""
    clock.now += FRAME
    frames = round((clock.now - NOW) / FRAME)
    snapshot = board.snapshot
    statuses = {name: put(status, at=clock.now) for name, status in snapshot.statuses.value.items()}
    counters = tuple(
        Counter(status.host, status.tier, build, Count(100 * frames, frames // 2))
        for status in statuses.values()
        for build in (OLD.id, NEW.id)
    )
    traffic = add_scrape(snapshot.traffic.value, Scrape(clock.now, counters, ()))
    log = snapshot.log.value
    if frames % round(RELEASE / FRAME) == 0:
        turns = (Judged(0, NEW.id, (Call.GO, Call.WAIT)[n % 2], f"turn {n} of many") for n in range(35))
        name = f"{DAY}.{len(log.releases) + 3}"
        log = Log((*log.releases, fold(name, events(*facts_to_staging(name), *turns))), log.digest, log.current_version)
    board.put(
        statuses=Seen(statuses, clock.now), traffic=Seen(traffic, clock.now), log=Seen(log, clock.now),
        judgement=replace(snapshot.judgement, at=clock.now),
    )  # fmt: skip


def new_board(clock: Clock) -> Board:
    calm = at_canary()
    board = Board(calm.policy, lambda: clock.now)
    board.put(**whole_update(calm))
    board.put(log=Seen(Log((finished_release(),)), NOW))
    return board


async def day(with_screen: bool) -> None:
    """Print the memory after the first hour, when lazy imports are done, and at every sixth hour."""
    clock = Clock()
    board = new_board(clock)
    app = CockpitApp(board, None, ADA, ScreenSettings(themes=(THEMES,)))
    hour = round(3600 / FRAME)

    async def run_frames(frames: int) -> None:
        for _ in range(frames):
            add_frame(board, clock)
            board.look().fleet  # noqa: B018 - what the screen would ask of it
            if with_screen:
                app._paint(board.look())
                await pilot.pause(0)

    async def whole_day() -> None:
        await run_frames(hour)
        print(f"{resident() / 1e6:.1f}", end=" ", flush=True)
        for hours in (5, 6, 6, 6):
            await run_frames(hours * hour)
            print(f"{resident() / 1e6:.1f}", end=" ", flush=True)

    if with_screen:
        async with app.run_test(size=(120, 40)) as pilot:
            await whole_day()
    else:
        await whole_day()


def main() -> None:
    if len(sys.argv) > 1:
        asyncio.run(day(sys.argv[1] == "screen"))
        return
    print(f"{'MB after hours':<16}{'1':>8}{'6':>8}{'12':>8}{'18':>8}{'24':>8}")
    for mode in ("board", "screen"):
        argv = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.day_long", mode]
        output = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()
        print(f"{mode:<16}" + "".join(f"{mb:>8}" for mb in output), flush=True)


if __name__ == "__main__":
    main()
