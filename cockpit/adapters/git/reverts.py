"""Makes the commits that revert a PR on main and on a release branch, and those that re-land it.

They exist in the mirror alone until one atomic push publishes them. Trailers name the reverted commits and the
release: a process that died after the push, before it was recorded, finds its commits by them.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from msgspec.structs import replace

from cockpit.adapters.git.branch_revert import (
    BranchRevert,
    HotfixTrees,
    TreeSeries,
    apply_changes,
    hotfix_trees,
    revert_on_branch,
)
from cockpit.adapters.git.commit_writer import CommitWriter
from cockpit.adapters.git.content_check import Remains, remains
from cockpit.adapters.git.git_command import GitCalls
from cockpit.adapters.git.history import contains, messages
from cockpit.adapters.git.landed_reverts import landed_reverts
from cockpit.adapters.git.object_quarantine import Quarantine
from cockpit.adapters.git.tree_merge import TreeChange, change_of, tree_of
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.text import clean, names, short
from cockpit.ports import Failed, MergeConflict, PushedRevert

_FULL_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_PICKED = re.compile(r"^\(cherry picked from commit ([0-9a-f]+)\)$", re.MULTILINE)
_DIFFERS = re.compile(r"^Differs-From-Main: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Tips:
    """The commit ids of the two branches."""

    main: str
    branch: str
    """Of the release branch."""


@dataclass(frozen=True)
class ComposedRevert:
    """New commits, to be pushed."""

    revert: PushedRevert
    main: str
    """The new tip of main; empty if main stays as it is."""


@dataclass(frozen=True)
class RevertComposer:
    """Makes the commits that take one PR out of one release."""

    quarantine: Quarantine
    """Holds the new commits."""
    pull: PullRequest
    release: str
    by: str
    """user@host"""

    @property
    def git(self) -> GitCalls:
        """git that sees the new commits."""
        return self.quarantine.git

    @cached_property
    def writer(self) -> CommitWriter:
        """Writes commits by the commander."""
        return CommitWriter(self.git, self.by)

    @property
    def branch(self) -> str:
        """The name of the release branch."""
        return f"release/{self.release}"

    def existing(self, tips: Tips, landed: Sequence[str] = ()) -> PushedRevert | None:
        """The revert that was pushed before to the release branch; None if there is none.

        `landed` are its commits on main, if they are known.
        """
        on_branch = self._with_trailers(tips.main, tips.branch)
        if not on_branch:
            return None
        origins = {sha: found[-1] for sha, message in on_branch if (found := _PICKED.findall(message))}
        direct = tuple(sha for sha, _ in on_branch if sha not in origins)
        ours = tuple(sha for sha, _ in self._with_trailers(tips.branch, tips.main))
        reverts = tuple(landed) or ours or tuple(origins.values()) or landed_reverts(self.git, self.pull, tips.main)
        differs = tuple(_DIFFERS.findall(on_branch[-1][1])) if direct else ()
        was_out = not ours and not landed
        revert = PushedRevert(reverts, () if direct else tuple(origins), direct, differs, was_out=was_out)
        return self._checked(revert, ours[-1] if ours else tips.main)

    def compose(self, tips: Tips, sides: tuple[TreeChange, TreeChange] | None = None) -> ComposedRevert:
        """New commits on both tips; `sides` are the changes to both with the conflicts resolved by a person.

        Raises `MergeConflict`, and `Failed` if there is nothing to revert.
        """
        self.check_presence(tips)
        newest_first = tuple(reversed(self.pull.commits))
        trees = self.trees(tips, sides)
        self._refuse_conflicts(trees.main, "main")
        self._refuse_conflicts(trees.branch.series, self.branch)
        if not trees.branch.series.changes:
            raise self._nothing_left(tips.branch, self.branch, "main and " if not trees.main.changes else "")
        commits = (newest_first,) if sides else tuple((commit,) for commit in newest_first)
        reverts, main = list[tuple[str, str]](), tips.main
        for step, reverted in zip(trees.main.steps, commits, strict=True):
            if step.before != step.after:
                message = self._message(*reverted)
                main = self.writer.write(step.after, message, main)
                reverts.append((main, message))
        origins = reverts or [(commit, self._message(*newest_first)) for commit in trees.landed]
        revert = self._on_branch(tips.branch, trees.branch, origins, commits)
        own = tuple(commit for commit, _ in reverts)
        revert = replace(revert, reverts=own or revert.reverts, was_out=not own)
        return ComposedRevert(self._checked(revert, main), main if reverts else "")

    def trees(self, tips: Tips, sides: tuple[TreeChange, TreeChange] | None = None) -> HotfixTrees:
        """The trees of the revert on both tips."""
        undone = tuple(change_of(self.git, commit).reverted for commit in reversed(self.pull.commits))
        direct = ((sides[0],), (sides[1],)) if sides else (undone, undone)
        return hotfix_trees(
            self.quarantine,
            (tree_of(self.git, tips.main), tree_of(self.git, tips.branch)),
            direct,
            lambda surely: self._landed(tips.main, surely),
            lambda tree: self.remains(tree, tips.branch).is_gone,
        )

    def _landed(self, main: str, surely: bool) -> tuple[str, ...]:
        """The commits on main that reverted the PR before; with `surely` only if it is proved to be gone from main."""
        landed = landed_reverts(self.git, self.pull, main)
        if surely and landed:
            left = remains(self.git, self.pull, main)
            if left != Remains() or len(landed) < len(self.pull.commits):
                return ()
        return landed

    def revert_on_branch(self, tips: Tips, on_main: Sequence[TreeChange]) -> BranchRevert:
        """How the release branch is reverted if main is by the changes `on_main`."""
        return revert_on_branch(
            self.quarantine,
            tree_of(self.git, tips.branch),
            tuple(change_of(self.git, commit).reverted for commit in reversed(self.pull.commits)),
            on_main,
            lambda tree: self.remains(tree, tips.branch).is_gone,
        )

    def remains(self, tree: str, tip: str) -> Remains:
        """What a commit of `tree` on `tip` would have of the PR."""
        trial = self.quarantine.throwaway_commit(tree, tip)
        return remains(self.git, self.pull, trial, (trial,))

    def compose_revert_on_main(self, tips: Tips, sides: tuple[TreeChange, TreeChange] | None) -> str:
        """The tip of the reverts on main alone, to be reviewed in a PR; empty if main has nothing left to revert.

        `sides` are the resolved conflicts, if any.
        """
        self.check_presence(tips)
        newest_first = tuple(reversed(self.pull.commits))
        commits = (newest_first,) if sides else tuple((commit,) for commit in newest_first)
        undone = (sides[0],) if sides else tuple(change_of(self.git, commit).reverted for commit in newest_first)
        series = apply_changes(self.quarantine, tree_of(self.git, tips.main), undone)
        self._refuse_conflicts(series, "main")
        tip = ""
        for step, reverted in zip(series.steps, commits, strict=True):
            if step.before != step.after:
                tip = self.writer.write(step.after, self._message(*reverted), tip or tips.main)
        return tip

    def compose_reland(self, main: str) -> str:
        """The tip of the PR's commits, applied again on main."""
        tip = main
        for commit in self.pull.commits:
            series = apply_changes(self.quarantine, tree_of(self.git, tip), (change_of(self.git, commit),))
            self._refuse_conflicts(series, "main")
            if series.changes:
                message = _picked(f"Re-land {self.pull.name}: {clean(self.pull.title)}\n\n", commit)
                tip = self.writer.write(series.tree, message, tip)
        if tip == main:
            raise Failed("git", f"main has every change of {self.pull.name}", "there is nothing to re-land")
        return tip

    def compose_picks(self, tips: Tips, landed: Sequence[str]) -> PushedRevert:
        """Take the PR out of the release branch, after people have landed these revert commits on main."""
        newest_first = tuple(reversed(self.pull.commits))
        branch = self.revert_on_branch(tips, tuple(change_of(self.git, commit) for commit in landed))
        self._refuse_conflicts(branch.series, self.branch)
        if not branch.series.changes:
            raise self._nothing_left(tips.branch, self.branch)
        origins = [(commit, self._message(*newest_first)) for commit in landed]
        revert = self._on_branch(tips.branch, branch, origins, tuple((commit,) for commit in newest_first))
        return self._checked(replace(revert, reverts=tuple(landed)), tips.main)

    def check_presence(self, tips: Tips) -> None:
        """Raise `Failed` unless main and the release branch contain the PR."""
        if not self.pull.commits:
            raise Failed("git", f"{self.pull.name} has no commit to revert")
        for commit in self.pull.commits:
            if not _FULL_ID.fullmatch(commit):
                raise Failed("git", f"{clean(commit)!r} of {self.pull.name} is not a commit id")
            for branch, tip in (("main", tips.main), (self.branch, tips.branch)):
                if not contains(self.git, tip, commit):
                    raise Failed("git", f"{branch} does not contain {short(commit)} of {self.pull.name}")

    def _on_branch(
        self, tip: str, branch: BranchRevert, origins: Sequence[tuple[str, str]], commits: Sequence[Sequence[str]]
    ) -> PushedRevert:
        """New commits on the tip of the branch: picks of `origins`, (commit, message), or reverts of `commits`."""
        if branch.picked:
            texts = [(commit, _picked(message, commit)) for commit, message in origins]
        else:
            texts = [("", self._message(*reverted, direct=(branch.differs, bool(origins)))) for reverted in commits]
        pairs = list[tuple[str, str]]()
        for step, (origin, text) in zip(branch.series.steps, texts, strict=True):
            if step.before != step.after:
                tip = self.writer.write(step.after, text, tip)
                pairs.append((origin, tip))
        made = tuple(commit for _, commit in pairs)
        if branch.picked:
            return PushedRevert(tuple(origin for origin, _ in pairs), made)
        return PushedRevert(tuple(origin for origin, _ in origins), (), made, branch.differs)

    def _checked(self, revert: PushedRevert, main: str) -> PushedRevert:
        """The revert, with what main and the release branch still have of the PR."""
        made: Collection[str] = (*revert.reverts, *revert.picks, *revert.direct)
        left = [
            sentence
            for name, tip in ((self.branch, revert.tip), ("main", main))
            for sentence in remains(self.git, self.pull, tip, made).sentences(self.pull, name)
        ]
        return replace(revert, remaining=tuple(left))

    def _with_trailers(self, base: str, head: str) -> tuple[tuple[str, str], ...]:
        """(commit, message) of this release's reverts of the PR in `head` and not in `base`, oldest first."""
        wanted = {f"This reverts commit {commit}." for commit in self.pull.commits}
        return tuple(
            (sha, message)
            for sha, message in reversed(messages(self.git, base, head))
            if f"Release: {self.release}" in (lines := message.splitlines()) and wanted.intersection(lines)
        )

    def _refuse_conflicts(self, series: TreeSeries, branch: str) -> None:
        """Raise `MergeConflict` if the changes conflict."""
        if series.conflicts:
            paths = tuple(clean(path) for path in series.conflicts)
            reason = f"the revert of {self.pull.name} does not apply to {branch}: conflicts in {names(paths)}"
            raise MergeConflict("git", reason, paths)

    def _nothing_left(self, tip: str, branch: str, more: str = "") -> Failed:
        """The error for a revert that changes nothing on `branch`; `more` names another branch like it."""
        left = remains(self.git, self.pull, tip).sentences(self.pull, branch)
        if left:
            reason = f"the revert of {self.pull.name} changes nothing on {branch}: {names(left)}"
            return Failed("git", reason, "remove it by a PR to main and pick that")
        have = "have" if more else "has"
        reason = f"{more}{branch} {have} no change of {self.pull.name} left to revert"
        return Failed("git", reason, "it was reverted already")

    def _message(self, *commits: str, direct: tuple[Sequence[str], bool] | None = None) -> str:
        """The message of a revert of these commits; `direct` is (differing paths, whether main has a revert)."""
        reverts = "\n".join(f"This reverts commit {commit}." for commit in commits)
        note = differs = ""
        if direct:
            paths, on_main = direct
            why = "the revert on main does not fit here" if on_main else "main has no change of it left to revert"
            note = f"Made on {self.branch} itself, not picked from main: {why}.\n\n"
            differs = "".join(f"Differs-From-Main: {path}\n" for path in paths)
        trailer = f"Reverts-PR: {pull}\n" if (pull := self.pull.change or self.pull.number) else ""
        subject = f"Revert {self.pull.name}: {clean(self.pull.title)}"
        return f"{subject}\n\n{reverts}\n\n{note}{differs}{trailer}Release: {self.release}\n"


def _picked(message: str, commit: str) -> str:
    """The message with the note of `git cherry-pick -x`."""
    return f"{message}(cherry picked from commit {commit})\n"
