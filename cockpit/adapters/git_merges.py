"""Three-way merges of trees without a working tree: what `git revert` and `git cherry-pick` do, in a bare mirror.

`git merge-tree --write-tree` finds the merge base by history, and before git 2.40 cannot be told one. A revert's
base is the very commit it takes back, so each of the three trees gets a throwaway commit, both sides with the base
as their parent. A bare repository has no .gitattributes at hand, which may say that a file is merged by union or
not at all: they are laid out in a temporary folder, alone, for the time of the merge.
"""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cockpit.adapters.git_calls import GitCalls
from cockpit.adapters.git_objects import Quarantine
from cockpit.deploy.text import clean, short
from cockpit.ports import Failed

EMPTY_TREE = {
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
"""The tree of no files, which git knows without storing it, by the length of an id."""
_ATTRIBUTES = re.compile(rb"(?<![^\0])100[0-7]{3} blob ([0-9a-f]+)\t((?:[^\0]*/)?\.gitattributes)\0")


@dataclass(frozen=True)
class Merged:
    """A tree that came out of a merge, and where it did not come out."""

    tree: str
    conflicts: tuple[str, ...] = ()
    """Paths, as git has them: clean them before a person reads them."""


@dataclass(frozen=True)
class Change:
    """What a commit did: the trees before and after it."""

    before: str
    after: str

    @property
    def undone(self) -> "Change":
        """The change that takes it back."""
        return Change(self.after, self.before)


def tree_of(git: GitCalls, commit: str) -> str:
    """The id of a commit's tree, or of the tree that is named itself."""
    (tree,) = _looked_up(git, f"{commit}^{{tree}}")
    if not tree:
        raise Failed("git", f"{git.shown} has no commit {clean(commit)}", "check its spelling, or push it")
    return tree


def change_of(git: GitCalls, commit: str, mainline: int = 0) -> Change:
    """What `commit` did to its parent number `mainline`, 0 meaning the first; a first commit to the empty tree.

    Raises `Failed` where there is no such commit or parent.
    """
    parent = mainline or 1
    found = _looked_up(git, f"{commit}^{{commit}}", f"{commit}^{{tree}}", f"{commit}^{parent}^{{tree}}", f"{commit}^1")
    known, after, before, first = found
    if not known:
        raise Failed("git", f"{git.shown} has no commit {clean(commit)}", "check its spelling, or push it")
    if not before and (first or parent > 1):
        raise Failed("git", f"{short(known)} has no parent number {parent}", "name another with --mainline")
    return Change(before or EMPTY_TREE[len(after)], after)


def merge(room: Quarantine, ours: str, change: Change) -> Merged:
    """The tree `ours` with the change on top."""
    if ours == change.before:
        return Merged(change.after)
    root = room.side(change.before)
    sides = (room.side(ours, root), room.side(change.after, root))
    with tempfile.TemporaryDirectory(prefix="cockpit-merge-") as folder:
        laid_out = _lay_out_attributes(room.git, ours, Path(folder))
        code, out = room.git.local(
            *("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", *sides),
            also=(1,),
            worktree=Path(folder) if laid_out else None,
        )
    tree, *paths = (field for field in out.decode("utf-8", "replace").split("\0") if field)
    return Merged(tree, tuple(dict.fromkeys(paths)) if code else ())


def _looked_up(git: GitCalls, *names: str) -> tuple[str, ...]:
    """The id that each name in git's own spelling has, on one call; empty where there is none."""
    if any(not name.isprintable() for name in names):
        return tuple("" for _ in names)
    asked = "".join(f"{name}\n" for name in names).encode("utf-8", "replace")
    answers = git.local("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=asked)[1].split(b"\n")
    known = (answer.decode("utf-8", "replace").rpartition(" ") for answer in answers)
    kinds = ("commit", "tree", "tag", "blob")
    return tuple(name if kind in kinds else "" for name, _, kind in known)[: len(names)]


def _lay_out_attributes(git: GitCalls, tree: str, folder: Path) -> bool:
    """Write every .gitattributes of the tree to its place in `folder`; False where there is none."""
    found = _ATTRIBUTES.findall(git.local("ls-tree", "-r", "-z", "--full-tree", tree)[1])
    if not found:
        return False
    asked = b"".join(b"%s\n" % blob for blob, _ in found)
    told = git.local("cat-file", "--batch", stdin=asked)[1]
    for _, raw in found:
        header, _, told = told.partition(b"\n")
        size = int(header.split()[2])
        text, told = told[:size], told[size + 1 :]
        path = PurePosixPath(raw.decode("utf-8", "surrogateescape"))
        if ".." not in path.parts and not path.is_absolute():
            (folder / path.parent).mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(text)
    return True
