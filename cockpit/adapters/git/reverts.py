"""Composes the revert of a PR on main and its picks on a release branch, as commits that nobody has seen yet.

They exist in the mirror alone until one push makes them true together. What a revert is for stands in its trailers,
so that a process which died between the push and its record finds out from the repository that it had pushed.
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
from cockpit.ports import MergeConflict, Failed, PushedRevert

_FULL_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Tips:
    """Where the two branches stand: ids of commits."""

    main: str
    branch: str


@dataclass(frozen=True)
class Composer:
    """Makes the commits of one reversal."""

    room: Quarantine
    """Where the commits are made."""
    pull: PullRequest
    release: str
    by: str
    """user@host"""

    @property
    def git(self) -> GitCalls:
        """git with the new commits in sight."""
        return self.room.git

    def standing(self, tips: Tips) -> PushedRevert | None:
        """The reversal that main and the release branch hold already; None where one of them does not."""
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
        """New commits on top of both tips. Raises `MergeConflict`, and `Failed` where there is nothing to take back."""
        self.check_presence(tips)
        reverts = self._on_main(tips.main)
        branch = f"release/{self.release}"
        picks, tip = [], tips.branch
        for revert, message in reverts:
            words = f"{message}(cherry picked from commit {revert})\n"
            made = self._put(tip, change_of(self.git, revert), words, branch)
            if made:
                picks.append(made)
                tip = made
        if not picks:
            raise Failed("git", f"nothing of {self.pull.name} is left on {branch} to take back", "it was taken out")
        return PushedRevert(tuple(revert for revert, _ in reverts), tuple(picks))

    def _on_main(self, tip: str) -> list[tuple[str, str]]:
        """(commit, message) of each revert on top of main, the newest of the PR's commits first."""
        reverts = []
        for commit in reversed(self.pull.commits):
            message = self._message(commit)
            if made := self._put(tip, change_of(self.git, commit).undone, message, "main"):
                reverts.append((made, message))
                tip = made
        if not reverts:
            raise Failed("git", f"nothing of {self.pull.name} is left on main to take back", "it was reverted already")
        return reverts

    def compose_resolved(self, tips: Tips, on_main: TreeChange, on_branch: TreeChange) -> PushedRevert:
        """The same, of what a person made of its conflicts: one commit on either tip. Raises `MergeConflict` where the
        tips have moved on in the very same places."""
        self.check_presence(tips)
        message = self._message(*reversed(self.pull.commits))
        revert = self._put(tips.main, on_main, message, "main")
        words = f"{message}(cherry picked from commit {revert})\n"
        pick = self._put(tips.branch, on_branch, words, f"release/{self.release}") if revert else ""
        if not pick:
            raise Failed("git", f"nothing of {self.pull.name} is left to take back", "it was reverted already")
        return PushedRevert((revert,), (pick,))

    def compose_revert(self, tips: Tips, sides: tuple[TreeChange, TreeChange] | None) -> str:
        """The tip of the reverts on main alone, for people to land; as a person resolved them where there are
        `sides`."""
        self.check_presence(tips)
        if sides:
            made = self._put(tips.main, sides[0], self._message(*reversed(self.pull.commits)), "main")
        else:
            made = self._on_main(tips.main)[-1][0]
        if not made:
            raise Failed("git", f"nothing of {self.pull.name} is left on main to take back", "it was reverted already")
        return made

    def compose_again(self, main: str) -> str:
        """The tip of the PR's commits put back on top of main."""
        tip = main
        for commit in self.pull.commits:
            message = f"Re-land {self.pull.name}: {clean(self.pull.title)}\n\n(cherry picked from commit {commit})\n"
            tip = self._put(tip, change_of(self.git, commit), message, "main") or tip
        if tip == main:
            raise Failed("git", f"main has all of {self.pull.name}", "there is nothing to put back")
        return tip

    def compose_landed(self, tips: Tips, landed: Sequence[str]) -> PushedRevert:
        """Picks of the revert's own commits on main, which people have landed there."""
        picks, tip = [], tips.branch
        for commit in landed:
            words = f"{self._message(*reversed(self.pull.commits))}(cherry picked from commit {commit})\n"
            if made := self._put(tip, change_of(self.git, commit), words, f"release/{self.release}"):
                picks.append(made)
                tip = made
        if not picks:
            raise Failed("git", f"what landed takes nothing of {self.pull.name} out", "look at the PR of its revert")
        return PushedRevert(tuple(landed), tuple(picks))

    def picked(self, tips: Tips, landed: Sequence[str]) -> PushedRevert | None:
        """The picks of what landed that are on the release branch already; None where one is missing."""
        wanted = {f"(cherry picked from commit {commit})" for commit in landed}
        found = tuple(s for s, m in messages(self.git, tips.main, tips.branch) if wanted.intersection(m.splitlines()))
        return PushedRevert(tuple(landed), tuple(reversed(found))) if found else None

    def check_presence(self, tips: Tips) -> None:
        """Raise `Failed` unless main and the release branch contain the PR."""
        if not self.pull.commits:
            raise Failed("git", f"{self.pull.name} names no commit to take back")
        for commit in self.pull.commits:
            if not _FULL_ID.fullmatch(commit):
                raise Failed("git", f"{clean(commit)!r} of {self.pull.name} is not a commit id")
            for where, tip in (("main", tips.main), (f"release/{self.release}", tips.branch)):
                if not contains(self.git, tip, commit):
                    raise Failed("git", f"{where} does not contain {short(commit)} of {self.pull.name}")

    def _put(self, tip: str, change: TreeChange, message: str, where: str) -> str:
        """The id of a commit on `tip` with the change from one tree to the other; empty where it changes nothing."""
        ours = tree_of(self.git, tip)
        merged = merge(self.room, ours, change)
        if merged.conflicts:
            paths = tuple(clean(path) for path in merged.conflicts)
            reason = f"the revert of {self.pull.name} does not apply to {where}: conflicts in {names(paths)}"
            raise MergeConflict("git", reason, paths)
        if merged.tree == ours:
            return ""
        return self.commit(merged.tree, message, tip)

    def commit(self, tree: str, message: str, *parents: str) -> str:
        """The id of a new commit by the commander, signed where the account's git signs."""
        sign = ("-S",) if self._signs else ()
        argv = ("commit-tree", tree, *(word for parent in parents for word in ("-p", parent)), *sign, "-F", "-")
        words = message.encode("utf-8", "replace")
        return self.git.local(*argv, stdin=words, env=self._author, personal=self._signs)[1].decode().strip()

    @cached_property
    def _signs(self) -> bool:
        """Whether the account's git is told to sign commits."""
        asked = ("config", "--type=bool", "--get", "commit.gpgSign")
        return self.git.local(*asked, also=(1,), personal=True)[1].strip() == b"true"

    def _message(self, *commits: str) -> str:
        said = "\n".join(f"This reverts commit {commit}." for commit in commits)
        claim = f"Reverts-PR: {named}\n" if (named := self.pull.change or self.pull.number) else ""
        return f"Revert {self.pull.name}: {clean(self.pull.title)}\n\n{said}\n\n{claim}Release: {self.release}\n"

    @property
    def _author(self) -> Mapping[str, str]:
        who = clean(self.by).strip("<> ") or "cockpit"
        name = who.partition("@")[0] or who
        return {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", name), ("EMAIL", who))
        }
