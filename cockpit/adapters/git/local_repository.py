"""Any repository on this machine, read and tried out on: nothing in it changes, but that it may get new objects.

It may be bare or have a working tree, be a linked worktree, or be our own mirror. Names are git's own spelling
(`HEAD~3`, `origin/main`), and reach git on its standard input or behind `--end-of-options` alone.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from cockpit.adapters.git import blame as git_changes
from cockpit.adapters.git import diffs
from cockpit.adapters.git.git_command import GitCalls, check_version, without_password
from cockpit.adapters.git.history import contains, every_commit, first_parent_line
from cockpit.adapters.git.object_quarantine import Quarantine, quarantine
from cockpit.adapters.git.patch_ids import patch_id_between, patch_ids, missing_from_main
from cockpit.adapters.git.tree_merge import TreeChange, look_up, merge, tree_of
from cockpit.deploy.pulls.diff import PullDiff
from cockpit.deploy.pulls.pull_request import Commit, PullRequest, pull_requests
from cockpit.deploy.suspects.source_paths import Edit
from cockpit.deploy.text import clean
from cockpit.ports import Failed, Trial


def git_folder(place: Path) -> Path:
    """The git directory of a repository or working tree. Raises `Failed` where `place` is neither."""
    dot = place / ".git"
    try:
        if dot.is_file():  # a linked worktree or a submodule
            words = dot.read_text(encoding="utf-8", errors="surrogateescape")
            dot = place / words.removeprefix("gitdir:").strip()
        found = dot if dot.is_dir() else place
        if (found / "HEAD").exists() and ((found / "objects").is_dir() or (found / "commondir").exists()):
            return found.absolute()
    except OSError as error:
        raise Failed("git", f"cannot read {clean(str(place))}: {error.strerror}") from error
    raise Failed("git", f"{clean(str(place))} is not a git repository", "name its folder, bare or not")


def origin_of(place: Path) -> tuple[str, str]:
    """(url, main branch) of what the repository in `place` was cloned from; empty where there is no such thing.

    The url comes without a password: it is about to be written into a file that people commit.
    """
    try:
        git = GitCalls(git_folder(place), str(place), 0.0)
        _, url = git.local("config", "--get", "remote.origin.url", also=(1,))
        _, head = git.local("symbolic-ref", "--short", "--quiet", "refs/remotes/origin/HEAD", also=(1, 128))
    except Failed:
        return "", ""
    branch = head.decode(errors="replace").strip().removeprefix("origin/")
    return without_password(clean(url.decode(errors="replace").strip())), clean(branch)


class GitHistory:
    """Implements `ports.History` on a git directory."""

    def __init__(self, git: GitCalls) -> None:
        self._git = git
        self._ids: set[str] = set()
        """Of commits that are known to be there."""

    @classmethod
    def at(cls, place: Path) -> "GitHistory":
        """The history of the repository in `place`. Raises `Failed` where there is none."""
        git = GitCalls(git_folder(place), str(place), 0.0)
        check_version(git.text("version"))
        return cls(git)

    def resolve(self, ref: str) -> str:
        """The id of the commit that `ref` names."""
        if ref in self._ids:
            return ref
        if ref.isprintable() and ref:
            words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
            code, out = self._git.local(*words, also=(1, 128))
            if code == 0:
                self._ids.add(sha := out.decode().strip())
                return sha
        raise Failed("git", f"{self._git.shown} has no branch, tag or commit {clean(ref)}", "check its spelling")

    def pulls(self, base: str, head: str, files: bool = True) -> tuple[PullRequest, ...]:
        """The PRs in `head` that are not in `base`, oldest first; an empty base means all of history."""
        return pull_requests(first_parent_line(self._git, *self._span(base, head), files))

    def edits(self, base: str, head: str) -> Mapping[str, tuple[Edit, ...]]:
        """What each commit of `head`'s first-parent line that is not in `base` did to each file."""
        return git_changes.edits(self._git, *self._span(base, head))

    def change(self, pull: PullRequest) -> PullDiff:
        """What the PR changed, bounded in size; for people to read."""
        return diffs.change(self._git, [self.resolve(commit) for commit in pull.commits])

    def files(self, ref: str) -> tuple[str, ...]:
        """Every path of the tree."""
        return git_changes.paths_at(self._git, self.resolve(ref))

    def blame(self, base: str, head: str, path: str, spans: Sequence[tuple[int, int]]) -> Mapping[int, str]:
        """Which commit of the range wrote each line of `path` at `head` last, within `spans`."""
        return git_changes.blame_lines(self._git, *self._span(base, head), path, spans)

    def mentions(
        self, base: str, head: str, symbols: Sequence[str], skip: Sequence[str] = ()
    ) -> Mapping[str, frozenset[str]]:
        """Which of `symbols` are in the lines that each commit of the range changed, the paths to `skip` apart."""
        return git_changes.mentions(self._git, *self._span(base, head), symbols, skip)

    def try_revert(self, commits: Sequence[str], onto: str, mainline: int = 0) -> Trial:
        """What reverting them one after the other makes of `onto`."""
        tree, changes = look_up(self._git, onto, commits, mainline)
        return self._try([change.undone for change in changes], tree)

    def try_pick(self, commits: Sequence[str], onto: str, mainline: int = 0) -> Trial:
        """What picking them one after the other makes of `onto`."""
        tree, changes = look_up(self._git, onto, commits, mainline)
        return self._try(changes, tree)

    def try_hotfix(self, commits: Sequence[str], main: str, *branches: str) -> tuple[Trial, ...]:
        """What reverting them on `main` makes of it and then, picked, of each branch; it ends at the first conflict."""
        with quarantine(self._git) as room:
            tree, changes = look_up(self._git, main, commits)
            trial, made = _apply(room, tree, [change.undone for change in changes])
            trials = [trial]
            for branch in branches if trial.clean else ():
                trial, _ = _apply(room, tree_of(self._git, branch), made)
                trials.append(trial)
        return tuple(trials)

    def commits(self, base: str, head: str, most: int) -> tuple[Commit, ...]:
        """The newest `most` commits in `head` that are not in `base`, whoever brought them, children first."""
        return every_commit(self._git, *self._span(base, head), most)

    def contains(self, head: str, commit: str) -> bool:
        """Whether `commit`, an id, is in the history of `head`; one that is not there at all is in none."""
        return contains(self._git, self.resolve(head), commit)

    def patch_ids(self, commits: Sequence[str], undone: bool = False) -> Mapping[str, str]:
        """What tells the same change wherever it is made, of each of these commits' ids: {id: patch}."""
        return patch_ids(self._git, commits, undone)

    def patch_id_between(self, before: str, after: str) -> str:
        """The same of all that happened between two commits; empty where that is nothing."""
        return patch_id_between(self._git, *self._span(before, after))

    def missing_from_main(self, main: str, branch: str) -> tuple[Commit, ...]:
        """Commits of `branch` that never reached `main`, in whatever form, newest first."""
        return missing_from_main(self._git, *self._span(main, branch))

    def _span(self, base: str, head: str) -> tuple[str, str]:
        return base and self.resolve(base), self.resolve(head)

    def _try(self, changes: Sequence[TreeChange], tree: str) -> Trial:
        with quarantine(self._git) as room:
            trial, _ = _apply(room, tree, changes)
            if trial.clean:
                with suppress(Failed):  # a repository that cannot be written to gives its answer all the same
                    room.accept()
        return trial


def _apply(room: Quarantine, tree: str, changes: Sequence[TreeChange]) -> tuple[Trial, list[TreeChange]]:
    """What they make of `tree` one after the other, and the changes that this was."""
    made: list[TreeChange] = []
    for change in changes:
        merged = merge(room, tree, change)
        if merged.conflicts:
            return Trial("", merged.conflicts), made
        made.append(TreeChange(tree, merged.tree))
        tree = merged.tree
    return Trial(tree), made
