"""A host that runs a small Python application, with an agent and clients."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from cockpit.adapters.command_runner import LocalCommands
from cockpit.agent.loop import Agent
from cockpit.agent.settings import AgentConfig, HostSettings
from cockpit.deploy.hosts.status import Status
from tests.agent.hosts import Depot, set_target, target
from tests.fakes import MemoryStore

APPLICATION = b"""
import json
from pathlib import Path

import part

SLOT = Path(__file__).resolve().parent
BUILD = json.loads(SLOT.with_suffix(".json").read_text())["build"]


def application(environ, start_response):
    import late  # a lazy import, at the first request

    body = (part.MARK + late.MARK + Path("page").read_text()).encode()
    start_response("200 OK", [("X-Build", BUILD), ("Content-Length", str(len(body)))])
    return [body]
"""


class PythonHost:
    """A host to which builds of the application are deployed."""

    def __init__(self, folder: Path, url: str, hooks: AgentConfig) -> None:
        self.folder = folder
        self.url = url
        self._depot = Depot(folder.parent / "builds")
        self._store = MemoryStore()
        self._settings = HostSettings("web-1", "canary", folder, url, hooks)
        self._serial = 0
        self.marks: dict[str, str] = {}
        self.answers = Counter[str]()
        """Replies by the mark of their build; failures under their description."""

    def build(self, mark: str, shop: bytes = APPLICATION) -> str:
        """A build whose every file contains `mark`."""
        part = f"MARK = {mark!r}\n".encode()
        build = self._depot.add({"shop.py": shop, "part.py": part, "late.py": part, "page": mark.encode()})
        self.marks[build] = mark
        return build

    async def deploy(self, build: str) -> Status:
        """Set the target and run the agent once; the host's status."""
        self._serial += 1
        await set_target(self._store, target(build, self._serial))
        return await Agent(self._settings, self._store, self._depot, LocalCommands(), time.time).once()

    @asynccontextmanager
    async def under_load(self, clients: int = 4) -> AsyncIterator[None]:
        """Send requests on new connections during the block."""
        tasks = [asyncio.create_task(self._send_requests()) for _ in range(clients)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send_requests(self) -> None:
        async with httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0), timeout=30) as client:
            while True:
                try:
                    reply = await client.get(self.url)
                except httpx.HTTPError as error:
                    self.answers[f"lost: {error!r}"] += 1
                    continue
                mark = self.marks.get(reply.headers.get("X-Build", ""), "?")
                right = reply.status_code == 200 and reply.text == 3 * mark
                self.answers[mark if right else f"wrong: {reply.status_code} {reply.text} of {mark}"] += 1

    async def until_answered(self, mark: str) -> None:
        """Wait for twenty more replies of the build with that mark."""
        enough = self.answers[mark] + 20
        async with asyncio.timeout(60):
            while self.answers[mark] < enough:  # noqa: ASYNC110 - another process answers
                await asyncio.sleep(0.01)
