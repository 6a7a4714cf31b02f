"""The cost of the page of 10,000 hosts, 100 of which change a second, through a real pty.

Run `python -m tests.benchmarks.grid`. It shows the same page at 120x40 in three ways: cockpit's display, Textual's own
display, and one Static that gets the text of the whole grid at every change. Key: from the byte of a key to the first
byte of the cursor in its new row. All three show the same snapshots.
"""

import argparse
import asyncio
import random
import time
from dataclasses import replace

from msgspec.structs import replace as put
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from cockpit.control.board import Board
from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.tui.app import MIN_FRAME_INTERVAL, CockpitApp
from cockpit.tui.screen_settings import ScreenSettings
from cockpit.tui.theme.textual_theme import palette
from cockpit.tui.theme.theme_file import load_themes
from cockpit.views import host, host_grid
from cockpit.views.rows import plain
from tests.benchmarks.screen import COLUMNS, CURSOR, ROWS, THEMES, Line, busy_snapshot, line
from tests.builders import ADA, NEW, NOW

MODULE = "tests.benchmarks.grid"
HOSTS, CHANGES = 10_000, 100
LIVE, KEYS = 12.0, 30
MOVES = (HostState.PULLING, HostState.PREPARED, HostState.DRAINING, HostState.WARMING, HostState.SERVING)
DISPLAYS = {"plain": "one Static", "stock": "Cells on Textual's display", "frugal": "Cells on cockpit's display"}


def crowd(hosts: int) -> Snapshot:
    """A snapshot whose hosts never fall silent, because they report only changes."""
    snapshot = busy_snapshot(hosts)
    return replace(snapshot, policy=put(snapshot.policy, silent_after=1e6))


async def changing(board: Board, clock: float) -> None:
    """Move some hosts to their next state each second."""
    dice = random.Random(1)
    names = [name for name, one in board.snapshot.statuses.value.items() if one.tier == "production"]
    while True:
        await asyncio.sleep(0.05)
        now = NOW + time.monotonic() - clock
        known = board.snapshot.statuses.value
        some = dice.sample(names, CHANGES // 20)
        moved = {
            name: put(known[name], state=dice.choice(MOVES), build=dice.choice((known[name].build, NEW.id)), since=now)
            for name in some
        }
        board.put(statuses=Seen({**known, **moved}, now))


class Plain(App[None]):
    """The simple page: one Static, replaced at every change."""

    BINDINGS = [Binding("j", "move(1)"), Binding("k", "move(-1)")]

    def __init__(self, board: Board, clock: float) -> None:
        super().__init__()
        self._board = board
        self._clock = clock
        self._row = 0
        self._styles = palette(load_themes((THEMES,))["dark"])

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(id="grid")
        yield Static(id="here")

    def on_mount(self) -> None:
        self.run_worker(changing(self._board, self._clock))
        self.run_worker(self._follow())

    async def _follow(self) -> None:
        async for _ in self._board.changes(at_least_every=1.0):
            self._draw()
            await asyncio.sleep(MIN_FRAME_INTERVAL)

    def action_move(self, by: int) -> None:
        self._row += by
        self._draw()

    def _draw(self) -> None:
        snapshot, text = self._board.look(), Text()
        for number, one in enumerate(host_grid.grid(snapshot, COLUMNS - 4)):
            text.append("\u25b8" if number == self._row else " ")
            for span in one:
                text.append(span.text, self._styles[span.tone])
            text.append("\n")
        self.query_one("#grid", Static).update(text)
        name = snapshot.fleet["production"].hosts[self._row]
        beneath = Text(plain(host.summary(snapshot, "production", name, COLUMNS)))
        self.query_one("#here", Static).update(beneath)


def child(display: str, hosts: int) -> None:
    """The process that is measured."""
    clock = time.monotonic()
    snapshot = crowd(hosts)
    board = Board(snapshot.policy, lambda: NOW + time.monotonic() - clock)
    board.put(
        **{name: getattr(snapshot, name) for name in Snapshot.__dataclass_fields__ if name not in ("policy", "now")}
    )
    if display == "plain":
        Plain(board, clock).run(mouse=False)
        return

    async def background() -> None:
        await changing(board, clock)

    settings = ScreenSettings(themes=(THEMES,), frugal=display == "frugal")
    CockpitApp(board, None, ADA, settings, background).run(mouse=False)


def keys(terminal: Line) -> list[float]:
    """Seconds from a key to the cursor in its new row, sorted."""
    dice, times = random.Random(2), []
    for number in range(KEYS):
        terminal.read(dice.uniform(0.1, 0.4))
        terminal.pty.send("j" if number % 2 == 0 else "k")
        times.append(terminal.until(CURSOR))
    return sorted(times)


def measure(display: str, hosts: int) -> str:
    """A row of the table."""
    with line(MODULE, display, hosts) as terminal:
        terminal.until("\u25b8".encode() if display == "plain" else b"webapp")
        terminal.read(2.0)
        if display != "plain":
            terminal.pty.send("G")
            terminal.until(b"STRAGGLERS")
            terminal.read(1.0)
        for _ in range(8):  # into the middle of the grid
            terminal.pty.send("j")
            terminal.read(0.1)
        used, received = terminal.used(), len(terminal.read(LIVE))
        cpu = (terminal.used() - used) / LIVE
        times = keys(terminal)
        p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
        rate = received / LIVE / 1000
        return (
            f"{DISPLAYS[display]:<28}{rate:>9.1f} kB/s{100 * cpu:>8.1f} %{1000 * p50:>9.0f}{1000 * p99:>6.0f} ms"
            f"{terminal.memory() / 1e6:>7.0f} MB"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--child", nargs=2)
    options = parser.parse_args()
    if options.child:
        child(options.child[0], int(options.child[1]))
        return
    print(f"{COLUMNS}x{ROWS}: {HOSTS:,} hosts, {CHANGES} change a second")
    print(f"{'':<28}{'line':>14}{'CPU':>10}{'key p50, p99':>18}{'memory':>10}")
    for display in DISPLAYS:
        print(measure(display, HOSTS), flush=True)


if __name__ == "__main__":
    main()
