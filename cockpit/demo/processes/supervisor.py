"""A child process that ends with this one and is restarted if it ends by itself."""

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

STOP_TIMEOUT = 3.0
"""Seconds that a child has to end after SIGTERM."""
RESTART_DELAY = 1.0
"""The least seconds between two restarts of a child."""


class Child:
    """A child process: a Python module run by this interpreter, or another program. `env` adds to the environment."""

    def __init__(self, log: Path, *argv: str, module: bool = True, env: Mapping[str, str] | None = None) -> None:
        self._log = log
        self._argv = (sys.executable, "-m", *argv) if module else argv
        self._env = env or {}
        self._running: subprocess.Popen[bytes] | None = None
        self._restarted = 0.0

    @property
    def name(self) -> str:
        """The name in the faults file: that of its log."""
        return self._log.stem

    @property
    def alive(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def start(self) -> None:
        """Start it with its output appended to its log."""
        with open(self._log, "ab") as log:
            self._running = subprocess.Popen(
                self._argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**environment(), **self._env},
                start_new_session=True,  # Ctrl-C reaches the parent alone, which then stops the children in order
                preexec_fn=partial(parent_watch.end_with_parent, os.getpid()),  # noqa: PLW1509 - one thread only
            )

    def restart_if_ended(self) -> bool:
        """Start it again if it has ended; whether it was started."""
        if self.alive or time.monotonic() - self._restarted < RESTART_DELAY:
            return False
        self._restarted = time.monotonic()
        self.start()
        return True

    def kill(self) -> None:
        """Send SIGKILL and wait. Does nothing if it has ended."""
        if self._running and self.alive:
            self._running.kill()
            self._running.wait()

    def terminate(self) -> None:
        """Send SIGTERM. Does nothing if it has ended."""
        if self._running and self.alive:
            self._running.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """Send SIGTERM and wait, then SIGKILL."""
        self.terminate()
        if self._running:
            try:
                self._running.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self._running.kill()
                self._running.wait()


def environment() -> Mapping[str, str]:
    """This process's environment, with this cockpit on PYTHONPATH, so that it need not be installed."""
    here = str(Path(cockpit.__file__).parents[1])
    others = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": f"{here}{os.pathsep}{others}" if others else here}
