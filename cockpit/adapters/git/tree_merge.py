"""Three-way merges of trees without a working tree: `git revert` and `git cherry-pick` in a bare mirror.

`git merge-tree --write-tree` finds the merge base in the history; only git 2.40 takes one as an option. The base of a
revert is the commit it reverts, so each of the three trees gets a throwaway commit, and both sides have the base as
their parent.

.gitattributes may set the merge driver of a file. A bare repository does not have them as files, so they are written
to a temporary folder for the merge.
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
    """The result of a merge."""

    tree: str
    conflicts: tuple[str, ...] = ()
    """Paths as git stores them: clean them before they are shown."""


@dataclass(frozen=True)
class TreeChange:
    """The trees before and after a commit."""

    before: str
    after: str

    @property
    def reverted(self) -> "TreeChange":
        """The opposite change."""
        return TreeChange(self.after, self.before)


def tree_of(git: GitCalls, commit: str) -> str:
    """The id of the tree of a commit; a tree names itself. Raises `Failed` if there is none."""
    return look_up(git, commit, ())[0]


def change_of(git: GitCalls, commit: str, mainline: int = 0) -> TreeChange:
    """The change of one commit; see `look_up`."""
    return look_up(git, None, (commit,), mainline)[1][0]


def look_up(
    git: GitCalls, onto: str | None, commits: Sequence[str], mainline: int = 0
) -> tuple[str, tuple[TreeChange, ...]]:
    """The tree of `onto`, or an empty id for None, and the change of each commit, with one call of git.

    The change is against parent number `mainline` (0 is the first), or the empty tree for a root commit. Raises
    `Failed` for an unknown commit or parent.
    """
    parent = mainline or 1
    suffixes = ("^{commit}", "^{tree}", f"^{parent}^{{tree}}", "^1")
    names = [f"{onto or '-'}^{{tree}}", *(f"{commit}{suffix}" for commit in commits for suffix in suffixes)]
    ids = iter(_ids(git, names))
    tree = next(ids)
    if onto is not None and not tree:
        raise _unknown(git, onto)
    changes = []
    for commit in commits:
        sha, after, before, first_parent = next(ids), next(ids), next(ids), next(ids)
        if not sha:
            raise _unknown(git, commit)
        if not before and (first_parent or parent > 1):
            raise Failed("git", f"{short(sha)} has no parent number {parent}", "name another with --mainline")
        changes.append(TreeChange(before or EMPTY_TREE[len(after)], after))
    return tree, tuple(changes)


def merge(quarantine: Quarantine, ours: str, change: TreeChange) -> Merged:
    """Apply the change to the tree `ours`."""
    if ours == change.before:
        return Merged(change.after)
    base = quarantine.throwaway_commit(change.before)
    sides = (quarantine.throwaway_commit(ours, base), quarantine.throwaway_commit(change.after, base))
    with tempfile.TemporaryDirectory(prefix="cockpit-merge-") as folder:
        has_attributes = _write_attributes(quarantine, ours, Path(folder))
        code, out = quarantine.git.local(
            *("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", *sides),
            also=(1,),
            worktree=Path(folder) if has_attributes else None,
        )
    tree, *paths = (field for field in out.decode("utf-8", "replace").split("\0") if field)
    return Merged(tree, tuple(dict.fromkeys(paths)) if code else ())


def _ids(git: GitCalls, names: Sequence[str]) -> tuple[str, ...]:
    """The id of each name in git's syntax, with one call of git; empty for an unknown name."""
    # `-` stands for a name that does not fit on one line: it is never the name of an object.
    lines = "".join(f"{name if name.isprintable() else '-'}\n" for name in names).encode("utf-8", "replace")
    answers = git.local("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=lines)[1].split(b"\n")
    objects = (answer.decode("utf-8", "replace").rpartition(" ") for answer in answers[: len(names)])
    return tuple(name if kind in ("commit", "tree") else "" for name, _, kind in objects)


def _unknown(git: GitCalls, name: str) -> Failed:
    return Failed("git", f"{git.shown} has no commit {clean(name)}", "check the spelling, or push it")


def _write_attributes(quarantine: Quarantine, tree: str, folder: Path) -> bool:
    """Write every .gitattributes of the tree to its path in `folder`; False if there is none."""
    if tree not in quarantine.attributes:
        quarantine.attributes[tree] = _attributes(quarantine.git, tree)
    for path, text in quarantine.attributes[tree]:
        (folder / path.parent).mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text)
    return bool(quarantine.attributes[tree])


def _attributes(git: GitCalls, tree: str) -> tuple[tuple[PurePosixPath, bytes], ...]:
    """(path, text) of every .gitattributes of the tree."""
    files = _ATTRIBUTES.findall(git.local("ls-tree", "-r", "-z", "--full-tree", tree)[1])
    if not files:
        return ()
    blobs = b"".join(b"%s\n" % blob for blob, _ in files)
    rest = git.local("cat-file", "--batch", stdin=blobs)[1]
    texts = []
    for _, raw_path in files:
        header, _, rest = rest.partition(b"\n")
        size = int(header.split()[2])
        path = PurePosixPath(raw_path.decode("utf-8", "surrogateescape"))
        if ".." not in path.parts and not path.is_absolute():
            texts.append((path, rest[:size]))
        rest = rest[size + 1 :]
    return tuple(texts)
