"""The application server of one host: `python -m cockpit.demo.application.appserver --folder HOST --port PORT`.

A master holds the listening socket; a forked worker accepts from it and serves the slot that `HOST/current` pointed to
when the worker started. On SIGHUP the master starts a new worker and, once that accepts, tells the old one to drain:
the socket stays open, so no connection is refused or reset. If a build cannot be loaded, the reason is written to
`HOST/app.failed` and the old worker keeps serving. SIGTERM ends all at once.
"""

import argparse
import contextlib
import json
import os
import select
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from cockpit.demo.application.worker import Worker
from cockpit.demo.processes import parent_watch

START_TIMEOUT = 20.0
"""Seconds a new worker may take to accept connections."""
RESTART_DELAY = 0.5
"""Seconds between a worker's unexpected end and the start of the next one."""
BACKLOG = 256


@dataclass(frozen=True)
class WorkerSlot:
    """The slot that a worker serves; `path` is None if the host has no build yet."""

    path: Path | None
    build: str


class Master:
    """Starts and replaces workers."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._failed = folder / "app.failed"
        self._listener = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
        self._listener.setblocking(False)  # two workers accept from it during a reload: the slower one must not block
        self._wake_read, self._wake_write = os.pipe()
        self._worker = 0
        """The process id of the worker; 0 for none."""

    def run(self) -> NoReturn:
        """Serve until SIGTERM."""
        for pipe in (self._wake_read, self._wake_write):
            os.set_blocking(pipe, False)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        for number in (signal.SIGHUP, signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)  # the wakeup pipe carries the signal's number
        self._failed.unlink(missing_ok=True)
        self._replace()
        (self._folder / "app.pid").write_text(f"{os.getpid()}\n", encoding="ascii")
        while True:
            select.select([self._wake_read], [], [])
            signals = set(os.read(self._wake_read, 512))
            if signals & {signal.SIGTERM, signal.SIGINT}:
                self._end()
            if signal.SIGHUP in signals:
                self._replace()
            self._reap()

    def _replace(self) -> None:
        """Replace the worker by one on the current slot. If that one cannot start, the old one keeps serving."""
        slot = _current_slot(self._folder)
        old, new = self._worker, self._start(slot)
        if new:
            self._failed.unlink(missing_ok=True)
        elif not old:
            new = self._start(WorkerSlot(None, ""))  # /health has to report the failure
        if new:
            self._worker = new
            if old:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(old, signal.SIGUSR1)

    def _start(self, slot: WorkerSlot) -> int:
        """Fork a worker; its process id once it accepts connections, 0 if it cannot start."""
        read_end, write_end = os.pipe()
        master = os.getpid()
        worker = os.fork()
        if not worker:
            os.close(read_end)
            self._become_worker(master, slot, write_end)
        os.close(write_end)
        report = _read_all(read_end, START_TIMEOUT)
        os.close(read_end)
        if report == b"ready":
            return worker
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
        reason = report.decode(errors="replace") or f"did not start within {START_TIMEOUT:.0f} s"
        fresh = self._failed.with_suffix(".new")
        fresh.write_text(json.dumps({"build": slot.build, "reason": reason}), encoding="utf-8")
        fresh.replace(self._failed)
        return 0

    def _become_worker(self, master: int, slot: WorkerSlot, pipe: int) -> NoReturn:
        """In the forked process: serve, then exit."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        code = 1
        try:
            parent_watch.end_with_parent(master)
            worker = Worker(self._folder, self._listener, slot.build, slot.path)
            worker.serve(lambda: _report(pipe, b"ready"))
            code = 0
        except BaseException as error:  # an import can raise anything, SystemExit included
            with contextlib.suppress(OSError):
                _report(pipe, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(code)

    def _reap(self) -> None:
        """Reap workers that ended and replace the current one if it was among them."""
        lost = False
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG)[0]) > 0:
                lost = lost or ended == self._worker
        if lost:
            self._worker = 0
            time.sleep(RESTART_DELAY)
            self._replace()

    def _end(self) -> NoReturn:
        if self._worker:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._worker, signal.SIGTERM)
        (self._folder / "app.pid").unlink(missing_ok=True)
        os._exit(0)  # workers that still drain end with their parent


def _current_slot(folder: Path) -> WorkerSlot:
    """The target of `current`, resolved once, and the build named by the slot's label."""
    current = folder / "current"
    if not current.exists():
        return WorkerSlot(None, "")
    path = current.resolve()
    try:
        build = str(json.loads(path.with_name(f"{path.name}.json").read_bytes())["build"])
    except (OSError, ValueError, KeyError, TypeError):
        build = ""
    return WorkerSlot(path, build)


def _report(pipe: int, text: bytes) -> None:
    os.write(pipe, text[:4000])
    os.close(pipe)


def _read_all(pipe: int, timeout: float) -> bytes:
    """The bytes from `pipe` until its end, for at most `timeout` seconds."""
    deadline = time.monotonic() + timeout
    received = b""
    while (left := deadline - time.monotonic()) > 0:
        readable, _, _ = select.select([pipe], [], [], left)
        if readable:
            part = os.read(pipe, 4096)
            if not part:
                return received
            received += part
    return received


def main(argv: Sequence[str] | None = None) -> None:
    """Serve one host."""
    parser = argparse.ArgumentParser(prog="cockpit.demo.application.appserver")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args(argv)
    Master(options.folder, options.port).run()


if __name__ == "__main__":
    main()
