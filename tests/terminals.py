"""cockpit in a pseudo-terminal: tests press keys and read the screen that a terminal would show."""

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
"""Seconds until a wait fails; generous, for a busy machine."""
KITTY_KEYBOARD = re.compile(rb"\x1b\[[<>]\d*u")
"""Sequences of the kitty keyboard protocol, which pyte would print."""
INCOMPLETE = re.compile(rb"\x1b(\[[<>]?\d*)?\Z")
"""An incomplete sequence at the end of a read."""
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
"""The smallest config: one tier and one step."""


class Terminal:
    """A program on a pty, and its screen."""

    def __init__(self, folder: Path, *argv: str) -> None:
        env = {**os.environ, "TERM": "xterm-256color", "TMPDIR": str(folder), "COLORTERM": "truecolor"}
        env |= {"COLUMNS": str(COLUMNS), "LINES": str(ROWS)}  # some shells export them; they do not follow the window
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self._unfed = b""
        command = ["-m", "cockpit", *argv]
        self.child: pexpect.spawn[bytes] = pexpect.spawn(
            sys.executable, command, dimensions=(ROWS, COLUMNS), env=env, timeout=1
        )

    def until(self, condition: Callable[[str], bool], seconds: float = PATIENCE) -> str:
        """Wait until the screen satisfies the condition, and return its text."""
        end = monotonic() + seconds
        while not condition(shown := "\n".join(self.screen.display)):
            assert monotonic() < end, shown
            self._read()
        return shown

    def press(self, keys: str) -> None:
        self.child.send(keys)

    def resize(self, columns: int, rows: int) -> None:
        """Resize and clear the screen, like a terminal that does not reflow."""
        self.screen.resize(rows, columns)
        self.screen.reset()
        self.child.setwinsize(rows, columns)

    def close(self) -> None:
        """Kill the program and close the pty."""
        if self.child.isalive():
            self.child.kill(signal.SIGKILL)
            self.child.wait()
        self.child.close()

    def ended(self, seconds: float = PATIENCE) -> int | None:
        """Wait until the program has ended, and return its exit code."""
        end = monotonic() + seconds
        while self._read():
            assert monotonic() < end, "the program has not ended"
        self.child.wait()  # the pty closes a moment before the exit code is known
        self.child.close()
        return self.child.exitstatus

    def _read(self) -> bool:
        try:
            output = self.child.read_nonblocking(65536, timeout=0.2)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += output
        output = KITTY_KEYBOARD.sub(b"", self._unfed + output)
        complete = incomplete.start() if (incomplete := INCOMPLETE.search(output)) else len(output)
        self._unfed = output[complete:]
        self._stream.feed(output[:complete])
        return True
