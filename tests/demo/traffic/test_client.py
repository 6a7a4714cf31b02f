"""Kept connections and repeated requests of the load balancer's client."""

import asyncio

import pytest

from cockpit.demo.traffic.client import ConnectionLost, Host

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
REQUEST = b"GET / HTTP/1.1\r\n\r\n"


def test_a_host_is_read_from_its_url() -> None:
    host = Host.at("http://127.0.0.1:8080/")
    assert (host._address, host._port) == ("127.0.0.1", 8080)


async def serve(*replies: bytes | None) -> tuple[asyncio.Server, Host, list[int]]:
    """A server that sends one of `replies` to each request, or closes for None; the count of its connections."""
    left, connections = list(replies), [0]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections[0] += 1
        while left and await reader.readuntil(b"\r\n\r\n"):
            reply = left.pop(0)
            if reply is None:
                break
            writer.write(reply)
            if len(reply) < 20:
                break
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    return listening, Host("127.0.0.1", listening.sockets[0].getsockname()[1]), connections


async def test_a_request_on_a_closed_kept_connection_is_sent_again() -> None:
    listening, host, connections = await serve(OK, None, OK)
    assert (await host.send(REQUEST)).body == b"ok"
    assert (await host.send(REQUEST)).body == b"ok"
    assert (connections, host.resent) == ([2], 1)
    host.close()
    listening.close()


async def test_a_new_connection_that_closes_is_a_failure() -> None:
    listening, host, _ = await serve(None)
    with pytest.raises(ConnectionLost, match="closed"):
        await host.send(REQUEST)
    listening.close()


async def test_an_incomplete_reply_is_a_failure_on_a_kept_connection_too() -> None:
    listening, host, _ = await serve(OK, b"HTTP/1.1 200 OK")
    await host.send(REQUEST)
    with pytest.raises(ConnectionLost, match="reset"):
        await host.send(REQUEST)
    listening.close()
