"""The company's processes: each on the leash, each started again when it ends by itself."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import cockpit
from cockpit.demo.processes import parent_watch

PATIENCE = 3.0
"""Seconds that a child has to end when asked."""
AGAIN = 1.0
"""Seconds between the end of a child and its next start."""


class Child:
    """One process of this company: a module run by our own interpreter, or another program."""

    def __init__(self, log: Path, *argv: str, module: bool = True) -> None:
        self._log = log
        self._argv = (sys.executable, "-m", *argv) if module else argv
        self._running: subprocess.Popen[bytes] | None = None
        self._ended = 0.0

    @property
    def name(self) -> str:
        """What faults call it: its log's name."""
        return self._log.stem

    @property
    def lives(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def start(self) -> None:
        """Start it; what it says goes to its log."""
        with open(self._log, "ab") as log:
            self._running = subprocess.Popen(
                self._argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(),
                start_new_session=True,  # Ctrl-C is for whoever started the company, who then ends it in order
                preexec_fn=partial(parent_watch.put_on, os.getpid()),  # noqa: PLW1509 - we have one thread alone
            )

    def mend(self) -> bool:
        """Start it again where it has ended; whether it was."""
        if self.lives or time.monotonic() - self._ended < AGAIN:
            return False
        self._ended = time.monotonic()
        self.start()
        return True

    def kill(self) -> None:
        """kill -9; harmless where it has ended."""
        if self._running and self.lives:
            self._running.kill()
            self._running.wait()

    def tell_to_end(self) -> None:
        """Ask it to end."""
        if self._running and self.lives:
            self._running.send_signal(signal.SIGTERM)

    def end(self) -> None:
        """Ask it to end, and end it."""
        self.tell_to_end()
        if self._running:
            try:
                self._running.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._running.kill()
                self._running.wait()


def environment() -> Mapping[str, str]:
    """Ours, and where this very cockpit is found, installed or not."""
    here = str(Path(cockpit.__file__).parents[1])
    others = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": f"{here}{os.pathsep}{others}" if others else here}
