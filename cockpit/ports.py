"""What cockpit asks of the world, and the ways in which the world fails.

Adapters raise `Failed` and its kinds alone, each with what failed, why, and what to do about it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from cockpit.deploy.builds import Build
from cockpit.deploy.hosts import Status
from cockpit.deploy.locks import Holder
from cockpit.deploy.pulls import PullRequest
from cockpit.deploy.traffic import Scrape


class Failed(Exception):
    """Something outside cockpit did not do what it was asked."""

    def __init__(self, system: str, reason: str, remedy: str = "") -> None:
        super().__init__(f"{system}: {reason}{f'; {remedy}' if remedy else ''}")
        self.system = system
        self.reason = reason
        self.remedy = remedy


class Conflict(Failed):
    """Somebody else wrote first: look again, decide again. Nothing was written."""


class Unsure(Failed):
    """A write that was sent and not confirmed: it may have been made, or may still be."""


class Conflicted(Failed):
    """A revert or pick does not apply by itself; `paths` are where."""

    def __init__(self, system: str, reason: str, paths: tuple[str, ...]) -> None:
        super().__init__(system, reason, "revert what it conflicts with first, or fix it forward on main")
        self.paths = paths


class Entry(Struct, frozen=True):
    """A key's value, and the version it had: every change has a higher one than all before.

    A put of the value that is there already may leave the key as it is, version and all.
    """

    key: str
    value: bytes | None
    """None, in a watch alone, for a key that was removed."""
    version: int


class Put(Struct, frozen=True):
    """Set `key`; only if its version is `expect` where that is given, 0 meaning that it must not exist."""

    key: str
    value: bytes
    expect: int | None = None


class Delete(Struct, frozen=True):
    """Remove `key`, under the same condition; removing what is not there is done already."""

    key: str
    expect: int | None = None


class Check(Struct, frozen=True):
    """Write nothing; fail the transaction unless `key` has this version, 0 meaning absent."""

    key: str
    expect: int


Write = Put | Delete | Check


class Store(Protocol):
    """The shared memory of commander, engine and agents."""

    async def get(self, key: str) -> Entry | None:
        """The entry, or None where there is none."""

    async def list(self, prefix: str) -> tuple[Entry, ...]:
        """Every entry whose key starts with `prefix`, by key."""

    async def commit(self, *writes: Write, durable: bool = True) -> int:
        """All of `writes` or none; the version they got. Raises `Conflict` where an expectation is not met, and
        `Unsure` where nobody can tell whether it was made.

        `durable` survives a power cut; without it a crash of the process is survived. A transaction may have 40 writes
        and 350,000 bytes of values; what is above a store's own limits is refused whole.
        """

    def watch(self, prefix: str) -> AsyncIterator[tuple[Entry, ...]]:
        """First every entry under `prefix` (also when there is none), then, whenever some changed, those alone.

        Changes may be joined: what counts is that the last state arrives. Ends only when closed or with `Failed`.
        """

    async def close(self) -> None:
        """Let go of files and connections."""

    @property
    def place(self) -> str:
        """Where it is, for people to read; nothing secret in it."""


class Lease(Protocol):
    """A lock that is held for a while."""

    @property
    def guard(self) -> Write:
        """Add it to a transaction, which then fails with `Conflict` once somebody else holds the lock."""

    async def renew(self) -> bool:
        """Hold it for another while; False where it was lost. Raises `Failed` where nobody can tell."""

    async def release(self) -> None:
        """Give it back; harmless where it was lost."""


class Locks(Protocol):
    """Locks by lease, so that a dead holder's lock comes free."""

    async def acquire(self, name: str, holder: str, ttl: float) -> Lease | None:
        """The lease for `ttl` seconds from now; None while another holds it."""

    async def seize(self, name: str, holder: str, ttl: float, seen: Holder) -> Lease | None:
        """The lease, taken from the holder that was `seen`; None where it has changed hands since."""

    async def look(self, name: str) -> Holder:
        """Who holds it now."""


class Cutting(Struct, frozen=True):
    """A release branch as it was cut."""

    commit: str
    base: str
    pulls: tuple[PullRequest, ...]


class Reversal(Struct, frozen=True):
    """A revert on main and its picks on the release branch, as pushed."""

    reverts: tuple[str, ...]
    picks: tuple[str, ...]


class Repository(Protocol):
    """The application's repository. Methods block: call them from a thread."""

    def fetch(self) -> None:
        """Bring the mirror up to date with its remote."""

    def resolve(self, ref: str) -> str:
        """The commit id that a branch, tag or id names."""

    def pulls(self, base: str, head: str) -> tuple[PullRequest, ...]:
        """The PRs in `head` that are not in `base`, oldest first; an empty base means all of history."""

    def cut(self, release: str, ref: str, base: str) -> Cutting:
        """Push `release/<release>` and the tag `<release>` at `ref`. Doing it twice is doing it once."""

    def revert(self, pull: PullRequest, release: str, tag: str, by: str) -> Reversal:
        """Revert the PR on main, pick that (-x) into the release branch and tag the result: one atomic push.

        Raises `Conflicted` where it does not apply. Doing it twice is doing it once.
        """

    def export(self, commit: str, folder: Path) -> None:
        """Write the commit's files, and nothing else, into the empty `folder`."""


class Outcome(Struct, frozen=True):
    """How a command ended."""

    code: int | None
    """None where it was killed at its deadline."""
    output: str
    """The end of what it wrote to stdout and stderr, as it came."""


class Commands(Protocol):
    """Commands from the config, each in a process group of its own with a deadline."""

    async def run(self, argv: Sequence[str], env: Mapping[str, str], folder: Path | None, timeout: float) -> Outcome:
        """Run it to its end or to `timeout` seconds, after which its whole group is killed."""


class Builder(Protocol):
    """Makes builds and puts them where hosts can pull them."""

    async def build(self, commit: str, bases: Sequence[str] = ()) -> Build:
        """Export, run the build command, pack, publish. Same commit and command, same id. Raises `Failed`.

        `bases` are the builds that hosts may hold, from which a host then needs to pull the difference alone.
        """


class Kept(Struct, frozen=True):
    """One part of a build as it is kept."""

    name: str
    size: int
    """Bytes."""
    at: float
    """When it was published."""


class Artifacts(Protocol):
    """Where the parts of builds are kept, by the names of `deploy.builds`. Methods block: call them from a thread."""

    def publish(self, name: str, content: Path) -> None:
        """Keep the file under that name; one that is there already stays as it is."""

    def pull(self, name: str, into: Path) -> int:
        """Copy the part to the new file `into`; the number of bytes that came over. Raises `Failed`."""

    def kept(self) -> tuple[Kept, ...]:
        """Every part, by name. Raises `Failed`."""

    def remove(self, name: str) -> None:
        """Make sure that the part is gone. Raises `Failed`."""

    @property
    def place(self) -> str:
        """Where that is, for people to read; nothing secret in it."""


class Smoke(Protocol):
    """The automated test of staging."""

    async def test(self, hosts: Sequence[Status]) -> str:
        """Empty where all is well, else what is wrong."""


class Metrics(Protocol):
    """Where requests and errors are counted."""

    async def scrape(self, hosts: Sequence[Status], now: float) -> Scrape:
        """What the hosts' counters say. A host that cannot be read is in `missing`, also where none can."""
