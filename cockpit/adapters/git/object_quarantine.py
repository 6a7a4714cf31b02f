"""A quarantine for new git objects: they stay outside the repository until they are accepted.

Works like git's own quarantine of a push: new objects go to a separate folder, with the repository's objects as its
alternates. A merge that conflicts, a push that is refused or a process that dies leaves no objects behind for `gc`.
"""

import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from cockpit.adapters.git.git_command import GitCalls
from cockpit.ports import Failed

_IDENTITY = "cockpit <cockpit> 0 +0000"
_SHA1 = 40
"""Characters of a SHA-1 id; a repository with SHA-256 has ids of 64."""


class Quarantine:
    """The folder of the new objects. Commands of `git` read them and the repository, and write only there."""

    def __init__(self, git: GitCalls, folder: Path) -> None:
        self._folder = folder
        self._repository = git.objects
        self._throwaway: set[str] = set()
        self.attributes: dict[str, tuple[tuple[PurePosixPath, bytes], ...]] = {}
        """A cache of the .gitattributes by tree, because many changes merge into the same tree."""
        quoted = str(self._repository).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        self.git = git.within({"GIT_OBJECT_DIRECTORY": str(folder), "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{quoted}"'})

    def throwaway_commit(self, tree: str, *parents: str) -> str:
        """The id of a commit of `tree` that is never accepted; written without running git."""
        links = "".join(f"parent {parent}\n" for parent in parents)
        body = f"tree {tree}\n{links}author {_IDENTITY}\ncommitter {_IDENTITY}\n\nside\n".encode()
        stored = b"commit %d\0%s" % (len(body), body)
        name = (
            hashlib.sha1(stored, usedforsecurity=False) if len(tree) == _SHA1 else hashlib.sha256(stored)
        ).hexdigest()
        path = self._folder / name[:2] / name[2:]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(zlib.compress(stored, 1))
        self._throwaway.add(name)
        return name

    def accept(self) -> None:
        """Move the new objects into the repository. Raises `Failed` if it cannot be written."""
        try:
            for new in self._folder.glob("[0-9a-f][0-9a-f]/*"):
                if new.parent.name + new.name not in self._throwaway:
                    _move(new, self._repository / new.parent.name / new.name)
            # A large push may have been packed. The pack is complete before its index makes it visible.
            for suffix in (".pack", ".idx"):
                for new in self._folder.glob(f"pack/*{suffix}"):
                    _move(new, self._repository / "pack" / new.name)
        except OSError as error:
            reason = f"cannot write in {self._repository}: {error.strerror}"
            raise Failed("git", reason, "free disk space, or give this account write access") from error


@contextmanager
def open_quarantine(git: GitCalls) -> Iterator[Quarantine]:
    """A quarantine that removes objects that were not accepted at its end."""
    with tempfile.TemporaryDirectory(prefix="cockpit-objects-") as folder:
        yield Quarantine(git, Path(folder))


def _move(new: Path, target: Path) -> None:
    """Move the file atomically, even from another file system."""
    if target.exists():
        return
    target.parent.mkdir(exist_ok=True)
    scratch = target.parent / f"tmp_obj_{os.getpid()}_{target.name[:8]}"
    try:
        scratch.write_bytes(new.read_bytes())
        scratch.chmod(0o444)
        scratch.rename(target)
    except OSError:
        with suppress(OSError):
            scratch.unlink()
        raise
