"""A real HTTP server that is a webhook, Slack or Discord: it keeps what it was sent and answers as it is told to."""

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
class Mailbox:
    """Answers each request by `answer`, or 503 while it is dead."""

    answer: Callable[[Sent], Answer] = lambda _: (200, {})
    dead: bool = False
    refused: int = 0
    """Requests that it answered while it was dead."""
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

    async def until(self, holds: Callable[["Mailbox"], bool]) -> None:
        """Wait for a request after which it is so."""
        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(lambda: holds(self))


@asynccontextmanager
async def mailbox(answer: Callable[[Sent], Answer] = lambda _: (200, {})) -> AsyncIterator[Mailbox]:
    """One on this machine."""
    made = Mailbox(answer)
    server = await asyncio.start_server(made.serve, "127.0.0.1")
    made.port = server.sockets[0].getsockname()[1]
    made.url = f"http://127.0.0.1:{made.port}"
    try:
        yield made
    finally:
        server.close()
