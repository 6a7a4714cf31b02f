"""A read-only view of any git repository on this machine; reverts and picks can be tried without changing a ref.

The repository may be bare, have a working tree, be a linked worktree, or be cockpit's mirror. Commits are named in
git's syntax (`HEAD~3`, `origin/main`) and passed to git only on stdin or after `--end-of-options`.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from cockpit.adapters.git import blame, diffs, revert_trial
from cockpit.adapters.git.branch_revert import apply_changes
from cockpit.adapters.git.git_command import GitCalls, check_version, without_password
from cockpit.adapters.git.history import contains, every_commit, first_parent_commits
from cockpit.adapters.git.object_quarantine import open_quarantine
from cockpit.adapters.git.patch_ids import missing_from_main, patch_id_between, patch_ids
from cockpit.adapters.git.reverts import Tips
from cockpit.adapters.git.tree_merge import TreeChange, look_up
from cockpit.deploy.pulls.diff import PullDiff
from cockpit.deploy.pulls.pull_request import Commit, PullRequest, pull_requests
from cockpit.deploy.suspects.source_paths import Edit
from cockpit.deploy.text import clean
from cockpit.ports import Failed, RevertTrial, Trial


def git_folder(place: Path) -> Path:
    """The git directory of a repository or working tree. Raises `Failed` if `place` is neither."""
    git_dir = place / ".git"
    try:
        if git_dir.is_file():  # a linked worktree or a submodule
            pointer = git_dir.read_text(encoding="utf-8", errors="surrogateescape")
            git_dir = place / pointer.removeprefix("gitdir:").strip()
        folder = git_dir if git_dir.is_dir() else place
        if (folder / "HEAD").exists() and ((folder / "objects").is_dir() or (folder / "commondir").exists()):
            return folder.absolute()
    except OSError as error:
        raise Failed("git", f"cannot read {clean(str(place))}: {error.strerror}") from error
    raise Failed("git", f"{clean(str(place))} is not a git repository", "name the folder of one, bare or not")


def origin_of(place: Path) -> tuple[str, str]:
    """(url, main branch) of the remote that the repository in `place` was cloned from; empty if there is none.

    The url has no password, because it is written to a file that people commit.
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
    """`ports.History` on a git directory."""

    def __init__(self, git: GitCalls) -> None:
        self._git = git
        self._ids: set[str] = set()
        """Commit ids that were resolved before."""

    @classmethod
    def at(cls, place: Path) -> "GitHistory":
        """The history of the repository in `place`. Raises `Failed` if there is none."""
        git = GitCalls(git_folder(place), str(place), 0.0)
        check_version(git.text("version"))
        return cls(git)

    def resolve(self, ref: str) -> str:
        """The commit id that `ref` names."""
        if ref in self._ids:
            return ref
        if ref.isprintable() and ref:
            argv = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
            code, out = self._git.local(*argv, also=(1, 128))
            if code == 0:
                self._ids.add(sha := out.decode().strip())
                return sha
        raise Failed("git", f"{self._git.shown} has no branch, tag or commit {clean(ref)}", "check the spelling")

    def pulls(self, base: str, head: str, files: bool = True) -> tuple[PullRequest, ...]:
        """The PRs in `head` that are not in `base`, oldest first; an empty base means the whole history."""
        return pull_requests(first_parent_commits(self._git, *self._span(base, head), files))

    def edits(self, base: str, head: str) -> Mapping[str, tuple[Edit, ...]]:
        """The changes to each file by the first-parent commits in `head` that are not in `base`: {id: edits}."""
        return blame.edits(self._git, *self._span(base, head))

    def change(self, pull: PullRequest) -> PullDiff:
        """The PR's diff, limited in size, for people to read."""
        return diffs.change(self._git, [self.resolve(commit) for commit in pull.commits])

    def files(self, ref: str) -> tuple[str, ...]:
        """Every path of the tree."""
        return blame.paths_at(self._git, self.resolve(ref))

    def blame(self, base: str, head: str, path: str, spans: Sequence[tuple[int, int]]) -> Mapping[int, str]:
        """The commit of the range that last changed each line of `path` at `head`: {line number: id}."""
        return blame.blame_lines(self._git, *self._span(base, head), path, spans)

    def mentions(
        self, base: str, head: str, symbols: Sequence[str], skip: Sequence[str] = ()
    ) -> Mapping[str, frozenset[str]]:
        """Which of `symbols` occur in the lines that each commit of the range changed: {id: symbols}."""
        return blame.mentions(self._git, *self._span(base, head), symbols, skip)

    def try_revert(self, commits: Sequence[str], onto: str, mainline: int = 0) -> Trial:
        """Revert the commits on `onto`, one after the other."""
        tree, changes = look_up(self._git, onto, commits, mainline)
        return self._try([change.reverted for change in changes], tree)

    def try_pick(self, commits: Sequence[str], onto: str, mainline: int = 0) -> Trial:
        """Cherry-pick the commits onto `onto`, one after the other."""
        tree, changes = look_up(self._git, onto, commits, mainline)
        return self._try(changes, tree)

    def try_hotfix(self, pulls: Sequence[PullRequest], main: str, branch: str) -> RevertTrial:
        """Revert the PRs, given oldest first, on `main` and on the release branch; check what is left of one."""
        tips = Tips(self.resolve(main), self.resolve(branch))
        if len(pulls) == 1:
            return revert_trial.try_pull(self._git, pulls[0], tips)
        return revert_trial.try_pulls(self._git, pulls, tips)

    def commits(self, base: str, head: str, most: int) -> tuple[Commit, ...]:
        """The newest `most` commits in `head` that are not in `base`, merged ones included, children first."""
        return every_commit(self._git, *self._span(base, head), most)

    def contains(self, head: str, commit: str) -> bool:
        """Whether the id `commit` is in the history of `head`; False for an unknown commit."""
        return contains(self._git, self.resolve(head), commit)

    def patch_ids(self, commits: Sequence[str], undone: bool = False) -> Mapping[str, str]:
        """The patch id of each commit, or of its revert if `undone`: {commit id: patch id}."""
        return patch_ids(self._git, commits, undone)

    def patch_id_between(self, before: str, after: str) -> str:
        """The patch id of the difference between two commits; empty if there is none."""
        return patch_id_between(self._git, *self._span(before, after))

    def missing_from_main(self, main: str, branch: str) -> tuple[Commit, ...]:
        """Commits of `branch` whose change is not in `main`, newest first."""
        return missing_from_main(self._git, *self._span(main, branch))

    def _span(self, base: str, head: str) -> tuple[str, str]:
        return base and self.resolve(base), self.resolve(head)

    def _try(self, changes: Sequence[TreeChange], tree: str) -> Trial:
        with open_quarantine(self._git) as quarantine:
            series = apply_changes(quarantine, tree, changes)
            if not series.conflicts:
                with suppress(Failed):  # the result is valid even if the repository is read-only
                    quarantine.accept()
        return Trial("" if series.conflicts else series.tree, series.conflicts)
