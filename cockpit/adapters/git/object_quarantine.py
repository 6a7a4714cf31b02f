"""Objects of an attempt, kept apart from the repository until its result is accepted.

As git's own quarantine of a push: new objects go into a folder of their own that reads the repository's beside it.
An attempt that conflicts, is refused or dies leaves nothing behind that a later `gc` would have to find.
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

_SIDE = "cockpit <cockpit> 0 +0000"
_SHA1 = 40
"""Characters of an id in a repository that names objects by SHA-1; by SHA-256 it is 64."""


class Quarantine:
    """Where the new objects of one attempt are; `git` runs with them in sight and writes nothing elsewhere."""

    def __init__(self, git: GitCalls, folder: Path) -> None:
        self._folder = folder
        self._kept = git.objects
        self._throwaway: set[str] = set()
        self.attributes: dict[str, tuple[tuple[PurePosixPath, bytes], ...]] = {}
        """The .gitattributes of trees that were merged into: many an attempt goes onto the same one."""
        beside = str(self._kept).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        self.git = git.within({"GIT_OBJECT_DIRECTORY": str(folder), "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{beside}"'})

    def side(self, tree: str, *parents: str) -> str:
        """The id of a throwaway commit of `tree`: written here without a git, and never accepted."""
        links = "".join(f"parent {parent}\n" for parent in parents)
        body = f"tree {tree}\n{links}author {_SIDE}\ncommitter {_SIDE}\n\nside\n".encode()
        stored = b"commit %d\0%s" % (len(body), body)
        name = (
            hashlib.sha1(stored, usedforsecurity=False) if len(tree) == _SHA1 else hashlib.sha256(stored)
        ).hexdigest()
        place = self._folder / name[:2] / name[2:]
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(zlib.compress(stored, 1))
        self._throwaway.add(name)
        return name

    def accept(self) -> None:
        """Move what was made into the repository. Raises `Failed` where it cannot be written."""
        try:
            for made in self._folder.glob("[0-9a-f][0-9a-f]/*"):
                if made.parent.name + made.name not in self._throwaway:
                    _move(made, self._kept / made.parent.name / made.name)
            # Trees and blobs arrive before anything points at them; a large push may have been packed.
            for suffix in (".pack", ".idx"):
                for made in self._folder.glob(f"pack/*{suffix}"):
                    _move(made, self._kept / "pack" / made.name)
        except OSError as error:
            raise Failed("git", f"cannot write in {self._kept}: {error.strerror}", "make room there") from error


@contextmanager
def quarantine(git: GitCalls) -> Iterator[Quarantine]:
    """A quarantine for one attempt; what was not accepted is gone at its end."""
    with tempfile.TemporaryDirectory(prefix="cockpit-objects-") as folder:
        yield Quarantine(git, Path(folder))


def _move(made: Path, place: Path) -> None:
    """Put the file where the repository looks for it, whole at once, also from another file system."""
    if place.exists():
        return
    place.parent.mkdir(exist_ok=True)
    scratch = place.parent / f"tmp_obj_{os.getpid()}_{place.name[:8]}"
    try:
        scratch.write_bytes(made.read_bytes())
        scratch.chmod(0o444)
        scratch.rename(place)
    except OSError:
        with suppress(OSError):
            scratch.unlink()
        raise
