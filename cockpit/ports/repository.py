"""The interfaces of the application's git repository."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from cockpit.deploy.pulls.pull_request import Commit, PullRequest
from cockpit.deploy.suspects.source_paths import Edit


def still_wanted() -> bool:
    """The answer of a caller that never withdraws its work."""
    return True


class ReleaseBranch(Struct, frozen=True):
    """A release branch right after it was cut."""

    commit: str
    base: str
    pulls: tuple[PullRequest, ...]


class PushedRevert(Struct, frozen=True):
    """The commits of a pushed revert: those on main, and either their picks or direct reverts on the release branch."""

    reverts: tuple[str, ...]
    """Empty if main had no change of the PR left and no commit that reverts it."""
    picks: tuple[str, ...]
    direct: tuple[str, ...] = ()
    """Reverts on the release branch itself, because main's revert would not take the whole PR out of it."""
    differs: tuple[str, ...] = ()
    """Paths that a pick would conflict in or leave different."""
    remaining: tuple[str, ...] = ()
    """Sentences: lines of the PR that remain or came back, and what was not checked."""
    was_out: bool = False
    """Whether main had nothing to revert: its commits, if any, were there before."""

    @property
    def tip(self) -> str:
        """The new tip of the release branch."""
        return (*self.picks, *self.direct)[-1]


class Trial(Struct, frozen=True):
    """The result of a revert or cherry-pick that was tried and not pushed."""

    tree: str
    """The id of the resulting tree; empty if it conflicts."""
    conflicts: tuple[str, ...] = ()
    """The paths that conflict."""

    @property
    def clean(self) -> bool:
        """Whether it applies without conflicts."""
        return not self.conflicts


class RevertTrial(Struct, frozen=True):
    """The revert of a PR, tried on main and on a release branch, each by itself."""

    main: Trial
    branch: Trial
    reverts_main: bool
    """Whether main has anything to revert."""
    reverts_branch: bool
    """Whether the release branch has."""
    differs: tuple[str, ...] = ()
    """Paths that a pick of main's revert would conflict in or leave different: the branch is reverted directly."""
    direct: bool = False
    """Whether the branch is reverted directly."""
    remaining: tuple[str, ...] = ()
    """Sentences: where lines of the PR would still, or again, be."""

    @property
    def conflicts(self) -> tuple[str, ...]:
        """The paths that conflict, of main if it has any."""
        return self.main.conflicts or self.branch.conflicts


class History(Protocol):
    """A read-only repository: no ref and no file of it ever changes. Methods block.

    Commits are named in git's own syntax. An unknown name raises `Failed`.
    """

    def resolve(self, ref: str) -> str:
        """The commit id of a branch, tag or id."""

    def pulls(self, base: str, head: str, files: bool = True) -> tuple[PullRequest, ...]:
        """The PRs in `head` that are not in `base`, oldest first; an empty base means the whole history.

        Without `files` the PRs have no paths, which is much faster for a long history.
        """

    def edits(self, base: str, head: str) -> Mapping[str, tuple[Edit, ...]]:
        """The changes to each file, by commit id, of the first-parent commits in `head` that are not in `base`."""

    def files(self, ref: str) -> tuple[str, ...]:
        """Every path of the tree."""

    def blame(self, base: str, head: str, path: str, spans: Sequence[tuple[int, int]]) -> Mapping[int, str]:
        """The commit of the range that last changed each line of `path` at `head`: {line number: id}.

        `spans` are the (first, last) lines to look at. A line that is older than the range is left out.
        """

    def mentions(
        self, base: str, head: str, symbols: Sequence[str], skip: Sequence[str] = ()
    ) -> Mapping[str, frozenset[str]]:
        """Which of `symbols` occur in the lines that each commit of the range changed: {id: symbols}.

        Paths in `skip` are left out.
        """

    def commits(self, base: str, head: str, most: int) -> tuple[Commit, ...]:
        """The newest `most` commits in `head` that are not in `base`, children before parents.

        Commits that merges brought are included. Each has the paths that it changed against its first parent.
        """

    def contains(self, head: str, commit: str) -> bool:
        """Whether the id `commit` is in the history of `head`; False for an unknown commit."""

    def patch_ids(self, commits: Sequence[str], undone: bool = False) -> Mapping[str, str]:
        """The patch id of each commit against its first parent: {commit id: patch id}.

        The same change has the same patch id on any branch. With `undone` it is the patch id of the commit's revert.
        Commits that are empty or unknown are left out.
        """

    def patch_id_between(self, before: str, after: str) -> str:
        """The patch id of the difference between two commits; empty if there is none."""

    def missing_from_main(self, main: str, branch: str) -> tuple[Commit, ...]:
        """Commits of `branch` that are not in `main`, neither by patch id nor by a cherry-pick's note, newest first."""

    def try_revert(self, commits: Sequence[str], onto: str, mainline: int = 0) -> Trial:
        """Revert the commits on `onto`, one after the other.

        A merge commit is reverted against its parent number `mainline`; 0 is the first parent.
        """

    def try_pick(self, commits: Sequence[str], onto: str, mainline: int = 0) -> Trial:
        """Cherry-pick the commits onto `onto`, one after the other."""

    def try_hotfix(self, pulls: Sequence[PullRequest], main: str, branch: str) -> RevertTrial:
        """Revert the PRs, given oldest first, on `main` and on the release branch, each branch by itself.

        A single PR is tried as `Repository.revert` would do it, and what remains of it is checked.
        """


class Repository(Protocol):
    """The application's repository. Methods block: call them from a thread."""

    def history(self) -> History:
        """The read-only history of the mirror."""

    def fetch(self) -> None:
        """Bring the mirror up to date with its remote."""

    def resolve(self, ref: str) -> str:
        """The commit id of a branch, tag or id."""

    def pulls(self, base: str, head: str) -> tuple[PullRequest, ...]:
        """The PRs in `head` that are not in `base`, oldest first; an empty base means the whole history."""

    def release_names(self) -> tuple[str, ...]:
        """The names of all tags, and of all branches below `release/` without that prefix, as last fetched."""

    def cut(self, release: str, ref: str, base: str) -> ReleaseBranch:
        """Push `release/<release>` and the tag `<release>` at `ref`. Idempotent.

        Raises `Failed` if one of them is at another commit: it is another release's, which the log may have lost.
        """

    def revert(
        self,
        pull: PullRequest,
        release: str,
        tag: str,
        by: str,
        resolved: str = "",
        wanted: Callable[[], bool] = still_wanted,
    ) -> PushedRevert:
        """Revert the PR on main, cherry-pick that (-x) into the release branch and tag it, in one atomic push.

        The branch is reverted directly if the pick would not take the whole PR out of it. Idempotent. Raises
        `MergeConflict` if it does not apply. `resolved` is the commit in which a person resolved the conflicts.
        `wanted` is asked right before each push: false raises `Withdrawn`, and nothing was pushed. A revert that
        returns was pushed, so a caller that no longer wants it must still wait for it, and record it.
        """

    def find_revert(self, pull: PullRequest, release: str, tag: str, by: str) -> PushedRevert | None:
        """The revert that was pushed under `tag`; None if none was. Nothing is pushed."""

    def export(self, commit: str, folder: Path) -> None:
        """Write the commit's files, and nothing else, into the empty `folder`."""
