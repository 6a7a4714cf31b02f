"""A small Python application that says which build it is, and somebody who asks it all the time."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from cockpit.adapters.command_runner import LocalCommands
from cockpit.adapters.leases import StoreLocks
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
    import late  # as lazy imports do, at the first request

    said = (part.MARK + late.MARK + Path("page").read_text()).encode()
    start_response("200 OK", [("X-Build", BUILD), ("Content-Length", str(len(said)))])
    return [said]
"""


class PythonHost:
    """One host with an agent of its own, to which builds of the application are brought."""

    def __init__(self, folder: Path, url: str, hooks: AgentConfig) -> None:
        self.folder = folder
        self.url = url
        self._depot = Depot(folder.parent / "builds")
        self._store = MemoryStore()
        self._settings = HostSettings("web-1", "canary", folder, url, hooks)
        self._serial = 0
        self.marks: dict[str, str] = {}
        self.answers = Counter[str]()
        """What came of each request; right ones under their mark."""

    def build(self, mark: str, shop: bytes = APPLICATION) -> str:
        """A build every part of which says `mark`."""
        part = f"MARK = {mark!r}\n".encode()
        made = self._depot.add({"shop.py": shop, "part.py": part, "late.py": part, "page": mark.encode()})
        self.marks[made] = mark
        return made

    async def bring(self, build: str) -> Status:
        """Point the host at the build; how it is once the agent has done what it can."""
        self._serial += 1
        await set_target(self._store, target(build, self._serial))
        locks = StoreLocks(self._store, time.time)
        return await Agent(self._settings, self._store, locks, self._depot, LocalCommands(), time.time).once()

    @asynccontextmanager
    async def under_load(self, at_once: int = 4) -> AsyncIterator[None]:
        """Requests on fresh connections for the whole of the block."""
        asking = [asyncio.create_task(self._ask()) for _ in range(at_once)]
        try:
            yield
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)

    async def _ask(self) -> None:
        async with httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0), timeout=30) as client:
            while True:
                try:
                    answer = await client.get(self.url)
                except httpx.HTTPError as error:
                    self.answers[f"lost: {error!r}"] += 1
                    continue
                mark = self.marks.get(answer.headers.get("X-Build", ""), "?")
                right = answer.status_code == 200 and answer.text == 3 * mark
                self.answers[mark if right else f"wrong: {answer.status_code} {answer.text} of {mark}"] += 1

    async def until_asked(self, mark: str) -> None:
        """Until some more answers of the build with that mark have come."""
        enough = self.answers[mark] + 20
        async with asyncio.timeout(60):
            while self.answers[mark] < enough:  # noqa: ASYNC110 - another process answers
                await asyncio.sleep(0.01)
