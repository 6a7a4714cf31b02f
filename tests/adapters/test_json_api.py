"""GET requests to a JSON API: a body, or an error that names the system."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cockpit.adapters import json_api
from cockpit.adapters.json_api import JsonApi
from cockpit.ports import Failed


@asynccontextmanager
async def api(response: bytes, timeout: float = 5.0) -> AsyncIterator[tuple[JsonApi, list[str]]]:
    """The API of a server that gives this response, and the requests that it got."""
    requests: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append((await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[0])
        writer.write(response)
        await writer.drain()
        if response:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1")
    client = JsonApi("prometheus", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", timeout)
    try:
        yield client, requests
    finally:
        await client.close()
        server.close()


def http(status: str, body: bytes) -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


async def test_the_body_is_returned_and_parameters_are_sent() -> None:
    async with api(http("200 OK", b"{}")) as (client, requests):
        assert await client.get("/api", (("filter", "a=b"), ("filter", "c"))) == b"{}"
    assert requests == ["GET /api?filter=a%3Db&filter=c HTTP/1.1"]


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (http("503 Down", b"oo\x1b[2Jps"), "prometheus: answered 503: oops"),
        (b"garbage\r\n\r\n", "prometheus: cannot be reached"),
        (b"", "prometheus: did not answer within 0.2 s; check that it is healthy"),
    ],
)
async def test_errors_name_the_system_and_are_cleaned(response: bytes, message: str) -> None:
    async with api(response, 5.0 if response else 0.2) as (client, _):
        with pytest.raises(Failed) as failed:
            await client.get("/api", {})
    assert str(failed.value).startswith(message)


async def test_an_oversized_response_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_api, "MAX_BYTES", 1 << 20)
    async with api(http("200 OK", b"x" * ((1 << 20) + 1))) as (client, _):
        with pytest.raises(Failed, match="its response is longer than 1 MB"):
            await client.get("/api", {})


async def test_after_closing_the_next_request_connects_again() -> None:
    async with api(http("200 OK", b"1")) as (client, requests):
        await client.get("/a", {})
        await client.close()
        assert await client.get("/b", {}) == b"1"
    assert len(requests) == 2
