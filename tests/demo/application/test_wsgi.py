"""Requests, responses and the call of a WSGI application."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from cockpit.demo.application.wsgi import MAX_BODY, MalformedRequest, Reader, Request, Response, call


@pytest.fixture
def connection() -> Iterator[tuple[socket.socket, socket.socket]]:
    """(the server's end, the client's end)"""
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        yield ours, theirs


def test_requests_are_read_one_after_the_other(connection: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = connection
    theirs.sendall(b"GET /search?q=mug HTTP/1.1\r\nHost: shop\r\n\r\nPOST /a%20b HTTP/1.1\r\nContent-Length: 2\r\n")
    theirs.sendall(b"Connection: close\r\n\r\n{}")
    theirs.close()
    reader = Reader(ours)
    assert reader.read() == Request("GET", "/search", "q=mug", {"host": "shop"}, b"", True)
    second = reader.read()
    assert second
    assert (second.path, second.body, second.keep_alive) == ("/a b", b"{}", False)
    assert reader.read() is None


@pytest.mark.parametrize(
    "request_",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1),
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_an_unsupported_request_is_malformed(connection: tuple[socket.socket, socket.socket], request_: bytes) -> None:
    ours, theirs = connection
    theirs.sendall(request_)
    with pytest.raises(MalformedRequest):
        Reader(ours).read()


def test_a_header_cannot_break_a_response() -> None:
    response = Response("200 OK", "text/plain", b"hi").with_header("X-Error", "a\r\nSet-Cookie: b")
    head, _, body = response.encoded(last=True).partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"HTTP/1.1 200 OK",
        b"Content-Type: text/plain",
        b"Content-Length: 2",
        b"X-Error: a  Set-Cookie: b",
        b"Connection: close",
    ]
    assert body == b"hi"


def test_an_application_gets_the_request_and_its_reply_is_returned() -> None:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("201 Created", [("Content-Type", "text/html"), ("Content-Length", "9"), ("X-Commit", "c1")])
        return [environ["REQUEST_METHOD"].encode(), environ["HTTP_X_CART"].encode(), environ["wsgi.input"].read()]

    request = Request("POST", "/cart", "", {"x-cart": "mug"}, b"{}", True)
    assert call(application, request) == Response("201 Created", "text/html", b"POSTmug{}", (("X-Commit", "c1"),))
