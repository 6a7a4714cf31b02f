"""Makes the commits that revert a PR on main and pick the revert into a release branch.

They exist in the mirror alone until one atomic push publishes them. Trailers name the reverted commits and the
release: a process that died after the push, before it was recorded, finds its commits by them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cockpit.adapters.git.git_command import GitCalls
from cockpit.adapters.git.history import contains, messages
from cockpit.adapters.git.object_quarantine import Quarantine
from cockpit.adapters.git.tree_merge import TreeChange, change_of, merge, tree_of
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.text import clean, names, short
from cockpit.ports import Failed, MergeConflict, PushedRevert

_FULL_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Tips:
    """The commit ids of the two branches."""

    main: str
    branch: str
    """Of the release branch."""


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

    def existing(self, tips: Tips) -> PushedRevert | None:
        """The revert that was pushed before to main and the release branch; None if either lacks it."""
        wanted = {f"This reverts commit {commit}." for commit in self.pull.commits}
        reverts = tuple(
            sha
            for sha, message in reversed(messages(self.git, tips.branch, tips.main))
            if f"Release: {self.release}" in (lines := message.splitlines()) and wanted.intersection(lines)
        )
        picked = {
            origin: sha
            for sha, message in messages(self.git, tips.main, tips.branch)
            for origin in re.findall(r"^\(cherry picked from commit ([0-9a-f]+)\)$", message, re.MULTILINE)
        }
        picks = tuple(picked[revert] for revert in reverts if revert in picked)
        return PushedRevert(reverts, picks) if picks else None

    def compose(self, tips: Tips) -> PushedRevert:
        """New commits on both tips. Raises `MergeConflict`, and `Failed` if there is nothing to revert."""
        self.check_presence(tips)
        reverts = self._reverts_on_main(tips.main)
        branch = f"release/{self.release}"
        picks, tip = [], tips.branch
        for revert, message in reverts:
            pick = self._apply(tip, change_of(self.git, revert), _picked(message, revert), branch)
            if pick:
                picks.append(pick)
                tip = pick
        if not picks:
            raise Failed("git", f"{branch} has no change of {self.pull.name} left to revert", "it was taken out")
        return PushedRevert(tuple(revert for revert, _ in reverts), tuple(picks))

    def _reverts_on_main(self, tip: str) -> list[tuple[str, str]]:
        """(commit, message) of the revert of each of the PR's commits, the newest first."""
        reverts = []
        for commit in reversed(self.pull.commits):
            message = self._message(commit)
            if revert := self._apply(tip, change_of(self.git, commit).reverted, message, "main"):
                reverts.append((revert, message))
                tip = revert
        if not reverts:
            raise self._reverted_before("main has")
        return reverts

    def compose_resolved(self, tips: Tips, on_main: TreeChange, on_branch: TreeChange) -> PushedRevert:
        """One commit on each tip, with the conflicts resolved by a person.

        Raises `MergeConflict` if the same lines have changed again since.
        """
        self.check_presence(tips)
        message = self._message(*reversed(self.pull.commits))
        revert = self._apply(tips.main, on_main, message, "main")
        branch = f"release/{self.release}"
        pick = self._apply(tips.branch, on_branch, _picked(message, revert), branch) if revert else ""
        if not pick:
            raise self._reverted_before(f"main and {branch} have")
        return PushedRevert((revert,), (pick,))

    def compose_revert_on_main(self, tips: Tips, sides: tuple[TreeChange, TreeChange] | None) -> str:
        """The tip of the reverts on main alone, to be reviewed in a PR; `sides` are the resolved conflicts, if any."""
        self.check_presence(tips)
        if not sides:
            return self._reverts_on_main(tips.main)[-1][0]
        revert = self._apply(tips.main, sides[0], self._message(*reversed(self.pull.commits)), "main")
        if not revert:
            raise self._reverted_before("main has")
        return revert

    def compose_reland(self, main: str) -> str:
        """The tip of the PR's commits, applied again on main."""
        tip = main
        for commit in self.pull.commits:
            message = _picked(f"Re-land {self.pull.name}: {clean(self.pull.title)}\n\n", commit)
            tip = self._apply(tip, change_of(self.git, commit), message, "main") or tip
        if tip == main:
            raise Failed("git", f"main has every change of {self.pull.name}", "there is nothing to re-land")
        return tip

    def compose_picks(self, tips: Tips, landed: Sequence[str]) -> PushedRevert:
        """Picks into the release branch of revert commits that people have landed on main."""
        picks, tip = [], tips.branch
        for commit in landed:
            message = _picked(self._message(*reversed(self.pull.commits)), commit)
            if pick := self._apply(tip, change_of(self.git, commit), message, f"release/{self.release}"):
                picks.append(pick)
                tip = pick
        if not picks:
            reason = f"the landed revert of {self.pull.name} changes nothing on release/{self.release}"
            raise Failed("git", reason, "check the PR of the revert")
        return PushedRevert(tuple(landed), tuple(picks))

    def existing_picks(self, tips: Tips, landed: Sequence[str]) -> PushedRevert | None:
        """The picks of the landed commits that are on the release branch; None if there are none."""
        notes = {f"(cherry picked from commit {commit})" for commit in landed}
        log = messages(self.git, tips.main, tips.branch)
        picks = tuple(sha for sha, message in log if notes.intersection(message.splitlines()))
        return PushedRevert(tuple(landed), tuple(reversed(picks))) if picks else None

    def check_presence(self, tips: Tips) -> None:
        """Raise `Failed` unless main and the release branch contain the PR."""
        if not self.pull.commits:
            raise Failed("git", f"{self.pull.name} has no commit to revert")
        for commit in self.pull.commits:
            if not _FULL_ID.fullmatch(commit):
                raise Failed("git", f"{clean(commit)!r} of {self.pull.name} is not a commit id")
            for branch, tip in (("main", tips.main), (f"release/{self.release}", tips.branch)):
                if not contains(self.git, tip, commit):
                    raise Failed("git", f"{branch} does not contain {short(commit)} of {self.pull.name}")

    def _reverted_before(self, branches: str) -> Failed:
        return Failed("git", f"{branches} no change of {self.pull.name} left to revert", "it was reverted already")

    def _apply(self, tip: str, change: TreeChange, message: str, branch: str) -> str:
        """The id of a new commit on `tip` that makes the change; empty if it changes nothing."""
        ours = tree_of(self.git, tip)
        merged = merge(self.quarantine, ours, change)
        if merged.conflicts:
            paths = tuple(clean(path) for path in merged.conflicts)
            reason = f"the revert of {self.pull.name} does not apply to {branch}: conflicts in {names(paths)}"
            raise MergeConflict("git", reason, paths)
        if merged.tree == ours:
            return ""
        return self.commit(merged.tree, message, tip)

    def commit(self, tree: str, message: str, *parents: str) -> str:
        """The id of a new commit by the commander, signed if the account's git signs commits."""
        sign = ("-S",) if self._signs else ()
        argv = ("commit-tree", tree, *(word for parent in parents for word in ("-p", parent)), *sign, "-F", "-")
        stdin = message.encode("utf-8", "replace")
        return self.git.local(*argv, stdin=stdin, env=self._author, personal=self._signs)[1].decode().strip()

    @cached_property
    def _signs(self) -> bool:
        """Whether the account's git is configured to sign commits."""
        argv = ("config", "--type=bool", "--get", "commit.gpgSign")
        return self.git.local(*argv, also=(1,), personal=True)[1].strip() == b"true"

    def _message(self, *commits: str) -> str:
        reverts = "\n".join(f"This reverts commit {commit}." for commit in commits)
        trailer = f"Reverts-PR: {pull}\n" if (pull := self.pull.change or self.pull.number) else ""
        return f"Revert {self.pull.name}: {clean(self.pull.title)}\n\n{reverts}\n\n{trailer}Release: {self.release}\n"

    @property
    def _author(self) -> Mapping[str, str]:
        email = clean(self.by).strip("<> ") or "cockpit"
        name = email.partition("@")[0] or email
        return {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", name), ("EMAIL", email))
        }


def _picked(message: str, commit: str) -> str:
    """The message with the note of `git cherry-pick -x`."""
    return f"{message}(cherry picked from commit {commit})\n"
