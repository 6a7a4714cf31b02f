"""A forge on this machine: a real HTTP server that answers in the shapes that the forges' APIs document."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from cockpit.adapters.forges.factory import open_forge
from cockpit.deploy.pulls.reviews import Checks, Review, ReviewState
from cockpit.ports import Forge

Response = tuple[int, dict[str, str], object]
"""(status, headers, JSON value; text is sent as it is)."""

TOKEN_VARIABLE = "COCKPIT_TEST_TOKEN"

PULL_12 = {
    "title": "Wind it",
    "body": "It stops.\n",
    "user": {"login": "ada"},
    "html_url": "https://example.com/12",
    "head": {"sha": "abc1"},
    "labels": [{"name": "clock"}],
}
"""PR 12 in the REST APIs of GitHub and Gitea."""
REVIEW_12 = Review(
    12, "Wind it", "ada", "https://example.com/12", ReviewState.APPROVED, Checks.GREEN, ("clock",), ("It stops.",)
)
"""What every forge reports about it."""


@dataclass
class ForgeServer:
    """Answers each request by `responses["METHOD /path"]`, or 404, and records the requests."""

    responses: dict[str, Response] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    url: str = ""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Serve on a free port; `url` is then its address."""
        server = await asyncio.start_server(self._serve, "127.0.0.1")
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        received = {name.lower(): text for name, _, text in (line.partition(": ") for line in head[1:] if line)}
        method, path, _ = head[0].split(" ")
        self.requests.append(f"{method} {path}")
        self.headers.append(received)
        self.bodies.append((await reader.readexactly(int(received.get("content-length", 0)))).decode())
        status, headers, value = self.responses.get(f"{method} {path}", (404, {}, {"message": "Not Found"}))
        if headers.get("ETag") and received.get("if-none-match") == headers["ETag"]:
            status, value = 304, None
        body = b"" if value is None else value.encode() if isinstance(value, str) else json.dumps(value).encode()
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name}: {text}" for name, text in headers.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()
        writer.close()


@dataclass
class Clock:
    """Stands still unless a test moves it."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def open_test_forge(
    kind: str, responses: dict[str, Response], prefix: str = "", clock: Callable[[], float] | None = None
) -> AsyncIterator[tuple[Forge, ForgeServer]]:
    """The adapter for the project town/hall on a local server, and that server."""
    server = ForgeServer(responses)
    async with server.listening():
        forge = open_forge(kind, server.url + prefix, "town/hall", TOKEN_VARIABLE, None, clock or Clock())
        try:
            yield forge, server
        finally:
            await forge.close()


def graphql(**pulls: object) -> Response:
    """GitHub's response to a query for PRs."""
    return 200, {}, {"data": {"repository": pulls}}


def pull_node(number: int, decision: str | None = "APPROVED", state: str | None = "SUCCESS") -> dict[str, object]:
    """A PR in GitHub's GraphQL API."""
    rollup = {"state": state} if state else None
    return {
        "number": number,
        "title": "Wind \x1b[31mit",
        "body": "It stops.\x1b[2J\r\n",
        "url": f"https://example.com/{number}",
        "author": {"login": "ada"},
        "reviewDecision": decision,
        "labels": {"nodes": [{"name": "clock"}]},
        "commits": {"nodes": [{"commit": {"statusCheckRollup": rollup}}]},
    }
