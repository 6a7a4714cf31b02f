"""The cockpit in a real terminal, used by its keys; what is read is the screen, as a terminal would show it."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pexpect
import pyte
import pytest

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("fleet")]

COLUMNS, ROWS = 80, 24


class Terminal:
    """A program on a pty of its own, and its screen."""

    def __init__(self, folder: Path, *argv: str) -> None:
        env = {**os.environ, "TERM": "xterm-256color", "TMPDIR": str(folder), "COLORTERM": "truecolor"}
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        command = ["-m", "cockpit", *argv]
        self.child: pexpect.spawn[bytes] = pexpect.spawn(
            sys.executable, command, dimensions=(ROWS, COLUMNS), env=env, timeout=1
        )

    def until(self, holds: Callable[[str], bool], seconds: float = 40) -> str:
        """The screen as soon as it is so."""
        end = monotonic() + seconds
        while not holds(shown := "\n".join(self.screen.display)):
            assert monotonic() < end, shown
            self._read()
        return shown

    def press(self, keys: str) -> None:
        self.child.send(keys)

    def ended(self, seconds: float = 30) -> int | None:
        """The exit code once it has ended."""
        end = monotonic() + seconds
        while self._read():
            assert monotonic() < end, "it goes on"
        self.child.close()
        return self.child.exitstatus

    def _read(self) -> bool:
        try:
            said = self.child.read_nonblocking(65536, timeout=0.2)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += said
        # pyte knows neither the kitty keyboard protocol nor private modes with '>' and would print them
        self._stream.feed(said.replace(b"\x1b[>25u", b"").replace(b"\x1b[<u", b""))
        return True


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path, "demo")
    yield made
    made.child.close(force=True)


def test_a_release_is_started_refused_held_and_left_by_keys(terminal: Terminal, tmp_path: Path) -> None:
    terminal.until(lambda shown: "SETTING UP" in shown, 5)
    terminal.until(lambda shown: "8 unreleased PRs" in shown)
    terminal.press("s")
    confirmation = terminal.until(lambda shown: "enter do it" in shown)
    assert "from main with 8 PRs" in confirmation
    terminal.press("\r")
    shown = terminal.until(lambda shown: " GO " in shown and "smoke test passed" in shown)
    assert "[@click=app.quit]" in shown
    terminal.press("f")
    terminal.until(lambda shown: "abandon it" in shown)
    terminal.press("h")
    terminal.until(lambda shown: "HELD" in shown)
    terminal.press("q")
    assert terminal.ended() == 0
    assert b"\x1b[?1049l" in terminal.raw, "the terminal is as it was"
    assert list(tmp_path.iterdir()) == []
