"""The way out of a revert that does not apply: its conflicts as files, and what a person made of them as a commit.

The commit has two parents: the revert on top of main and its pick on top of the release branch. It goes to the remote
under a branch of its own, so that it is lost nowhere and an engine on another machine finds it; the push that takes
the PR out removes that branch again.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

from cockpit.adapters.git.git_command import GitCalls
from cockpit.adapters.git.object_quarantine import Quarantine
from cockpit.adapters.git.reverts import Composer, Tips
from cockpit.adapters.git.tree_merge import TreeChange, change_of, merge, tree_of
from cockpit.deploy.pulls.conflicts import Edit, FileConflict, labelled
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.text import clean, short
from cockpit.ports import Failed


class StoppedRevert(Exception):
    """There are conflicts, and nobody was to resolve them."""

    def __init__(self, clashes: Sequence[FileConflict]) -> None:
        super().__init__()
        self.clashes = tuple(clashes)


@dataclass(frozen=True)
class Resolution:
    """Reverts of one PR on two tips, each conflict given to a person."""

    composer: Composer
    edit: Edit

    def made(self, tips: Tips) -> str:
        """The commit that holds both, its conflicts resolved by `edit`."""
        composer = self.composer
        composer.check_presence(tips)
        room, name, branch = composer.room, composer.pull.name, f"release/{composer.release}"
        undone = [change_of(room.git, commit).undone for commit in reversed(composer.pull.commits)]
        before = tree_of(room.git, tips.main)
        main = self._applied(room, before, undone, "main")
        picked = self._applied(room, tree_of(room.git, tips.branch), [TreeChange(before, main)], branch)
        sides = (composer.commit(main, f"Revert {name}\n", tips.main), composer.commit(picked, "Pick\n", tips.branch))
        return composer.commit(main, f"How the revert of {name} was resolved for {branch}\n", *sides)

    def _applied(self, room: Quarantine, tree: str, changes: Sequence[TreeChange], where: str) -> str:
        for change in changes:
            merged = merge(room, tree, change)
            tree = merged.tree
            if merged.conflicts:
                name = self.composer.pull.name
                tree = _with_files(room.git, tree, self.edit, _clashes(room.git, tree, merged.conflicts, where, name))
        return tree


def resolution_ref(pull: PullRequest, release: str) -> str:
    """The branch that holds how the PR's revert was resolved."""
    return f"refs/heads/resolved/{release}/{short(pull.commits[-1])}"


def resolved_sides(git: GitCalls, commit: str) -> tuple[TreeChange, TreeChange]:
    """What the commit of a resolution does to main and to the release branch. Raises `Failed` where it is none."""
    sides = git.local("rev-list", "--parents", "-n1", "--end-of-options", commit, "--")[1].decode().split()[1:]
    if len(sides) != 2:
        raise Failed("git", f"{short(commit)} is not how a revert was resolved", "resolve it again")
    return change_of(git, sides[0]), change_of(git, sides[1])


def _clashes(git: GitCalls, tree: str, paths: Sequence[str], where: str, name: str) -> tuple[FileConflict, ...]:
    found = []
    for path in paths:
        code, out = git.local("cat-file", "blob", f"{tree}:{path}", also=(128,))
        if code or "\ufffd" in path or path.startswith("/") or ".." in path.split("/"):
            raise Failed("git", f"{clean(path)} is not a file that an editor can resolve", "take it to a revert PR")
        found.append(FileConflict(path, where, labelled(out, where, name)))
    return tuple(found)


def _with_files(git: GitCalls, tree: str, edit: Edit, clashes: Sequence[FileConflict]) -> str:
    """The tree with those files as `edit` left them; modes stay."""
    made = edit(clashes)
    lines = []
    for clash in clashes:
        text = made[clash.path]
        if text is None:
            lines.append(b"0 %s\t%s" % (b"0" * len(tree), clash.path.encode()))
            continue
        blob = git.local("hash-object", "-w", "--no-filters", "--stdin", stdin=text)[1].strip()
        mode = git.local("ls-tree", "-z", "--full-tree", tree, "--", clash.path)[1][:6] or b"100644"
        lines.append(b"%s %s\t%s" % (mode, blob, clash.path.encode()))
    with tempfile.TemporaryDirectory(prefix="cockpit-index-") as scratch:
        index = {"GIT_INDEX_FILE": f"{scratch}/index"}
        git.local("read-tree", tree, env=index)
        git.local("update-index", "-z", "--index-info", stdin=b"".join(line + b"\0" for line in lines), env=index)
        return git.text("write-tree", env=index)
