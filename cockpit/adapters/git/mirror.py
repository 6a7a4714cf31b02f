"""The application's repository as a bare mirror: no working tree is ever changed.

Changes to the remote are made in the mirror first and pushed atomically, with a lease on every ref: all refs move or
none, and only if no ref has moved since the last fetch. If one has, the mirror fetches and tries again.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from cockpit.adapters.git.conflict_resolution import Resolution, UnresolvedConflicts, resolution_ref, resolved_sides
from cockpit.adapters.git.history import checked_name, commit_id, contains, first_parent_commits, ref_target
from cockpit.adapters.git.local_repository import GitHistory
from cockpit.adapters.git.object_quarantine import Quarantine, open_quarantine
from cockpit.adapters.git.remote import RefUpdate, Remote
from cockpit.adapters.git.reverts import RevertComposer, Tips
from cockpit.adapters.git.tree_merge import TreeChange
from cockpit.deploy.pulls.conflicts import FileConflict, ResolveConflicts, ResolvedFiles
from cockpit.deploy.pulls.pull_request import PullRequest, pull_requests
from cockpit.deploy.text import short
from cockpit.ports import Failed, PushedRevert, ReleaseBranch, Withdrawn, still_wanted

TRIES = 5
"""Attempts to push while others push to the same refs."""

_RELEASE_REFS = ("refs/heads/release/", "refs/tags/")

T = TypeVar("T")
Plan = Callable[[Quarantine], tuple[T, tuple[RefUpdate, ...]]]
"""Makes the commits to push: the result, and the refs to move; no refs if there is nothing to push."""


class GitMirror:
    """`ports.Repository` with a mirror in `folder`, which is created on first use and may be removed at any time.

    `network_deadline` is in seconds, for each fetch and each push.
    """

    def __init__(self, url: str, folder: Path, main: str = "main", network_deadline: float = 120.0) -> None:
        self._main = checked_name(main, "branch")
        self._remote = Remote(url, folder, main, network_deadline)
        self._git = self._remote.git

    def history(self) -> GitHistory:
        """The read-only history of the mirror."""
        self._remote.open()
        return GitHistory(self._git)

    def fetch(self) -> None:
        """Bring branches and tags up to date with the remote, and remove those that the remote no longer has."""
        with self._remote.locked():
            self._remote.fetch()

    def resolve(self, ref: str) -> str:
        """The commit id of a branch, tag, full ref name or id, tried in this order."""
        self._remote.open()
        return commit_id(self._git, ref, self._main)

    def pulls(self, base: str, head: str) -> tuple[PullRequest, ...]:
        """The PRs in `head` that are not in `base`, oldest first; an empty base means the whole history."""
        since = self.resolve(base) if base else ""
        return pull_requests(first_parent_commits(self._git, since, self.resolve(head)))

    def release_names(self) -> tuple[str, ...]:
        """The names of all tags, and of all branches below `release/` without that prefix, as last fetched."""
        self._remote.open()
        _, out = self._git.local("for-each-ref", "--format=%(refname)", *_RELEASE_REFS)
        names = out.decode(errors="replace").splitlines()
        return tuple({name.removeprefix(_RELEASE_REFS[0]).removeprefix(_RELEASE_REFS[1]) for name in names})

    def cut(self, release: str, ref: str, base: str) -> ReleaseBranch:
        """Push `release/<release>` and the tag `<release>` at `ref`. Idempotent.

        Raises `Failed` if one of them is at another commit: it may be another release's, which the log has lost.
        """
        refs = (f"refs/heads/release/{checked_name(release, 'release')}", f"refs/tags/{release}")

        def plan(_: Quarantine) -> tuple[str, tuple[RefUpdate, ...]]:
            commit = commit_id(self._git, ref, self._main)
            branch, tag = (ref_target(self._git, name) for name in refs)
            missing = []
            for name, target in zip(refs, (branch, tag), strict=True):
                if not target:
                    missing.append(RefUpdate(name, "", commit))
                elif target != commit:
                    reason = f"{name} exists already, at {short(target)} instead of {short(commit)}"
                    raise Failed("git", reason, "remove it there, or abandon this release and start another")
            return commit, tuple(missing)

        commit = self._push(f"cannot push release/{release} to {self._remote.shown}", plan)
        return ReleaseBranch(commit, self.resolve(base) if base else "", self.pulls(base, commit))

    def revert(
        self,
        pull: PullRequest,
        release: str,
        tag: str,
        by: str,
        resolved: str = "",
        wanted: Callable[[], bool] = still_wanted,
    ) -> PushedRevert:
        """Revert the PR on main and on the release branch, and tag it, in one atomic push; see `ports.Repository`.

        `resolved` is a commit of `resolve_revert`; its branch is removed in the same push. Raises `MergeConflict` if
        the revert does not apply, and `Failed` if there is nothing to revert.
        """
        main, branch = f"refs/heads/{self._main}", f"refs/heads/release/{checked_name(release, 'release')}"
        tag_ref = f"refs/tags/{checked_name(tag, 'tag')}"

        def plan(quarantine: Quarantine) -> tuple[PushedRevert, tuple[RefUpdate, ...]]:
            composer = RevertComposer(quarantine, pull, release, by)
            tips = Tips(commit_id(self._git, main, self._main), commit_id(self._git, branch, self._main))
            if tagged := ref_target(self._git, tag_ref):
                return self._tagged(composer.existing(tips), tag, tagged), ()
            composed = composer.compose(tips, self._sides(resolved))
            tip, resolution = composed.revert.tip, resolution_ref(pull, release)
            updates = [RefUpdate(branch, tips.branch, tip), RefUpdate(tag_ref, "", tip)]
            if composed.main:
                updates.insert(0, RefUpdate(main, tips.main, composed.main))
            if target := ref_target(self._git, resolution):
                updates.append(RefUpdate(resolution, target, ""))
            return composed.revert, tuple(updates)

        return self._push(f"cannot push the revert of {pull.name} to {self._remote.shown}", plan, wanted)

    def find_revert(self, pull: PullRequest, release: str, tag: str, by: str) -> PushedRevert | None:
        """The revert that `revert` or `take_landed` pushed under `tag`; None if none did. Nothing is pushed."""
        with self._remote.locked():
            self._remote.fetch()
            if not (tagged := ref_target(self._git, f"refs/tags/{checked_name(tag, 'tag')}")):
                return None
            with open_quarantine(self._git) as quarantine:
                composer = RevertComposer(quarantine, pull, release, by)
                return composer.existing(Tips(commit_id(self._git, self._main, self._main), tagged))

    def propose(
        self,
        pull: PullRequest,
        release: str,
        by: str,
        resolved: str,
        reland: bool = False,
        wanted: Callable[[], bool] = still_wanted,
    ) -> str:
        """Push a branch with the PR's revert on main, or with the PR's commits again if `reland`: the branch's name.

        An existing branch is left unchanged. Empty, and nothing is pushed, if main has nothing left to revert. Raises
        `MergeConflict` if the change does not apply.
        """
        name = f"{'reland' if reland else 'revert'}/{release}/{short(pull.commits[-1])}"

        def plan(quarantine: Quarantine) -> tuple[str, tuple[RefUpdate, ...]]:
            branch = f"refs/heads/{name}"
            if ref_target(self._git, branch):
                return name, ()
            composer = RevertComposer(quarantine, pull, release, by)
            if reland:
                tip = composer.compose_reland(commit_id(self._git, self._main, self._main))
            else:
                tip = composer.compose_revert_on_main(self._tips(release), self._sides(resolved))
            if not tip:
                return "", ()
            return name, (RefUpdate(branch, "", tip),)

        return self._push(f"cannot push {name} to {self._remote.shown}", plan, wanted)

    def take_landed(
        self,
        pull: PullRequest,
        release: str,
        tag: str,
        by: str,
        number: int,
        wanted: Callable[[], bool] = still_wanted,
    ) -> PushedRevert | None:
        """Pick the landed revert, PR `number`, into the release branch and tag it, in one atomic push. Idempotent.

        The branch is reverted directly if the pick would not take the whole PR out of it. None if main does not have
        that PR yet.
        """
        branch, tag_ref = (
            f"refs/heads/release/{checked_name(release, 'release')}",
            f"refs/tags/{checked_name(tag, 'tag')}",
        )

        def plan(quarantine: Quarantine) -> tuple[PushedRevert | None, tuple[RefUpdate, ...]]:
            composer, tips = RevertComposer(quarantine, pull, release, by), self._tips(release)
            since = pull_requests(first_parent_commits(self._git, pull.commits[-1], tips.main, files=False))
            landed = next((other.commits for other in since if other.number == number), ())
            if not landed:
                return None, ()
            if tagged := ref_target(self._git, tag_ref):
                return self._tagged(composer.existing(tips, landed), tag, tagged), ()
            revert = composer.compose_picks(tips, landed)
            return revert, (RefUpdate(branch, tips.branch, revert.tip), RefUpdate(tag_ref, "", revert.tip))

        return self._push(f"cannot push the pick of #{number} to {self._remote.shown}", plan, wanted)

    def revert_conflicts(self, pull: PullRequest, release: str) -> tuple[FileConflict, ...]:
        """The files in conflict on the first branch that the PR's revert does not apply to; empty if it applies."""

        def stop(conflicts: Sequence[FileConflict]) -> ResolvedFiles:
            raise UnresolvedConflicts(conflicts)

        self.fetch()
        try:
            with open_quarantine(self._git) as quarantine:
                Resolution(RevertComposer(quarantine, pull, release, ""), stop).commit(self._tips(release))
        except UnresolvedConflicts as stopped:
            return stopped.conflicts
        return ()

    def resolve_revert(self, pull: PullRequest, release: str, by: str, edit: ResolveConflicts) -> str:
        """Resolve the revert's conflicts with `edit` and push the result to a branch of its own: its commit.

        `revert` takes that commit. The mirror is not locked meanwhile. Raises `Failed`.
        """
        self.fetch()
        with open_quarantine(self._git) as quarantine:
            commit = Resolution(RevertComposer(quarantine, pull, release, by), edit).commit(self._tips(release))
            ref = resolution_ref(pull, release)
            with self._remote.locked():
                self._remote.fetch()
                if error := self._remote.push((RefUpdate(ref, ref_target(self._git, ref), commit),), quarantine):
                    raise self._git.failed(f"cannot push the resolution of the revert of {pull.name}", error)
        return commit

    def export(self, commit: str, folder: Path) -> None:
        """Write the commit's files, with their modes and links, into the empty `folder`."""
        try:
            tree = self.resolve(commit)
        except Failed:
            # Another mirror may have pushed it.
            self.fetch()
            tree = self.resolve(commit)
        # `git archive` would leave out paths that .gitattributes marks export-ignore.
        with tempfile.TemporaryDirectory(prefix="cockpit-index-") as scratch:
            index = {"GIT_INDEX_FILE": f"{scratch}/index"}
            self._git.local("read-tree", tree, env=index)
            self._git.local("checkout-index", "--all", "--quiet", env=index, worktree=folder.absolute())

    def _tips(self, release: str) -> Tips:
        branch = f"refs/heads/release/{checked_name(release, 'release')}"
        return Tips(commit_id(self._git, self._main, self._main), commit_id(self._git, branch, self._main))

    def _sides(self, resolved: str) -> tuple[TreeChange, TreeChange] | None:
        return resolved_sides(self._git, commit_id(self._git, resolved, self._main)) if resolved else None

    def _tagged(self, existing: PushedRevert | None, tag: str, target: str) -> PushedRevert:
        """The revert that was pushed before, if the tag contains it. Raises `Failed` otherwise."""
        if existing and contains(self._git, target, existing.tip):
            return existing
        raise Failed("git", f"the tag {tag} exists already, at {short(target)}", "remove it there and try again")

    def _push(self, action: str, plan: Plan[T], wanted: Callable[[], bool] = still_wanted) -> T:
        """Fetch, plan and push; all of it again if the remote has moved in between.

        Raises `Withdrawn` if it is no longer `wanted` right before the push.
        """
        tried: tuple[RefUpdate, ...] = ()
        error = ""
        with self._remote.locked():
            for _ in range(TRIES):
                self._remote.fetch()
                if tried and all(ref_target(self._git, update.ref) == update.old for update in tried):
                    raise self._git.failed(action, error)
                with open_quarantine(self._git) as quarantine:
                    result, tried = plan(quarantine)
                    if tried and not wanted():
                        raise Withdrawn("git", f"{action}: it was withdrawn, and nothing was pushed")
                    error = self._remote.push(tried, quarantine) if tried else ""
                if not error:
                    return result
        raise Failed("git", f"{action}: others pushed first {TRIES} times", "try again later")
