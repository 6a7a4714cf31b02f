"""What cockpit asks of everything but the store.

Adapters raise `Failed` and its kinds alone, each with what failed, why, and what to do about it.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from cockpit.deploy.builds.build import Build
from cockpit.deploy.gate.alerts import Alert
from cockpit.deploy.gate.traffic import Scrape
from cockpit.deploy.hosts.status import Status
from cockpit.deploy.pulls.pull_request import Commit, PullRequest
from cockpit.deploy.pulls.reviews import Review
from cockpit.deploy.schedule.rota import Rota
from cockpit.deploy.suspects.source_paths import Edit


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

    def commits(self, base: str, head: str, most: int) -> tuple[Commit, ...]:
        """The newest `most` commits in `head` that are not in `base`, also those that merges brought, a child before
        its parents, each with the paths it changed against its first parent."""

    def contains(self, head: str, commit: str) -> bool:
        """Whether `commit`, an id, is in the history of `head`; one that nobody knows is in none."""

    def patches(self, commits: Sequence[str], undone: bool = False) -> Mapping[str, str]:
        """What tells a change from every other wherever it is made, of each of these ids against its first parent, or,
        `undone`, of taking it back: {id: patch}. What changes nothing or is not there is left out."""

    def patch_between(self, before: str, after: str) -> str:
        """The same of all that happened from one commit to another; empty where that is nothing."""

    def strays(self, main: str, branch: str) -> tuple[Commit, ...]:
        """Commits of `branch` whose change is nowhere in `main` and that were picked from none of it, newest first."""

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


class Roster(Protocol):
    """Where who commands which slot is kept."""

    async def rota(self) -> Rota:
        """The rota as it is now, its texts cleaned. Raises `Failed`, also where it names nobody."""


class CommandOutcome(Struct, frozen=True):
    """How a command ended."""

    code: int | None
    """None where it was killed at its deadline."""
    output: str
    """The end of what it wrote to stdout and stderr, as it came."""


class Commands(Protocol):
    """Commands from the config, each in a process group of its own with a deadline."""

    async def run(
        self, argv: Sequence[str], env: Mapping[str, str], folder: Path | None, timeout: float
    ) -> CommandOutcome:
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


Heard = Callable[[int, int], None]
"""Told, while a part comes over, how many bytes have come and how many there are; 0 where the store does not say."""


def unheard(so_far: int, whole: int) -> None:
    """Nobody wants to know."""


class Artifacts(Protocol):
    """Where the parts of builds are kept, by the names of `deploy.builds`. Methods block: call them from a thread."""

    def publish(self, name: str, content: Path) -> None:
        """Keep the file under that name; one that is there already stays as it is."""

    def pull(self, name: str, into: Path, heard: Heard = unheard) -> int:
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
        """What the hosts' counters say. A host that cannot be read is in `missing`, also where none can.

        Raises `Failed` where there is a server between, and that one cannot be asked.
        """

    async def history(self, hosts: Sequence[Status], now: float, seconds: float) -> tuple[Scrape, ...]:
        """The same for times of the last `seconds`, oldest first; empty where the source remembers nothing."""


class Alerts(Protocol):
    """Where alerts fire."""

    async def alerts(self) -> tuple[Alert, ...]:
        """Those that fire now. Raises `Failed`."""
