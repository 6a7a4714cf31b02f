"""Makes a folder match a manifest, from its present files, contents elsewhere on the disk, and a pack.

A present file counts only if its hash matches, because its writer may have been killed at any point. A file that
differs is removed and created again, so a process that has the old one open keeps it. Paths come from the verified
manifest, files are opened with O_EXCL and O_NOFOLLOW, and symlinks are created last.
"""

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cockpit.agent.pack_reader import CHUNK, read_files
from cockpit.deploy.builds.manifest import Manifest, ManifestEntry, Mode, parent_folders
from cockpit.deploy.text import clean
from cockpit.ports import Failed

PERMISSIONS = {Mode.FILE: 0o644, Mode.EXECUTABLE: 0o755}
FOLDER = 0o755


class FillCancelled(Exception):
    """The caller cancelled the work."""


class MissingContents(Exception):
    """A content is neither on this disk nor in the pack."""


@dataclass(frozen=True)
class Pack:
    """A pulled pack: its path, and the files whose contents it holds, in this order."""

    path: Path
    files: tuple[ManifestEntry, ...]


@dataclass
class SlotFill:
    """One folder to fill. The caller makes `files` and `folders` durable."""

    root: Path
    cancelled: Callable[[], bool] = lambda: False
    files: list[str] = field(default_factory=list)
    """Paths of the files written; texts, because there are tens of thousands of them."""
    folders: set[str] = field(default_factory=set)
    """Paths of the folders in which a name was added or removed."""
    found_is_durable: bool = True
    """Whether the present files are on the disk; False if an agent was killed before it synced them."""

    def apply_changes(
        self, previous: Manifest, manifest: Manifest, local: Mapping[str, str | Path], pack: Pack | None
    ) -> None:
        """Write the files that differ from the previous build, without reading the others.

        The time depends on the size of the change alone. `fill` must follow, which reads all files. Both raise the same
        errors.
        """
        before = previous.by_path
        changed = (entry for entry in manifest.entries if before.get(entry.path) != entry)
        missing = [entry for entry in changed if entry.is_file and self._can_place(entry.path)]
        self._require_space(sum(entry.size for entry in missing))
        for entry in missing:
            with suppress(FileNotFoundError):
                os.unlink(self._at(entry.path))
        self._write_packed(self._copy_local(missing, local), pack)

    def fill(self, manifest: Manifest, local: Mapping[str, str | Path], pack: Pack | None) -> None:
        """Make the folder match the manifest; `local` is {digest: path of a file on this disk that should have it}.

        Raises `Failed` for an invalid pack, `MissingContents`, `FillCancelled`, and OSError if the disk fails. The
        folder is then incomplete.
        """
        wanted = {entry.path: entry for entry in manifest.entries}
        folders = {entry.path for entry in manifest.entries if entry.mode is Mode.FOLDER}
        folders.update(parent for path in wanted for parent in parent_folders(path))
        matching = self._tidy(wanted, folders)
        if not self.found_is_durable:
            self._sync_found(wanted, matching)
        missing = [entry for entry in manifest.entries if entry.is_file and entry.path not in matching]
        self._require_space(sum(entry.size for entry in missing))
        for folder in sorted(folders - matching):
            self._make_folder(folder)
        for digest, entries in self._write_packed(self._copy_local(missing, local), pack).items():
            raise MissingContents(f"{digest} of {entries[0].path}")
        for entry in manifest.entries:
            if entry.mode is Mode.SYMLINK and entry.path not in matching:
                os.symlink(entry.link, self._at(entry.path))

    def _tidy(self, wanted: Mapping[str, ManifestEntry], folders: set[str]) -> set[str]:
        """Remove what does not belong to the build, and return the paths that match it."""
        matching = set[str]()
        queue = [""]
        while queue:
            parent = queue.pop()
            with os.scandir(self.root / parent) as items:
                for item in items:
                    self._check_cancelled()
                    path = f"{parent}/{item.name}" if parent else item.name
                    if path in folders and item.is_dir(follow_symlinks=False):
                        os.chmod(item.path, FOLDER)
                        matching.add(path)
                        queue.append(path)
                    elif path in wanted and _matches(item, wanted[path]):
                        matching.add(path)
                    else:
                        self._discard(item)
        return matching

    def _sync_found(self, wanted: Mapping[str, ManifestEntry], matching: set[str]) -> None:
        """Let the caller make what was found durable, too: the right bytes may be in memory alone."""
        for path in matching:
            full = f"{self.root}/{path}"
            self.folders.add(os.path.dirname(full))
            if path in wanted and wanted[path].is_file:
                self.files.append(full)

    def _discard(self, item: os.DirEntry[str]) -> None:
        self.folders.add(os.path.dirname(item.path))
        if item.is_dir(follow_symlinks=False):
            shutil.rmtree(item.path)
        else:
            os.unlink(item.path)

    def _copy_local(
        self, missing: Iterable[ManifestEntry], local: Mapping[str, str | Path]
    ) -> dict[str, list[ManifestEntry]]:
        """Copy the contents that this disk has; return the remaining entries, by digest."""
        rest: dict[str, list[ManifestEntry]] = {}
        for entry in missing:
            self._check_cancelled()
            if not (entry.sha256 in local and self._copy(local[entry.sha256], entry)):
                rest.setdefault(entry.sha256, []).append(entry)
        return rest

    def _write_packed(self, rest: dict[str, list[ManifestEntry]], pack: Pack | None) -> dict[str, list[ManifestEntry]]:
        """Write the contents that the pack has; return the remaining entries, by digest."""
        if not rest or pack is None:
            return rest
        for packed, chunks in read_files(pack.path, pack.files):
            self._check_cancelled()
            entries = rest.pop(packed.sha256, None)
            if entries is None:
                for _ in chunks:
                    pass
                continue
            if not self._write(entries[0], chunks):
                reason = f"the content of {clean(entries[0].path)} does not match the manifest"
                raise Failed("the pack", reason, "build it again, or check the connection to the artifacts")
            for twin in entries[1:]:
                if not self._copy(self._at(entries[0].path), twin):
                    raise Failed("the disk", f"does not keep what is written to {self.root}", "repair the disk")
        return rest

    def _copy(self, source: str | Path, entry: ManifestEntry) -> bool:
        try:
            fd = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return False
        with os.fdopen(fd, "rb", buffering=0) as content:
            return self._write(entry, iter(lambda: content.read(CHUNK), b""))

    def _write(self, entry: ManifestEntry, chunks: Iterator[bytes]) -> bool:
        """Write the file and return True; if its content does not match the entry, remove it and return False."""
        path, digest = self._at(entry.path), hashlib.sha256()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(path, flags, PERMISSIONS[entry.mode])
        with os.fdopen(fd, "wb", buffering=0) as file:
            for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
            os.fchmod(fd, PERMISSIONS[entry.mode])  # the umask does not apply
        if digest.hexdigest() != entry.sha256:
            os.unlink(path)
            return False
        self.files.append(path)
        return True

    def _can_place(self, path: str) -> bool:
        """Whether a file can be created at this path: its parents are folders, and it is not a folder itself."""
        try:
            if not all(stat.S_ISDIR(os.lstat(f"{self.root}/{parent}").st_mode) for parent in parent_folders(path)):
                return False
            return not stat.S_ISDIR(os.lstat(f"{self.root}/{path}").st_mode)
        except FileNotFoundError:
            return all(os.path.exists(f"{self.root}/{parent}") for parent in parent_folders(path))

    def _make_folder(self, path: str) -> None:
        folder = self._at(path)
        os.mkdir(folder)
        os.chmod(folder, FOLDER)
        self.folders.add(folder)

    def _require_space(self, size: int) -> None:
        disk = os.statvfs(self.root)
        free = disk.f_bavail * disk.f_frsize
        if size > free:
            raise Failed("the disk", f"the build needs {size:,} bytes and {free:,} are free", "free some space")

    def _at(self, path: str) -> str:
        """Return the full path of a name that is about to be added or removed, and note its folder."""
        full = f"{self.root}/{path}"
        self.folders.add(os.path.dirname(full))
        return full

    def _check_cancelled(self) -> None:
        if self.cancelled():
            raise FillCancelled


def find_contents(root: Path, manifest: Manifest) -> set[str]:
    """Return the digests of the manifest that the files under `root` have at its paths; hashes each file."""
    digests = set[str]()
    for entry in manifest.entries:
        if entry.is_file and entry.sha256 not in digests:
            path = root / entry.path
            try:
                matches = stat.S_ISREG(path.lstat().st_mode) and _digest(path) == entry.sha256
            except OSError:
                continue
            if matches:
                digests.add(entry.sha256)
    return digests


def _matches(item: os.DirEntry[str], entry: ManifestEntry) -> bool:
    if entry.mode is Mode.SYMLINK:
        return item.is_symlink() and os.readlink(item.path) == entry.link
    if entry.mode is Mode.FOLDER or not item.is_file(follow_symlinks=False):
        return False
    status = item.stat(follow_symlinks=False)
    properties = (status.st_size, status.st_mode & 0o7777, status.st_nlink)
    return properties == (entry.size, PERMISSIONS[entry.mode], 1) and _digest(item.path) == entry.sha256


def _digest(path: str | Path) -> str:
    digest = hashlib.sha256()
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        while chunk := os.read(fd, CHUNK):
            digest.update(chunk)
    finally:
        os.close(fd)
    return digest.hexdigest()
