"""The cockpit in a real terminal, used by its keys; what is read is the screen, as a terminal would show it."""

import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pexpect
import pyte

COLUMNS, ROWS = 80, 24
PATIENCE = 120.0
"""Seconds that a machine may be busy with something else; what is never so fails after them."""
FOREIGN = re.compile(rb"\x1b\[[<>]\d*u")
"""What pyte does not know and would print: the kitty keyboard protocol."""
CUT = re.compile(rb"\x1b(\[[<>]?\d*)?\Z")
"""A sequence of which the rest is still to come."""
SMALLEST = """
app = "shop"
[repository]
url = "."
[[tier]]
name = "production"
serves = "public"
[[step]]
tier = "production"
percent = 100
soak = 0
"""
"""The config of a company with one tier and one step: enough for the screen."""


class Terminal:
    """A program on a pty of its own, and its screen."""

    def __init__(self, folder: Path, *argv: str) -> None:
        env = {**os.environ, "TERM": "xterm-256color", "TMPDIR": str(folder), "COLORTERM": "truecolor"}
        env |= {"COLUMNS": str(COLUMNS), "LINES": str(ROWS)}  # as some shells export them: they say what was
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self._unfed = b""
        command = ["-m", "cockpit", *argv]
        self.child: pexpect.spawn[bytes] = pexpect.spawn(
            sys.executable, command, dimensions=(ROWS, COLUMNS), env=env, timeout=1
        )

    def until(self, holds: Callable[[str], bool], seconds: float = PATIENCE) -> str:
        """The screen as soon as it is so."""
        end = monotonic() + seconds
        while not holds(shown := "\n".join(self.screen.display)):
            assert monotonic() < end, shown
            self._read()
        return shown

    def press(self, keys: str) -> None:
        self.child.send(keys)

    def resize(self, columns: int, rows: int) -> None:
        """Another size; what stood there is gone, as in a terminal that does not reflow."""
        self.screen.resize(rows, columns)
        self.screen.reset()
        self.child.setwinsize(rows, columns)

    def close(self) -> None:
        """End it, however it is."""
        if self.child.isalive():
            self.child.kill(signal.SIGKILL)
            self.child.wait()
        self.child.close()

    def ended(self, seconds: float = PATIENCE) -> int | None:
        """The exit code once it has ended."""
        end = monotonic() + seconds
        while self._read():
            assert monotonic() < end, "it goes on"
        self.child.wait()  # its terminal is closed a moment before its exit code is known
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
        said = FOREIGN.sub(b"", self._unfed + said)
        whole = cut.start() if (cut := CUT.search(said)) else len(said)
        self._unfed = said[whole:]
        self._stream.feed(said[:whole])
        return True
