"""The application server of one host: `python -m cockpit.demo.application.appserver --folder HOST --port PORT`.

A master holds the listening socket and never reads from it; a worker forked from it serves what `HOST/current`
named when the worker began. SIGHUP starts a new worker and, once that accepts, tells the old one to finish and go:
the socket stays open throughout, so no connection is refused or reset. A worker that cannot load its build ends,
`HOST/app.failed` says why, and the old one goes on. SIGTERM ends all at once.
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

STARTING = 20.0
"""Seconds a new worker may take to accept."""
AGAIN = 0.5
"""Seconds between a worker's unexpected end and the next one's start."""
BACKLOG = 256


@dataclass(frozen=True)
class WorkerSlot:
    """What a worker is to serve: nothing, where the host never had a build."""

    path: Path | None
    build: str


class Master:
    """Starts and replaces workers."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._failed = folder / "app.failed"
        self._listener = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
        self._listener.setblocking(False)  # two workers accept from it during a reload; the slower one must not hang
        self._bell, self._ring = os.pipe()
        self._worker = 0
        """The process that serves; 0 for none."""

    def run(self) -> NoReturn:
        """Serve until SIGTERM."""
        for end in (self._bell, self._ring):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._ring, warn_on_full_buffer=False)
        for number in (signal.SIGHUP, signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)  # the byte that arrives at the bell is what counts
        self._failed.unlink(missing_ok=True)
        self._replace()
        (self._folder / "app.pid").write_text(f"{os.getpid()}\n", encoding="ascii")
        while True:
            select.select([self._bell], [], [])
            heard = set(os.read(self._bell, 512))
            if heard & {signal.SIGTERM, signal.SIGINT}:
                self._end()
            if signal.SIGHUP in heard:
                self._replace()
            self._reap()

    def _replace(self) -> None:
        """Put a worker on the present slot in the old one's place; where it cannot start, all stays as it was."""
        slot = _look(self._folder)
        old, new = self._worker, self._start(slot)
        if new:
            self._failed.unlink(missing_ok=True)
        elif not old:
            new = self._start(WorkerSlot(None, ""))  # somebody has to answer /health and say what is wrong
        if new:
            self._worker = new
            if old:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(old, signal.SIGUSR1)

    def _start(self, slot: WorkerSlot) -> int:
        """Fork a worker; its process id once it accepts, 0 where it could not start."""
        hear, tell = os.pipe()
        master = os.getpid()
        worker = os.fork()
        if not worker:
            os.close(hear)
            self._become_worker(master, slot, tell)
        os.close(tell)
        said = _all_of(hear, STARTING)
        os.close(hear)
        if said == b"ready":
            return worker
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
        reason = said.decode(errors="replace") or f"did not start within {STARTING:.0f} s"
        fresh = self._failed.with_suffix(".new")
        fresh.write_text(json.dumps({"build": slot.build, "reason": reason}), encoding="utf-8")
        fresh.replace(self._failed)
        return 0

    def _become_worker(self, master: int, slot: WorkerSlot, tell: int) -> NoReturn:
        """In the forked process: serve, and never come back."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        code = 1
        try:
            parent_watch.put_on(master)
            worker = Worker(self._folder, self._listener, slot.build, slot.path)
            worker.serve(lambda: _tell(tell, b"ready"))
            code = 0
        except BaseException as error:  # whatever an application's import does, SystemExit included
            with contextlib.suppress(OSError):
                _tell(tell, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(code)

    def _reap(self) -> None:
        """Take note of workers that ended; the one that served is replaced."""
        lost = False
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG)[0]) > 0:
                lost = lost or ended == self._worker
        if lost:
            self._worker = 0
            time.sleep(AGAIN)
            self._replace()

    def _end(self) -> NoReturn:
        if self._worker:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._worker, signal.SIGTERM)
        (self._folder / "app.pid").unlink(missing_ok=True)
        os._exit(0)  # workers that were still leaving are on the leash


def _look(folder: Path) -> WorkerSlot:
    """What `current` names now, resolved once, and the build that the slot's label tells."""
    current = folder / "current"
    if not current.exists():
        return WorkerSlot(None, "")
    path = current.resolve()
    try:
        build = str(json.loads(path.with_name(f"{path.name}.json").read_bytes())["build"])
    except (OSError, ValueError, KeyError, TypeError):
        build = ""
    return WorkerSlot(path, build)


def _tell(pipe: int, what: bytes) -> None:
    os.write(pipe, what[:4000])
    os.close(pipe)


def _all_of(pipe: int, most: float) -> bytes:
    """What comes through `pipe` until its end or for `most` seconds."""
    until = time.monotonic() + most
    said = b""
    while (left := until - time.monotonic()) > 0:
        readable, _, _ = select.select([pipe], [], [], left)
        if readable:
            part = os.read(pipe, 4096)
            if not part:
                return said
            said += part
    return said


def main(argv: Sequence[str] | None = None) -> None:
    """Serve one host."""
    parser = argparse.ArgumentParser(prog="cockpit.demo.application.appserver")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    asked = parser.parse_args(argv)
    Master(asked.folder, asked.port).run()


if __name__ == "__main__":
    main()
