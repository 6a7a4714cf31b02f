"""A real HTTP server in place of a webhook, Slack or Discord: it records the requests and answers as a test sets."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

PATIENCE = 20.0


@dataclass
class Sent:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


Answer = tuple[int, object]


@dataclass
class FakeService:
    """Answers each request by `answer`, or with 503 while it is `dead`."""

    answer: Callable[[Sent], Answer] = lambda _: (200, {})
    dead: bool = False
    refused: int = 0
    """Requests that were answered with 503."""
    sent: list[Sent] = field(default_factory=list)
    url: str = ""
    port: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:] if line)}
        method, path, _ = head[0].split(" ")
        raw = await reader.readexactly(int(headers.get("content-length", 0)))
        sent = Sent(method, path, headers, json.loads(raw or b"null"))
        code, value = (503, {}) if self.dead else self.answer(sent)
        body = json.dumps(value).encode()
        more = "Retry-After: 1\r\n" if code == 429 else ""
        writer.write(
            f"HTTP/1.1 {code} X\r\n{more}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
        )
        async with self.changed:
            if self.dead:
                self.refused += 1
            else:
                self.sent.append(sent)
            self.changed.notify_all()
        await writer.drain()
        writer.close()

    async def until(self, holds: Callable[["FakeService"], bool]) -> None:
        """Wait for a request after which the condition holds."""
        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(lambda: holds(self))


@asynccontextmanager
async def fake_service(answer: Callable[[Sent], Answer] = lambda _: (200, {})) -> AsyncIterator[FakeService]:
    """A service on this machine."""
    made = FakeService(answer)
    server = await asyncio.start_server(made.serve, "127.0.0.1")
    made.port = server.sockets[0].getsockname()[1]
    made.url = f"http://127.0.0.1:{made.port}"
    try:
        yield made
    finally:
        server.close()
