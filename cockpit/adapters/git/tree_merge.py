"""Three-way merges of trees without a working tree: what `git revert` and `git cherry-pick` do, in a bare mirror.

`git merge-tree --write-tree` finds the merge base by history, and before git 2.40 cannot be told one. A revert's
base is the very commit it takes back, so each of the three trees gets a throwaway commit, both sides with the base
as their parent. A bare repository has no .gitattributes at hand, which may say that a file is merged by union or
not at all: they are laid out in a temporary folder, alone, for the time of the merge.
"""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cockpit.adapters.git.git_command import GitCalls
from cockpit.adapters.git.object_quarantine import Quarantine
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
class TreeChange:
    """What a commit did: the trees before and after it."""

    before: str
    after: str

    @property
    def undone(self) -> "TreeChange":
        """The change that takes it back."""
        return TreeChange(self.after, self.before)


def tree_of(git: GitCalls, commit: str) -> str:
    """The id of a commit's tree, or of the tree that is named itself. Raises `Failed` where there is none."""
    return look_up(git, commit, ())[0]


def change_of(git: GitCalls, commit: str, mainline: int = 0) -> TreeChange:
    """What one commit did; as `look_up`."""
    return look_up(git, None, (commit,), mainline)[1][0]


def look_up(
    git: GitCalls, onto: str | None, commits: Sequence[str], mainline: int = 0
) -> tuple[str, tuple[TreeChange, ...]]:
    """The tree of `onto`, empty for None, and what each of `commits` did, all in one call.

    A commit changes its parent number `mainline`, 0 meaning the first, and a first commit the empty tree. Raises
    `Failed` where there is no such commit or parent.
    """
    parent = mainline or 1
    endings = ("^{commit}", "^{tree}", f"^{parent}^{{tree}}", "^1")
    asked = [f"{onto or '-'}^{{tree}}", *(f"{commit}{ending}" for commit in commits for ending in endings)]
    found = iter(_found(git, asked))
    tree = next(found)
    if onto is not None and not tree:
        raise _unknown(git, onto)
    changes = []
    for commit in commits:
        known, after, before, first = next(found), next(found), next(found), next(found)
        if not known:
            raise _unknown(git, commit)
        if not before and (first or parent > 1):
            raise Failed("git", f"{short(known)} has no parent number {parent}", "name another with --mainline")
        changes.append(TreeChange(before or EMPTY_TREE[len(after)], after))
    return tree, tuple(changes)


def merge(room: Quarantine, ours: str, change: TreeChange) -> Merged:
    """The tree `ours` with the change on top."""
    if ours == change.before:
        return Merged(change.after)
    root = room.side(change.before)
    sides = (room.side(ours, root), room.side(change.after, root))
    with tempfile.TemporaryDirectory(prefix="cockpit-merge-") as folder:
        laid_out = _lay_out_attributes(room, ours, Path(folder))
        code, out = room.git.local(
            *("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", *sides),
            also=(1,),
            worktree=Path(folder) if laid_out else None,
        )
    tree, *paths = (field for field in out.decode("utf-8", "replace").split("\0") if field)
    return Merged(tree, tuple(dict.fromkeys(paths)) if code else ())


def _found(git: GitCalls, names: Sequence[str]) -> tuple[str, ...]:
    """The id that each name in git's own spelling has, on one call; empty where there is none."""
    # One that cannot stand on a line of its own is none: `-` is never the name of an object.
    asked = "".join(f"{name if name.isprintable() else '-'}\n" for name in names).encode("utf-8", "replace")
    answers = git.local("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=asked)[1].split(b"\n")
    told = (answer.decode("utf-8", "replace").rpartition(" ") for answer in answers[: len(names)])
    return tuple(name if kind in ("commit", "tree") else "" for name, _, kind in told)


def _unknown(git: GitCalls, name: str) -> Failed:
    return Failed("git", f"{git.shown} has no commit {clean(name)}", "check its spelling, or push it")


def _lay_out_attributes(room: Quarantine, tree: str, folder: Path) -> bool:
    """Write every .gitattributes of the tree to its place in `folder`; False where there is none."""
    if tree not in room.attributes:
        room.attributes[tree] = _attributes(room.git, tree)
    for path, text in room.attributes[tree]:
        (folder / path.parent).mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text)
    return bool(room.attributes[tree])


def _attributes(git: GitCalls, tree: str) -> tuple[tuple[PurePosixPath, bytes], ...]:
    """(path, text) of every .gitattributes of the tree."""
    found = _ATTRIBUTES.findall(git.local("ls-tree", "-r", "-z", "--full-tree", tree)[1])
    if not found:
        return ()
    asked = b"".join(b"%s\n" % blob for blob, _ in found)
    told = git.local("cat-file", "--batch", stdin=asked)[1]
    texts = []
    for _, raw in found:
        header, _, told = told.partition(b"\n")
        size = int(header.split()[2])
        path = PurePosixPath(raw.decode("utf-8", "surrogateescape"))
        if ".." not in path.parts and not path.is_absolute():
            texts.append((path, told[:size]))
        told = told[size + 1 :]
    return tuple(texts)
