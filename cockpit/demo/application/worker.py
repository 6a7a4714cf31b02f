"""Serves one build over HTTP/1.1: a worker of the application server, forked by its master.

A worker looks at its slot once, when it starts. It answers /health and /metrics itself, gives the application the
rest, and leaves without dropping anything: it stops accepting, answers what comes over open connections with
`Connection: close`, and ends when they are gone.
"""

import contextlib
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from cockpit.demo.application import wsgi
from cockpit.demo.application.counters import Counters

LEAVING = 2.0
"""Seconds for which a worker that leaves waits for a next request on an idle connection, so that its end is told."""
IDLE = 75.0
"""Seconds after which an idle connection is closed."""
PATIENCE = 6.0
"""Seconds after which a worker that leaves ends, whatever is still open."""

Application = Callable[[dict[str, Any], Callable[..., Any]], Any]


class Worker:
    """One process's application, counters and connections."""

    def __init__(self, folder: Path, listener: socket.socket, build: str, slot: Path | None) -> None:
        self._folder = folder
        self._listener = listener
        self._build = build
        self._application = _load(slot) if slot else None
        self._counters = Counters(build)
        self._leaving = threading.Event()
        self._wake, self._alarm = os.pipe()
        self._lock = threading.Lock()
        self._open: dict[socket.socket, bool] = {}
        """{connection: whether a request is under way on it}."""

    def serve(self, ready: Callable[[], None]) -> None:
        """Accept until SIGUSR1, then finish what is open; SIGTERM ends at once."""
        os.set_blocking(self._alarm, False)
        signal.signal(signal.SIGUSR1, self._leave)
        ready()
        while not self._leaving.is_set():
            readable, _, _ = select.select([self._listener.fileno(), self._wake], [], [])
            if self._listener.fileno() in readable:
                self._accept()
        self._finish()

    def _leave(self, number: int, frame: FrameType | None) -> None:
        self._leaving.set()
        os.write(self._alarm, b".")

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return  # the other worker was quicker, or the client is gone already
        connection.settimeout(IDLE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open[connection] = False
        threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _finish(self) -> None:
        """Wait for the connections to end; those that stay idle are ended from here."""
        began = time.monotonic()
        while self._open and time.monotonic() - began < PATIENCE:
            if time.monotonic() - began > LEAVING:
                with self._lock:
                    for connection, busy in self._open.items():
                        if not busy:
                            _stop_reading(connection)
            time.sleep(0.02)

    def _converse(self, connection: socket.socket) -> None:
        """Answer request after request of one connection."""
        reader = wsgi.Reader(connection)
        try:
            while (request := reader.read()) is not None:
                with self._lock:
                    self._open[connection] = True
                response = self._answer(request)
                last = self._leaving.is_set() or not request.keeps
                connection.sendall(response.encoded(last))
                with self._lock:
                    self._open[connection] = False
                if last:
                    break
        except (OSError, wsgi.Malformed):
            pass  # a client that went away or speaks no HTTP hurts only itself
        finally:
            with self._lock:
                del self._open[connection]
            connection.close()

    def _answer(self, request: wsgi.Request) -> wsgi.Response:
        match request.path:
            case "/health":
                return self._health()
            case "/metrics":
                return wsgi.Response("200 OK", "text/plain; version=0.0.4", self._counters.exposition().encode())
            case _ if self._application is None:
                return self._labelled(wsgi.Response("503 Service Unavailable", "text/plain", b"no build yet\n"))
            case _:
                return self._labelled(self._ask(self._application, request))

    def _ask(self, application: Application, request: wsgi.Request) -> wsgi.Response:
        route = "/" + request.path.lstrip("/").partition("/")[0]
        with self._counters.counted(route) as count:
            try:
                response = wsgi.call(application, request)
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
                print(f"{request.method} {request.path}: {said}", file=sys.stderr, flush=True)
                response = wsgi.Response("500 Internal Server Error", "text/plain", b"error\n", (("X-Error", said),))
            count.failed = response.status.startswith("5")
        return response

    def _labelled(self, response: wsgi.Response) -> wsgi.Response:
        return response.with_header("X-Build", self._build)

    def _health(self) -> wsgi.Response:
        well = self._application is not None and not (self._folder / "draining").exists()
        said: dict[str, Any] = {"build": self._build, "inflight": self._counters.inflight}
        with contextlib.suppress(OSError, ValueError):  # usually it is not there: the last worker started
            said["failed"] = json.loads((self._folder / "app.failed").read_bytes())
        status = "200 OK" if well else "503 Service Unavailable"
        return wsgi.Response(status, "application/json", json.dumps(said).encode())


def _load(slot: Path) -> Application:
    """The application of a slot. Raises whatever its import does."""
    sys.dont_write_bytecode = True  # a slot is checked against its digest: nothing may be added to it
    sys.path.insert(0, str(slot))
    found: Application = importlib.import_module("shop.application").application
    return found


def _stop_reading(connection: socket.socket) -> None:
    """Wake the thread that waits for a next request: what has arrived already is still read and answered."""
    with contextlib.suppress(OSError):  # where the other side was quicker
        connection.shutdown(socket.SHUT_RD)
