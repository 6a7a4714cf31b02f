"""A worker of the application server, forked by its master: serves one build over HTTP/1.1.

A worker reads its slot once, at its start. It answers /health and /metrics itself and passes other requests to the
application. To drain, it stops accepting, answers requests on open connections with `Connection: close`, and ends when
no connection is left.
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

LINGER = 2.0
"""Seconds for which a draining worker waits for one more request on an idle connection, to answer it with `close`."""
IDLE_TIMEOUT = 75.0
"""Seconds after which an idle connection is closed."""
DRAIN_TIMEOUT = 6.0
"""Seconds after which a draining worker ends, even with open connections."""

Application = Callable[[dict[str, Any], Callable[..., Any]], Any]


class Worker:
    """The application, counters and connections of one process."""

    def __init__(self, folder: Path, listener: socket.socket, build: str, slot: Path | None) -> None:
        self._folder = folder
        self._listener = listener
        self._build = build
        self._application = _load(slot) if slot else None
        self._counters = Counters(build)
        self._draining = threading.Event()
        self._wake_read, self._wake_write = os.pipe()
        self._lock = threading.Lock()
        self._open: dict[socket.socket, bool] = {}
        """{connection: whether a request on it is being answered}."""

    def serve(self, ready: Callable[[], None]) -> None:
        """Accept until SIGUSR1, then finish the open connections. SIGTERM ends at once."""
        os.set_blocking(self._wake_write, False)
        signal.signal(signal.SIGUSR1, self._drain)
        ready()
        while not self._draining.is_set():
            readable, _, _ = select.select([self._listener.fileno(), self._wake_read], [], [])
            if self._listener.fileno() in readable:
                self._accept()
        self._finish()

    def _drain(self, number: int, frame: FrameType | None) -> None:
        self._draining.set()
        os.write(self._wake_write, b".")

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return  # the other worker accepted it, or the client has closed
        connection.settimeout(IDLE_TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open[connection] = False
        threading.Thread(target=self._serve_connection, args=(connection,), daemon=True).start()

    def _finish(self) -> None:
        """Wait for the connections to end and close those that stay idle."""
        began = time.monotonic()
        while self._open and time.monotonic() - began < DRAIN_TIMEOUT:
            if time.monotonic() - began > LINGER:
                with self._lock:
                    for connection, busy in self._open.items():
                        if not busy:
                            _stop_reading(connection)
            time.sleep(0.02)

    def _serve_connection(self, connection: socket.socket) -> None:
        """Answer the requests of one connection."""
        reader = wsgi.Reader(connection)
        try:
            while (request := reader.read()) is not None:
                with self._lock:
                    self._open[connection] = True
                response = self._answer(request)
                last = self._draining.is_set() or not request.keep_alive
                connection.sendall(response.encoded(last))
                with self._lock:
                    self._open[connection] = False
                if last:
                    break
        except (OSError, wsgi.MalformedRequest):
            pass  # the client has closed or speaks no HTTP
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
                return self._with_build(wsgi.Response("503 Service Unavailable", "text/plain", b"no build yet\n"))
            case _:
                return self._with_build(self._call(self._application, request))

    def _call(self, application: Application, request: wsgi.Request) -> wsgi.Response:
        route = "/" + request.path.lstrip("/").partition("/")[0]
        with self._counters.counted(route) as outcome:
            try:
                response = wsgi.call(application, request)
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                print(f"{request.method} {request.path}: {reason}", file=sys.stderr, flush=True)
                response = wsgi.Response("500 Internal Server Error", "text/plain", b"error\n", (("X-Error", reason),))
            outcome.failed = response.status.startswith("5")
        return response

    def _with_build(self, response: wsgi.Response) -> wsgi.Response:
        return response.with_header("X-Build", self._build)

    def _health(self) -> wsgi.Response:
        healthy = self._application is not None and not (self._folder / "draining").exists()
        health: dict[str, Any] = {"build": self._build, "inflight": self._counters.inflight}
        with contextlib.suppress(OSError, ValueError):  # missing unless the last worker failed to start
            health["failed"] = json.loads((self._folder / "app.failed").read_bytes())
        status = "200 OK" if healthy else "503 Service Unavailable"
        return wsgi.Response(status, "application/json", json.dumps(health).encode())


def _load(slot: Path) -> Application:
    """Import the application of a slot. Raises any error of that import."""
    sys.dont_write_bytecode = True  # the agent verifies the digest of a slot: it must not change
    sys.path.insert(0, str(slot))
    application: Application = importlib.import_module("shop.application").application
    return application


def _stop_reading(connection: socket.socket) -> None:
    """Wake the thread that waits for a request. Bytes that have arrived are still read and answered."""
    with contextlib.suppress(OSError):  # the client has closed
        connection.shutdown(socket.SHUT_RD)
