"""The application's repository as a bare mirror of our own: nobody's working tree is ever touched.

What is to be changed on the remote is made in the mirror first and goes there in one atomic push, with a lease on
every ref: all of it happens or none, and only if nobody moved a ref since we looked. If somebody did, we look again.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from cockpit.adapters.git.conflict_resolution import Resolution, StoppedRevert, resolution_ref, resolved_sides
from cockpit.adapters.git.history import checked, commit_id, contains, first_parent_line, ref_at
from cockpit.adapters.git.local_repository import GitHistory
from cockpit.adapters.git.object_quarantine import Quarantine, quarantine
from cockpit.adapters.git.remote import RefUpdate, Remote
from cockpit.adapters.git.reverts import Composer, Tips
from cockpit.adapters.git.tree_merge import TreeChange
from cockpit.deploy.pulls.conflicts import Edit, FileConflict, Resolved
from cockpit.deploy.pulls.pull_request import PullRequest, pull_requests
from cockpit.deploy.text import short
from cockpit.ports import ReleaseBranch, Failed, PushedRevert

TRIES = 5
"""How often the remote may move under our hands before we give up."""

T = TypeVar("T")


class GitMirror:
    """Implements `ports.Repository`. The mirror is made in `folder` on first use and may be removed at any time.

    `network_deadline` is in seconds and holds for each fetch and each push.
    """

    def __init__(self, url: str, folder: Path, main: str = "main", network_deadline: float = 120.0) -> None:
        self._main = checked(main, "branch")
        self._remote = Remote(url, folder, main, network_deadline)
        self._git = self._remote.git

    def history(self) -> GitHistory:
        """The mirror, to read and to try things out on."""
        self._remote.open()
        return GitHistory(self._git)

    def fetch(self) -> None:
        """Bring branches and tags up to date with the remote, also those that were removed there."""
        with self._remote.locked():
            self._remote.fetch()

    def resolve(self, ref: str) -> str:
        """The id of the commit that a branch, tag, full ref name or id names, in this order."""
        self._remote.open()
        return commit_id(self._git, ref, self._main)

    def pulls(self, base: str, head: str) -> tuple[PullRequest, ...]:
        """The PRs in `head` that are not in `base`, oldest first; an empty base means all of history."""
        since = self.resolve(base) if base else ""
        return pull_requests(first_parent_line(self._git, since, self.resolve(head)))

    def cut(self, release: str, ref: str, base: str) -> ReleaseBranch:
        """Push `release/<release>` and the tag `<release>` at `ref`; where both are there already, say where.

        A branch such as main moves on: cut from it again, a release stays where it was cut first. Raises `Failed`
        where branch or tag stand at something that was not cut from `ref`.
        """
        places = (f"refs/heads/release/{checked(release, 'release')}", f"refs/tags/{release}")

        def plan(_: Quarantine) -> tuple[str, tuple[RefUpdate, ...]]:
            commit = commit_id(self._git, ref, self._main)
            found = tuple(ref_at(self._git, place) for place in places)
            first = found[0]
            if first and found == (first, first) and self._was_at(ref, commit, first):
                return first, ()
            for place, at in zip(places, found, strict=True):
                if at and at != commit:
                    reason = f"{place} exists already, at {short(at)} instead of {short(commit)}"
                    raise Failed("git", reason, "remove it there, or abandon this release and start another")
            return commit, tuple(
                RefUpdate(place, "", commit) for place, at in zip(places, found, strict=True) if not at
            )

        commit = self._settle(f"cannot push release/{release} to {self._remote.shown}", plan)
        return ReleaseBranch(commit, self.resolve(base) if base else "", self.pulls(base, commit))

    def revert(self, pull: PullRequest, release: str, tag: str, by: str, resolved: str = "") -> PushedRevert:
        """Revert the PR on main, pick that into the release branch, tag the result: one push, or nothing.

        `resolved` is a commit of `resolve_revert`, which is taken then and its branch removed.
        Raises `MergeConflict` where it does not apply, `Failed` where there is nothing to revert.
        """
        main, branch = f"refs/heads/{self._main}", f"refs/heads/release/{checked(release, 'release')}"
        label = f"refs/tags/{checked(tag, 'tag')}"

        def plan(room: Quarantine) -> tuple[PushedRevert, tuple[RefUpdate, ...]]:
            composer = Composer(room, pull, release, by)
            tips = Tips(commit_id(self._git, main, self._main), commit_id(self._git, branch, self._main))
            if at := ref_at(self._git, label):
                done = composer.standing(tips)
                if done and contains(self._git, at, done.picks[-1]):
                    return done, ()
                raise Failed("git", f"the tag {tag} exists already, at {short(at)}", "remove it there and try again")
            sides = self._sides(resolved)
            made = composer.compose_resolved(tips, *sides) if sides else composer.compose(tips)
            tip, kept = made.picks[-1], ref_at(self._git, place := resolution_ref(pull, release))
            moves = (
                RefUpdate(main, tips.main, made.reverts[-1]),
                RefUpdate(branch, tips.branch, tip),
                RefUpdate(label, "", tip),
            )
            return made, (*moves, *((RefUpdate(place, kept, ""),) if kept else ()))

        return self._settle(f"cannot push the revert of {pull.name} to {self._remote.shown}", plan)

    def propose(self, pull: PullRequest, release: str, by: str, resolved: str, again: bool = False) -> str:
        """Push a branch with the PR's revert on top of main, or with the PR put back `again`: its name. One that is
        there already stays. Raises `MergeConflict` where it does not apply."""
        name = f"{'reland' if again else 'revert'}/{release}/{short(pull.commits[-1])}"

        def plan(room: Quarantine) -> tuple[str, tuple[RefUpdate, ...]]:
            place = f"refs/heads/{name}"
            if ref_at(self._git, place):
                return name, ()
            composer = Composer(room, pull, release, by)
            if again:
                made = composer.compose_again(commit_id(self._git, self._main, self._main))
            else:
                made = composer.compose_revert(self._tips_known(release), self._sides(resolved))
            return name, (RefUpdate(place, "", made),)

        return self._settle(f"cannot push {name} to {self._remote.shown}", plan)

    def take_landed(self, pull: PullRequest, release: str, tag: str, by: str, number: int) -> PushedRevert | None:
        """Pick what PR `number`, the revert that people have landed, did to main, and tag that: one push. None while
        main has no such PR. Doing it twice is doing it once."""
        branch, label = f"refs/heads/release/{checked(release, 'release')}", f"refs/tags/{checked(tag, 'tag')}"

        def plan(room: Quarantine) -> tuple[PushedRevert | None, tuple[RefUpdate, ...]]:
            composer, tips = Composer(room, pull, release, by), self._tips_known(release)
            since = pull_requests(first_parent_line(self._git, pull.commits[-1], tips.main, files=False))
            landed = next((one.commits for one in since if one.number == number), ())
            if not landed:
                return None, ()
            if at := ref_at(self._git, label):
                done = composer.picked(tips, landed)
                if done and contains(self._git, at, done.picks[-1]):
                    return done, ()
                raise Failed("git", f"the tag {tag} exists already, at {short(at)}", "remove it there and try again")
            made = composer.compose_landed(tips, landed)
            return made, (RefUpdate(branch, tips.branch, made.picks[-1]), RefUpdate(label, "", made.picks[-1]))

        return self._settle(f"cannot push the pick of #{number} to {self._remote.shown}", plan)

    def _sides(self, resolved: str) -> tuple[TreeChange, TreeChange] | None:
        return resolved_sides(self._git, commit_id(self._git, resolved, self._main)) if resolved else None

    def clashes(self, pull: PullRequest, release: str) -> tuple[FileConflict, ...]:
        """The files in which the PR's revert does not apply, on the first branch where it does not; none where it
        applies."""

        def stop(found: Sequence[FileConflict]) -> Resolved:
            raise StoppedRevert(found)

        try:
            with quarantine(self._git) as room:
                Resolution(Composer(room, pull, release, ""), stop).made(self._tips(release))
        except StoppedRevert as stopped:
            return stopped.clashes
        return ()

    def resolve_revert(self, pull: PullRequest, release: str, by: str, edit: Edit) -> str:
        """Let `edit` resolve the revert's conflicts, and push what came of it to a branch of its own: its commit, for
        `revert`. Others may use the mirror meanwhile. Raises `Failed`."""
        with quarantine(self._git) as room:
            commit = Resolution(Composer(room, pull, release, by), edit).made(self._tips(release))
            place = resolution_ref(pull, release)
            with self._remote.locked():
                self._remote.fetch()
                if refused := self._remote.push((RefUpdate(place, ref_at(self._git, place), commit),), room):
                    raise self._git.failed(f"cannot push how the revert of {pull.name} was resolved", refused)
        return commit

    def _tips(self, release: str) -> Tips:
        self.fetch()
        return self._tips_known(release)

    def _tips_known(self, release: str) -> Tips:
        branch = f"refs/heads/release/{checked(release, 'release')}"
        return Tips(commit_id(self._git, self._main, self._main), commit_id(self._git, branch, self._main))

    def export(self, commit: str, folder: Path) -> None:
        """Write the commit's files, with their modes and links, into the empty `folder`."""
        try:
            tree = self.resolve(commit)
        except Failed:
            # It may have been pushed through another mirror.
            self.fetch()
            tree = self.resolve(commit)
        # Not `git archive`: it leaves out what .gitattributes marks export-ignore.
        with tempfile.TemporaryDirectory(prefix="cockpit-index-") as scratch:
            index = {"GIT_INDEX_FILE": f"{scratch}/index"}
            self._git.local("read-tree", tree, env=index)
            self._git.local("checkout-index", "--all", "--quiet", env=index, worktree=folder.absolute())

    def _was_at(self, ref: str, commit: str, earlier: str) -> bool:
        """Whether `ref`, which is at `commit` now, may have been at `earlier`: an id stays where it is."""
        return commit == earlier or (not commit.startswith(ref) and contains(self._git, commit, earlier))

    def _settle(self, what: str, plan: Callable[[Quarantine], tuple[T, tuple[RefUpdate, ...]]]) -> T:
        """Fetch, plan on what is there and push; all of it again where the remote moved in between."""
        tried: tuple[RefUpdate, ...] = ()
        refused = ""
        with self._remote.locked():
            for _ in range(TRIES):
                self._remote.fetch()
                if tried and all(ref_at(self._git, move.ref) == move.old for move in tried):
                    raise self._git.failed(what, refused)
                with quarantine(self._git) as room:
                    result, tried = plan(room)
                    refused = self._remote.push(tried, room) if tried else ""
                if not refused:
                    return result
        raise Failed("git", f"{what}: others pushed first {TRIES} times", "try again when it is calmer there")
