"""A load balancer's connections to one host, kept alive and reused. A request is repeated only if that is safe.

It speaks a minimal HTTP of its own: a request costs a tenth of one with a general client, and the machine is shared
with fourteen servers.
"""

import asyncio

from msgspec import Struct

TIMEOUT = 10.0


class ConnectionLost(Exception):
    """The connection ended before the reply was complete."""

    def __init__(self, begun: bool) -> None:
        super().__init__("reset" if begun else "closed")
        self.begun = begun
        """Whether a part of the reply had arrived."""


class Reply(Struct, frozen=True):
    """A complete reply."""

    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


class Host:
    """Sends requests to one host."""

    def __init__(self, address: str, port: int) -> None:
        self._address = address
        self._port = port
        self._idle: list[_Connection] = []
        self.resent = 0
        """The number of requests that were sent again."""

    @classmethod
    def at(cls, url: str) -> "Host":
        """The host of `http://address:port`."""
        address, _, port = url.partition("://")[2].rstrip("/").partition(":")
        return cls(address, int(port))

    async def send(self, request: bytes) -> Reply:
        """Send a request over a kept or a new connection. Raises `ConnectionLost`, `OSError` and `TimeoutError`.

        A server may close a kept connection just before it is reused. If not one byte of the reply arrived, the server
        has not begun to answer, and the request is sent again.
        """
        async with asyncio.timeout(TIMEOUT):
            while True:
                connection = self._pop_idle()
                reused = connection is not None
                if connection is None:
                    loop = asyncio.get_running_loop()
                    _, connection = await loop.create_connection(_Connection, self._address, self._port)
                try:
                    reply = await connection.send(request)
                except ConnectionLost as lost:
                    if lost.begun or not reused:
                        raise
                    self.resent += 1
                    continue
                except BaseException:
                    connection.close()
                    raise
                if reply.headers.get("connection") == "close":
                    connection.close()
                else:
                    self._idle.append(connection)
                return reply

    def close(self) -> None:
        """Close the idle connections."""
        for connection in self._idle:
            connection.close()

    def _pop_idle(self) -> "_Connection | None":
        while self._idle:
            connection = self._idle.pop()
            if connection.alive:
                return connection
        return None


class _Connection(asyncio.Protocol):
    """One connection with one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._reply: asyncio.Future[Reply] | None = None
        self.alive = True
        """Whether the server has kept it open."""

    async def send(self, request: bytes) -> Reply:
        assert self._transport is not None, "a connection is made before it is used"
        self._received.clear()
        self._reply = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._reply

    def close(self) -> None:
        self.alive = False
        if self._transport:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        reply = _parse(self._received)
        if reply and self._reply and not self._reply.done():
            self._reply.set_result(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        self.alive = False
        if self._reply and not self._reply.done():
            self._reply.set_exception(ConnectionLost(begun=bool(self._received)))


def _parse(received: bytearray) -> Reply | None:
    """The reply, None while it is incomplete."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, *lines = received[:end].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers.get("content-length", "0"))
    body = bytes(received[end + 4 :])
    return Reply(int(first.split(" ", 2)[1]), headers, body) if len(body) >= length else None
