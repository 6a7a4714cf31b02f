"""Keeps the parts of builds in a folder. Only a damaged part is replaced: a name always means the same content."""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from cockpit.deploy.builds.build import build_of
from cockpit.deploy.text import clean, short
from cockpit.ports import Failed, ProgressCallback, StoredPart, ignore_progress


class FolderArtifacts:
    """`ports.Artifacts` in a folder, which is created on first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def place(self) -> str:
        """The folder."""
        return str(self._folder)

    def publish(self, name: str, content: Path) -> None:
        """Keep the file under that name. An existing part is compared: an equal one stays, a damaged one is replaced.

        The name appears only once all bytes are on disk, so a host never pulls half a part.
        """
        part = self._path(name)
        if _is_copy(part, content):
            return
        try:
            new_folder = not part.parent.exists()
            part.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary_name = tempfile.mkstemp(dir=self._folder, prefix=".publishing-")
            temporary = Path(temporary_name)
            try:
                with os.fdopen(handle, "wb") as target, content.open("rb") as source:
                    shutil.copyfileobj(source, target, 1 << 20)
                    target.flush()
                    os.fsync(target.fileno())
                temporary.chmod(0o644)
                os.replace(temporary, part)
            finally:
                temporary.unlink(missing_ok=True)
            _sync(part.parent)
            if new_folder:
                _sync(self._folder)
        except OSError as error:
            reason = f"cannot write {_described(name)} to {self._folder}: {error.strerror}"
            raise Failed("artifacts", reason, "free disk space, or give this account write access") from error

    def pull(self, name: str, into: Path, progress: ProgressCallback = ignore_progress) -> int:
        """Copy the part to the new file `into`; its size in bytes. If it raises `Failed` it leaves no file."""
        try:
            source = self._path(name).open("rb")
        except OSError as error:
            raise Failed("artifacts", f"{_described(name)} is not in {self._folder}", "build it again") from error
        try:
            with source, into.open("wb") as target:
                total = os.fstat(source.fileno()).st_size
                while chunk := source.read(1 << 20):
                    target.write(chunk)
                    progress(target.tell(), total)
                return target.tell()
        except OSError as error:
            into.unlink(missing_ok=True)
            reason = f"cannot write {_described(name)} to {into}: {error.strerror}"
            raise Failed("artifacts", reason, "free disk space, or give this account write access") from error

    def stored_parts(self) -> tuple[StoredPart, ...]:
        """Every part, sorted by name."""
        paths = {f"{path.parent.name}/{path.name}": path for path in self._folder.glob("*/*")}
        stats = {name: path.stat() for name, path in sorted(paths.items()) if build_of(name)}
        return tuple(StoredPart(name, stat.st_size, stat.st_mtime) for name, stat in stats.items())

    def remove(self, name: str) -> None:
        """Remove the part if it exists."""
        path = self._path(name)
        try:
            path.unlink(missing_ok=True)
            if path.parent.exists() and not any(path.parent.iterdir()):
                path.parent.rmdir()
        except OSError as error:
            raise Failed("artifacts", f"cannot remove {_described(name)}: {error.strerror}") from error

    def _path(self, name: str) -> Path:
        return self._folder / checked_name(name)


def equal_content(stored: Iterable[bytes], content: BinaryIO) -> bool:
    """Whether the stored chunks are the bytes of the file, read from its position to its end."""
    return all(content.read(len(chunk)) == chunk for chunk in stored) and not content.read(1)


def _is_copy(part: Path, content: Path) -> bool:
    """Whether the part has the same bytes as the file. A part that cannot be read is no copy."""
    try:
        with part.open("rb") as stored:
            if os.fstat(stored.fileno()).st_size != content.stat().st_size:
                return False
            with content.open("rb") as source:
                return equal_content(iter(lambda: stored.read(1 << 20), b""), source)
    except OSError:
        return False


def checked_name(name: str) -> str:
    """The name, if it names a part of a build. Raises `Failed` otherwise."""
    if not build_of(name):
        raise Failed("artifacts", f"{clean(name)!r} is not the name of a part of a build")
    return name


def _described(name: str) -> str:
    """`full.zst of build a1b2c3d4e5`."""
    return f"{name.rpartition('/')[2]} of build {short(name)}"


def _sync(folder: Path) -> None:
    """Flush the folder: a new name survives a power cut only once its folder is on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
