"""What cockpit asks of the world.

Adapters raise `Failed` and its kinds alone, each with what failed, why, and what to do about it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from cockpit.deploy.alerts import Alert
from cockpit.deploy.builds import Build
from cockpit.deploy.hosts import Status
from cockpit.deploy.locks import Holder
from cockpit.deploy.places import Edit
from cockpit.deploy.pulls import PullRequest
from cockpit.deploy.reviews import Review
from cockpit.deploy.traffic import Scrape
from cockpit.failures import PERHAPS_DONE as PERHAPS_DONE
from cockpit.failures import Conflict as Conflict
from cockpit.failures import Conflicted as Conflicted
from cockpit.failures import Failed as Failed
from cockpit.failures import Unsure as Unsure


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


class Trial(Struct, frozen=True):
    """What a revert or a pick would come to."""

    tree: str
    """The id of the tree it makes; empty where it does not apply."""
    conflicts: tuple[str, ...] = ()
    """Paths where it does not."""

    @property
    def clean(self) -> bool:
        """Whether it applies by itself."""
        return not self.conflicts


class History(Protocol):
    """A repository to read and to try things out on: no ref and no file of it ever changes. Methods block.

    A commit is named in git's own spelling; what is not there raises `Failed`.
    """

    def resolve(self, ref: str) -> str:
        """The commit id that a branch, tag or id names."""

    def pulls(self, base: str, head: str, files: bool = True) -> tuple[PullRequest, ...]:
        """The PRs in `head` that are not in `base`, oldest first; an empty base means all of history.

        Without `files` their paths are left out, which makes a long history quick.
        """

    def edits(self, base: str, head: str) -> Mapping[str, tuple[Edit, ...]]:
        """What each commit of `head`'s first-parent line that is not in `base` did to each file: {id: edits}."""

    def files(self, ref: str) -> tuple[str, ...]:
        """Every path of the tree."""

    def writers(self, base: str, head: str, path: str, spans: Sequence[tuple[int, int]]) -> Mapping[int, str]:
        """Which commit of the range wrote each line of `path` at `head` last, within `spans` (first, last line)."""

    def mentions(
        self, base: str, head: str, symbols: Sequence[str], skip: Sequence[str] = ()
    ) -> Mapping[str, frozenset[str]]:
        """Which of `symbols` are in the lines that each commit of the range changed, the paths to `skip` apart:
        {id: symbols}."""

    def try_revert(self, commits: Sequence[str], onto: str, mainline: int = 0) -> Trial:
        """What reverting them one after the other makes of `onto`; of a merge, what it brought to parent `mainline`
        (0 is the first)."""

    def try_pick(self, commits: Sequence[str], onto: str, mainline: int = 0) -> Trial:
        """What picking them one after the other makes of `onto`."""

    def try_hotfix(self, commits: Sequence[str], main: str, *branches: str) -> tuple[Trial, ...]:
        """What reverting them on `main` makes of it and then, picked, of each branch; it ends at the first conflict."""


class Repository(Protocol):
    """The application's repository. Methods block: call them from a thread."""

    def history(self) -> History:
        """The mirror, to read and to try things out on."""

    def fetch(self) -> None:
        """Bring the mirror up to date with its remote."""

    def resolve(self, ref: str) -> str:
        """The commit id that a branch, tag or id names."""

    def pulls(self, base: str, head: str) -> tuple[PullRequest, ...]:
        """The PRs in `head` that are not in `base`, oldest first; an empty base means all of history."""

    def cut(self, release: str, ref: str, base: str) -> Cutting:
        """Push `release/<release>` and the tag `<release>` at `ref`. Doing it twice is doing it once."""

    def revert(self, pull: PullRequest, release: str, tag: str, by: str, resolved: str = "") -> Reversal:
        """Revert the PR on main, pick that (-x) into the release branch and tag the result: one atomic push.

        Raises `Conflicted` where it does not apply; `resolved` is the commit that says how it does, if a person has
        made one. Doing it twice is doing it once.
        """

    def export(self, commit: str, folder: Path) -> None:
        """Write the commit's files, and nothing else, into the empty `folder`."""


class Reports(Protocol):
    """Where the errors of production are reported. Methods block: call them from a thread."""

    def latest(self, since: float = 0.0) -> str:
        """The newest report of errors first seen at `since` or later, where that can be told; empty for none."""


class Forge(Protocol):
    """GitHub, GitLab or whatever knows more of a PR than history does."""

    async def reviews(self, numbers: Sequence[int]) -> tuple[Review, ...]:
        """What it knows of these PRs; a number that is none is left out. Raises `Failed`, also while a rate limit
        holds: then nothing was sent."""

    async def close(self) -> None:
        """Let go of connections."""


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

    async def build(self, commit: str) -> Build:
        """Export, run the build command, pack, publish. Same commit and command, same id. Raises `Failed`."""


class Artifacts(Protocol):
    """Where builds are kept. Methods block: call them from a thread."""

    def publish(self, build: str, packed: Path) -> None:
        """Keep the file under the build's id; one that is there already stays as it is."""

    def pull(self, build: str, into: Path) -> int:
        """Copy the packed build to the new file `into`; the number of bytes that came over. Raises `Failed`."""


class Smoke(Protocol):
    """The automated test of staging."""

    async def test(self, hosts: Sequence[Status]) -> str:
        """Empty where all is well, else what is wrong."""


class Metrics(Protocol):
    """Where requests and errors are counted."""

    async def scrape(self, hosts: Sequence[Status], now: float) -> Scrape:
        """What the hosts' counters say. A host that cannot be read is in `missing`, also where none can.

        Raises `Failed` where there is a server between, and that one cannot be asked.
        """

    async def history(self, hosts: Sequence[Status], now: float, seconds: float) -> tuple[Scrape, ...]:
        """The same for times of the last `seconds`, oldest first; empty where the source remembers nothing."""


class Alerts(Protocol):
    """Where alerts fire."""

    async def alerts(self) -> tuple[Alert, ...]:
        """Those that fire now. Raises `Failed`."""
