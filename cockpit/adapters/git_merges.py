"""Three-way merges of trees without a working tree: what `git revert` and `git cherry-pick` do, in a bare mirror.

`git merge-tree --write-tree` finds the merge base by history, and before git 2.40 cannot be told one. A revert's
base is the very commit it takes back, so each of the three trees gets a throwaway commit, both sides with the base
as their parent. A bare repository has no .gitattributes at hand, which may say that a file is merged by union or
not at all: they are laid out in a temporary folder, alone, for the time of the merge.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cockpit.adapters.git_calls import GitCalls
from cockpit.deploy.text import clean

_THROWAWAY: Mapping[str, str] = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "cockpit"), ("EMAIL", "cockpit"), ("DATE", "@0 +0000"))
}


@dataclass(frozen=True)
class Merged:
    """A tree that came out of a merge, and where it did not come out."""

    tree: str
    conflicts: tuple[str, ...] = ()


def tree_of(git: GitCalls, commit: str) -> str:
    """The id of a commit's tree."""
    return git.text("rev-parse", "--verify", "--end-of-options", f"{commit}^{{tree}}")


def parent_tree(git: GitCalls, commit: str) -> str:
    """The id of the tree of a commit's first parent; of the empty tree for a first commit."""
    code, out = git.local("rev-parse", "--verify", "--quiet", f"{commit}^1^{{tree}}", also=(1, 128))
    return out.decode().strip() if code == 0 else git.text("mktree")


def merge(git: GitCalls, base: str, ours: str, theirs: str) -> Merged:
    """`ours` with the change from `base` to `theirs`; all are ids of trees."""
    root = _commit(git, base)
    sides = (_commit(git, ours, root), _commit(git, theirs, root))
    with tempfile.TemporaryDirectory(prefix="cockpit-merge-") as folder:
        laid_out = _lay_out_attributes(git, ours, Path(folder))
        code, out = git.local(
            *("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", *sides),
            also=(1,),
            worktree=Path(folder) if laid_out else None,
        )
    tree, *paths = (field for field in out.decode("utf-8", "replace").split("\0") if field)
    return Merged(tree, tuple(dict.fromkeys(clean(path) for path in paths)) if code else ())


def _commit(git: GitCalls, tree: str, *parents: str) -> str:
    links = (word for parent in parents for word in ("-p", parent))
    return git.text("commit-tree", tree, *links, "-m", "side", env=_THROWAWAY)


def _lay_out_attributes(git: GitCalls, tree: str, folder: Path) -> bool:
    """Write every .gitattributes of the tree to its place in `folder`; False where there is none."""
    _, out = git.local("ls-tree", "-r", "-z", "--full-tree", tree)
    found = False
    for entry in out.split(b"\0"):
        if not (entry.endswith(b".gitattributes") and entry.startswith(b"100")):
            continue
        stat, _, raw = entry.partition(b"\t")
        path = PurePosixPath(raw.decode("utf-8", "surrogateescape"))
        if path.name == ".gitattributes" and ".." not in path.parts and not path.is_absolute():
            (folder / path.parent).mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(git.local("cat-file", "blob", stat.split()[2].decode())[1])
            found = True
    return found
