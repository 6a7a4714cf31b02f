"""Keeps builds in a folder, one file each: create-only, so that an id always means the same bytes."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from cockpit.deploy.text import clean, short
from cockpit.ports import Failed

_ID = re.compile(r"[0-9a-f]{64}")


class FolderArtifacts:
    """Implements `ports.Artifacts`. The folder is made on first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def publish(self, build: str, packed: Path) -> None:
        """Keep the file under the build's id; one that is there already stays as it is.

        The name appears only once all bytes are on the disk, so no host ever pulls half of a build.
        """
        kept = self._path(build)
        if kept.exists():
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._folder, prefix=".publishing-")
            temporary = Path(name)
            try:
                with os.fdopen(handle, "wb") as target, packed.open("rb") as source:
                    shutil.copyfileobj(source, target, 1 << 20)
                    target.flush()
                    os.fsync(target.fileno())
                temporary.chmod(0o644)
                os.replace(temporary, kept)
            finally:
                temporary.unlink(missing_ok=True)
            _sync(self._folder)
        except OSError as error:
            reason = f"cannot keep build {short(build)} in {self._folder}: {error.strerror}"
            raise Failed("artifacts", reason, "make room there, or let this account write there") from error

    def pull(self, build: str, into: Path) -> int:
        """Copy the packed build to the new file `into`; how many bytes that were. Raises `Failed`, leaving no file."""
        try:
            source = self._path(build).open("rb")
        except OSError as error:
            raise Failed("artifacts", f"build {short(build)} is not in {self._folder}", "build it again") from error
        try:
            with source, into.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
                return target.tell()
        except OSError as error:
            into.unlink(missing_ok=True)
            reason = f"cannot write build {short(build)} to {into}: {error.strerror}"
            raise Failed("artifacts", reason, "make room there, or let this account write there") from error

    def _path(self, build: str) -> Path:
        if not _ID.fullmatch(build):
            raise Failed("artifacts", f"{clean(build)!r} is not the id of a build")
        return self._folder / f"{build}.tar.gz"


def _sync(folder: Path) -> None:
    """A new name survives a power cut only once its folder is on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
