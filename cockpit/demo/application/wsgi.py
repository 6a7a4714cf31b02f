"""The part of HTTP/1.1 and WSGI that the demo's application server needs, imported in a few milliseconds.

`http.server` would load the email package into fourteen processes.
"""

import io
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

MAX_HEAD = 32768
MAX_BODY = 1 << 20


class MalformedRequest(Exception):
    """The bytes are not a supported request."""


@dataclass(frozen=True)
class Request:
    """A complete request."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    keep_alive: bool
    """Whether the client keeps the connection open."""


@dataclass(frozen=True)
class Response:
    """A complete response."""

    status: str
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()

    def with_header(self, name: str, value: str) -> "Response":
        """The same response with one more header."""
        return replace(self, headers=(*self.headers, (name, value)))

    def encoded(self, last: bool) -> bytes:
        """The bytes to send; `last` if the connection is closed afterwards."""
        lines = [f"HTTP/1.1 {self.status}", f"Content-Type: {self.content_type}", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {_plain(value)}" for name, value in self.headers]
        if last:
            lines.append("Connection: close")
        return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + self.body


class Reader:
    """Reads requests from a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""

    def read(self) -> Request | None:
        """The next request; None if the client has closed. Raises `MalformedRequest` and `OSError`."""
        while b"\r\n\r\n" not in self._buffer:
            if len(self._buffer) > MAX_HEAD:
                raise MalformedRequest("the head is too long")
            if not self._receive():
                return None
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        try:
            method, target, protocol = first.split(" ")
            length = int(headers.get("content-length", "0"))
        except ValueError as error:
            raise MalformedRequest(first[:80]) from error
        if "transfer-encoding" in headers or not 0 <= length <= MAX_BODY:
            raise MalformedRequest("a body without a length, or too long")
        while len(self._buffer) < length:
            if not self._receive():
                return None
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        path, _, query = target.partition("?")
        keep_alive = protocol == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        return Request(method, unquote(path), query, headers, body, keep_alive)

    def _receive(self) -> bool:
        received = self._connection.recv(65536)
        self._buffer += received
        return bool(received)


def call(application: Callable[..., Any], request: Request) -> Response:
    """Call a WSGI application (PEP 3333). Raises any error of the application."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
        started.append((status, headers))

    body = b"".join(application(_environ(request), start_response))
    status, headers = started[-1]
    content_type = next(
        (value for name, value in headers if name.lower() == "content-type"), "application/octet-stream"
    )
    others = tuple((name, value) for name, value in headers if name.lower() not in {"content-type", "content-length"})
    return Response(status, content_type, body, others)


def _environ(request: Request) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path,
        "QUERY_STRING": request.query,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()},
    }


def _plain(text: str) -> str:
    """The text without line breaks and control characters, for a header's value."""
    return "".join(c if c.isprintable() else " " for c in text)
