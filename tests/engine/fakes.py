"""Fakes of the systems that an engine works with."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cockpit.deploy.builds.build import Build
from cockpit.deploy.hosts.status import Status
from cockpit.deploy.outbox import Message
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.ports import (
    Check,
    Failed,
    History,
    MergeConflict,
    PushedRevert,
    ReleaseBranch,
    Write,
    still_wanted,
)
from tests.scenario import PULLS, build, commit

NEVER_TAKEN = Check("locks/engine/owner", 0)
PATIENCE = 8.0
"""Seconds."""


class FakeSystems:
    """Repository, builder and smoke test in one. Its commits and builds are numbered."""

    def __init__(self) -> None:
        self.built: list[str] = []
        self.fails = 0
        self.conflicts: tuple[str, ...] = ()
        self.gate = asyncio.Event()
        self.gate.set()

    def history(self) -> History:
        raise Failed("git", "there is no history")

    def fetch(self) -> None: ...

    def resolve(self, ref: str) -> str:
        return commit(2)

    def pulls(self, base: str, head: str) -> tuple[PullRequest, ...]:
        return PULLS

    def release_names(self) -> tuple[str, ...]:
        return ()

    def cut(self, release: str, ref: str, base: str) -> ReleaseBranch:
        return ReleaseBranch(commit(2 if base else 1), base, PULLS)

    def revert(
        self,
        pull: PullRequest,
        release: str,
        tag: str,
        by: str,
        resolved: str = "",
        wanted: Callable[[], bool] = still_wanted,
    ) -> PushedRevert:
        if self.conflicts:
            raise MergeConflict("git", "does not apply", self.conflicts)
        return PushedRevert(("r" * 40,), (commit(3),))

    def find_revert(self, pull: PullRequest, release: str, tag: str, by: str) -> PushedRevert | None:
        return None

    def export(self, commit: str, folder: Path) -> None: ...

    async def build(self, commit: str, bases: Sequence[str] = ()) -> Build:
        self.built.append(commit)
        await self.gate.wait()
        if self.fails:
            self.fails -= 1
            raise Failed("build", "make: *** Error 1", "look at the output")
        return build(int(commit[1:], 16))

    async def test(self, hosts: Sequence[Status]) -> str:
        return ""


@dataclass
class FakeNotifier:
    """A destination in this process; `on_message` may reject a message or fail."""

    name: str = "office"
    threads: bool = False
    got: list[str] = field(default_factory=list)
    on_message: Callable[[Message], None] = lambda _: None
    heads: list[str] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    tried: int = 0

    def __post_init__(self) -> None:
        self.gate.set()

    async def open_thread(self, release: str, text: str) -> str:
        await self._note(self.heads, text)
        return f"thread of {release}"

    async def amend(self, thread: str, text: str) -> None:
        await self._note(self.heads, f"{thread}: {text}")

    async def deliver(self, message: Message, thread: str) -> None:
        self.tried += 1
        async with self.changed:
            self.changed.notify_all()
        await self.gate.wait()
        self.on_message(message)
        await self._note(self.got, message.id)

    async def close(self) -> None: ...

    async def _note(self, where: list[str], what: str) -> None:
        async with self.changed:
            where.append(what)
            self.changed.notify_all()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(holds)


class FakeLease:
    """A lock that is held; `guard` may be one that no longer holds."""

    def __init__(self, guard: Write = NEVER_TAKEN) -> None:
        self._guard = guard

    @property
    def guard(self) -> Write:
        return self._guard

    async def renew(self) -> bool:
        return True

    async def release(self) -> None: ...
