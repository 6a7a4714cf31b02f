"""Resolves the conflicts of a revert: writes them as files, and keeps a person's resolution as a commit.

The commit has two parents: the revert on main, and that on the release branch. It is pushed to a branch of its own,
so that it is not lost and an engine on another machine finds it. The push of the revert removes that branch.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

from cockpit.adapters.git.git_command import GitCalls
from cockpit.adapters.git.reverts import RevertComposer, Tips
from cockpit.adapters.git.tree_merge import TreeChange, change_of, merge, tree_of
from cockpit.deploy.pulls.conflicts import FileConflict, ResolveConflicts, label_markers
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.text import clean, short
from cockpit.ports import Failed


class UnresolvedConflicts(Exception):
    """The revert has conflicts, and was asked to stop at them."""

    def __init__(self, conflicts: Sequence[FileConflict]) -> None:
        super().__init__()
        self.conflicts = tuple(conflicts)


@dataclass(frozen=True)
class Resolution:
    """Reverts one PR on main and the release branch; `edit` resolves the conflicts."""

    composer: RevertComposer
    edit: ResolveConflicts

    def commit(self, tips: Tips) -> str:
        """The commit that holds both resolved reverts.

        The release branch gets the resolution on main if that takes the PR out of it. If it is reverted differently
        there, its own conflicts are resolved.
        """
        composer, git = self.composer, self.composer.git
        composer.check_presence(tips)
        name, branch = composer.pull.name, composer.branch
        before, tree = tree_of(git, tips.main), tree_of(git, tips.branch)
        reverts = tuple(change_of(git, commit).reverted for commit in reversed(composer.pull.commits))
        trees = composer.trees(tips)
        main, on_branch = trees.main.tree, trees.branch
        if trees.main.conflicts:
            main = self._resolved(before, reverts, "main")
            on_main = (TreeChange(before, main),) if main != before else ()
            on_branch = composer.revert_on_branch(tips, on_main)
        conflicts = on_branch.series.conflicts
        picked = self._resolved(tree, reverts, branch) if conflicts else on_branch.series.tree
        write = composer.writer.write
        sides = (write(main, f"Revert {name}\n", tips.main), write(picked, "Pick\n", tips.branch))
        return write(main, f"Resolve the revert of {name} for {branch}\n", *sides)

    def _resolved(self, tree: str, changes: Sequence[TreeChange], branch: str) -> str:
        """The tree with the changes applied and their conflicts resolved."""
        git, name = self.composer.git, self.composer.pull.name
        for change in changes:
            merged = merge(self.composer.quarantine, tree, change)
            tree = merged.tree
            if merged.conflicts:
                tree = _with_files(git, tree, self.edit, _conflicts(git, tree, merged.conflicts, branch, name))
        return tree


def resolution_ref(pull: PullRequest, release: str) -> str:
    """The branch of the resolution of the PR's revert."""
    return f"refs/heads/resolved/{release}/{short(pull.commits[-1])}"


def resolved_sides(git: GitCalls, commit: str) -> tuple[TreeChange, TreeChange]:
    """The changes to main and to the release branch in a resolution. Raises `Failed` for any other commit."""
    sides = git.local("rev-list", "--parents", "-n1", "--end-of-options", commit, "--")[1].decode().split()[1:]
    if len(sides) != 2:
        raise Failed("git", f"{short(commit)} is not the resolution of a revert", "resolve the conflicts again")
    return change_of(git, sides[0]), change_of(git, sides[1])


def _conflicts(git: GitCalls, tree: str, paths: Sequence[str], branch: str, name: str) -> tuple[FileConflict, ...]:
    conflicts = []
    for path in paths:
        code, out = git.local("cat-file", "blob", f"{tree}:{path}", also=(128,))
        if code or "\ufffd" in path or path.startswith("/") or ".." in path.split("/"):
            raise Failed("git", f"an editor cannot resolve {clean(path)}", "revert the PR by hand, in a PR of its own")
        conflicts.append(FileConflict(path, branch, label_markers(out, branch, name)))
    return tuple(conflicts)


def _with_files(git: GitCalls, tree: str, edit: ResolveConflicts, conflicts: Sequence[FileConflict]) -> str:
    """The tree with the files as `edit` resolved them; file modes stay."""
    resolved = edit(conflicts)
    lines = []
    for conflict in conflicts:
        text = resolved[conflict.path]
        if text is None:
            lines.append(b"0 %s\t%s" % (b"0" * len(tree), conflict.path.encode()))
            continue
        blob = git.local("hash-object", "-w", "--no-filters", "--stdin", stdin=text)[1].strip()
        mode = git.local("ls-tree", "-z", "--full-tree", tree, "--", conflict.path)[1][:6] or b"100644"
        lines.append(b"%s %s\t%s" % (mode, blob, conflict.path.encode()))
    with tempfile.TemporaryDirectory(prefix="cockpit-index-") as scratch:
        index = {"GIT_INDEX_FILE": f"{scratch}/index"}
        git.local("read-tree", tree, env=index)
        git.local("update-index", "-z", "--index-info", stdin=b"".join(line + b"\0" for line in lines), env=index)
        return git.text("write-tree", env=index)
