"""Keeps the parts of builds in a folder: create-only, so that a name always means the same bytes."""

import os
import shutil
import tempfile
from pathlib import Path

from cockpit.deploy.builds.build import build_of
from cockpit.deploy.text import clean, short
from cockpit.ports import Failed, Heard, Kept, unheard


class FolderArtifacts:
    """Implements `ports.Artifacts`. The folder is made on first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def place(self) -> str:
        """The folder."""
        return str(self._folder)

    def publish(self, name: str, content: Path) -> None:
        """Keep the file under that name; one that is there already stays as it is.

        The name appears only once all bytes are on the disk, so no host ever pulls half of a part.
        """
        kept = self._path(name)
        if kept.exists():
            return
        try:
            fresh = not kept.parent.exists()
            kept.parent.mkdir(parents=True, exist_ok=True)
            handle, made = tempfile.mkstemp(dir=self._folder, prefix=".publishing-")
            temporary = Path(made)
            try:
                with os.fdopen(handle, "wb") as target, content.open("rb") as source:
                    shutil.copyfileobj(source, target, 1 << 20)
                    target.flush()
                    os.fsync(target.fileno())
                temporary.chmod(0o644)
                os.replace(temporary, kept)
            finally:
                temporary.unlink(missing_ok=True)
            _sync(kept.parent)
            if fresh:
                _sync(self._folder)
        except OSError as error:
            reason = f"cannot keep {_named(name)} in {self._folder}: {error.strerror}"
            raise Failed("artifacts", reason, "make room there, or let this account write there") from error

    def pull(self, name: str, into: Path, heard: Heard = unheard) -> int:
        """Copy the part to the new file `into`; how many bytes that were. Raises `Failed`, leaving no file."""
        try:
            source = self._path(name).open("rb")
        except OSError as error:
            raise Failed("artifacts", f"{_named(name)} is not in {self._folder}", "build it again") from error
        try:
            with source, into.open("wb") as target:
                whole = os.fstat(source.fileno()).st_size
                while chunk := source.read(1 << 20):
                    target.write(chunk)
                    heard(target.tell(), whole)
                return target.tell()
        except OSError as error:
            into.unlink(missing_ok=True)
            reason = f"cannot write {_named(name)} to {into}: {error.strerror}"
            raise Failed("artifacts", reason, "make room there, or let this account write there") from error

    def kept(self) -> tuple[Kept, ...]:
        """Every part, by name."""
        parts = (path for path in self._folder.glob("*/*") if build_of(f"{path.parent.name}/{path.name}"))
        return tuple(
            sorted(
                (
                    Kept(f"{path.parent.name}/{path.name}", (status := path.stat()).st_size, status.st_mtime)
                    for path in parts
                ),
                key=lambda part: part.name,
            )
        )

    def remove(self, name: str) -> None:
        """Make sure that the part is gone."""
        path = self._path(name)
        try:
            path.unlink(missing_ok=True)
            if path.parent.exists() and not any(path.parent.iterdir()):
                path.parent.rmdir()
        except OSError as error:
            raise Failed("artifacts", f"cannot remove {_named(name)}: {error.strerror}") from error

    def _path(self, name: str) -> Path:
        return self._folder / checked_name(name)


def checked_name(name: str) -> str:
    """The same, once it is the name of a part of a build. Raises `Failed`."""
    if not build_of(name):
        raise Failed("artifacts", f"{clean(name)!r} is no part of a build")
    return name


def _named(name: str) -> str:
    """`full.zst of a1b2c3d4e5`."""
    return f"{name.rpartition('/')[2]} of build {short(name)}"


def _sync(folder: Path) -> None:
    """A new name survives a power cut only once its folder is on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
