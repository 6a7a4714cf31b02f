"""A company with a recorded past: a real repository, and a real store with releases and statuses of hosts."""

import asyncio
from pathlib import Path
from time import time

import msgspec

from cockpit import wiring
from cockpit.config import load
from cockpit.deploy import store_keys
from cockpit.deploy.builds.build import Build
from cockpit.deploy.events import Event, digest, encode
from cockpit.deploy.facts import AnyFact, BuildReady, Cut, Finished, Started
from cockpit.deploy.hosts.status import HostState, Status
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.ports import Put, Write
from tests.git_origin import GitOrigin

CONFIG = """
app = "shop"
[repository]
url = "origin.git"
{store}
[[tier]]
name = "staging"
serves = "nobody"
hosts = ["s1"]
[[tier]]
name = "production"
serves = "public"
hosts = ["p1", "p2"]
[[step]]
tier = "staging"
percent = 100
soak = 0
[[step]]
tier = "production"
percent = 50
soak = 1
[[step]]
tier = "production"
percent = 100
soak = 1
[gate]
silent_after = 3000.0
"""
TIERS = {"s1": "staging", "p1": "production", "p2": "production"}
STORES = ("sqlite", "consul")


def build_of(commit: str) -> Build:
    """The build of that commit."""
    return Build(commit[::-1] + "0" * 24, commit, 1000, 10)


class RecordedCompany:
    """The company's folder and what was recorded in its store."""

    def __init__(self, folder: Path, store: str = "") -> None:
        self.origin = GitOrigin(folder)
        (folder / "config.toml").write_text(CONFIG.format(store=store))
        self.config = load(folder / "config.toml")
        self._prev = ""
        self._number: dict[str, int] = {}

    @property
    def ladder(self) -> object:
        return self.config.policy.ladder

    def record(self, release: str, *facts: AnyFact) -> None:
        """Append facts to the log of that release."""
        writes: list[Write] = []
        if release not in self._number:
            writes.append(Put(store_keys.CURRENT, release.encode()))
        for fact in facts:
            number = self._number[release] = self._number.get(release, 0) + 1
            stored = encode(Event(number, time(), "ada@box", "", fact, self._prev))
            self._prev = digest(stored)
            writes.append(Put(store_keys.event(release, number), stored, 0))
        self.write(*writes)

    def released(self, release: str, pulls: tuple[PullRequest, ...] = (), finished: bool = True) -> Build:
        """Record a release of main with its build."""
        commit = self.origin.head("main")
        made = build_of(commit)
        branch = f"release/{release}"
        opening = (
            Started("main", self.config.policy.ladder),
            Cut(branch, release, commit, "", pulls),
            BuildReady(made, release, 1.0),
        )
        self.record(release, *opening, *((Finished(made.id),) if finished else ()))
        return made

    def report(self, *hosts: str, build: str, age: float = 0.0, state: HostState = HostState.SERVING) -> None:
        """Write a status of that build for these hosts."""
        now = time() - age
        statuses = (Status(host, TIERS[host], state, now, now, build) for host in hosts)
        self.write(*(Put(store_keys.status(s.tier, s.host), msgspec.json.encode(s)) for s in statuses))

    def write(self, *writes: Write) -> None:
        """Commit to the store."""

        async def do() -> None:
            async with wiring.open_context(self.config) as world:
                await world.store.commit(*writes)

        asyncio.run(do())
