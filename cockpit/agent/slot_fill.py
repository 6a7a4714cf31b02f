"""Makes a folder agree with a manifest, by what is there already, what lies near and what came over.

What is there counts by its content alone, hashed anew: whoever wrote it may have been killed at any point. A file that
differs is never written to but removed and made anew, so that a process that still has the old one open keeps it.
Paths come from the verified manifest, files are opened with O_EXCL and O_NOFOLLOW, and symlinks are made last.
"""

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cockpit.agent.pack_reader import CHUNK, unpacked
from cockpit.deploy.builds.manifest import Manifest, ManifestEntry, Mode, parents
from cockpit.deploy.text import clean
from cockpit.ports import Failed

PERMISSIONS = {Mode.FILE: 0o644, Mode.EXECUTABLE: 0o755}
FOLDER = 0o755


class FillCancelled(Exception):
    """The work was given up by whoever asked for it."""


class MissingContents(Exception):
    """Some content is neither near nor in the pack."""


@dataclass(frozen=True)
class Pack:
    """What came over: a file, and whose contents are in it, in this order."""

    path: Path
    files: tuple[ManifestEntry, ...]


@dataclass
class SlotFill:
    """One folder on its way to agree with a manifest; what it changed is to be made durable."""

    root: Path
    given_up: Callable[[], bool] = lambda: False
    files: list[str] = field(default_factory=list)
    """Files that were written; paths as text throughout, for there are tens of thousands of them."""
    folders: set[str] = field(default_factory=set)
    """Folders in which a name came or went."""

    def receive(self, known: Manifest, manifest: Manifest, near: Mapping[str, str | Path], pack: Pack | None) -> None:
        """Write what came over to a folder that is known to have held another build, looking at nothing else.

        So a pull takes as long as what changed; `fill` is to follow, which looks at all of it. Raises as that does.
        """
        before = known.by_path
        changed = (entry for entry in manifest.entries if before.get(entry.path) != entry)
        missing = [entry for entry in changed if entry.is_file and self._has_room_at(entry.path)]
        self._need(sum(entry.size for entry in missing))
        for entry in missing:
            with suppress(FileNotFoundError):
                os.unlink(self._at(entry.path))
        self._from_pack(self._from_near(missing, near), pack)

    def fill(self, manifest: Manifest, near: Mapping[str, str | Path], pack: Pack | None) -> None:
        """Bring the folder to the manifest; `near` says where else on this disk a content should be.

        Raises `Failed` for a pack that is not what it should be, `Lacking`, `GivenUp` soon after it was, and OSError
        where the disk fails. Whatever is raised, the folder is left half way.
        """
        wanted = {entry.path: entry for entry in manifest.entries}
        made = {entry.path for entry in manifest.entries if entry.mode is Mode.FOLDER}
        made.update(parent for path in wanted for parent in parents(path))
        there = self._tidy(wanted, made)
        missing = [entry for entry in manifest.entries if entry.is_file and entry.path not in there]
        self._need(sum(entry.size for entry in missing))
        for folder in sorted(made - there):
            self._make_folder(folder)
        for digest, entries in self._from_pack(self._from_near(missing, near), pack).items():
            raise MissingContents(f"{digest} of {entries[0].path}")
        for entry in manifest.entries:
            if entry.mode is Mode.SYMLINK and entry.path not in there:
                os.symlink(entry.link, self._at(entry.path))

    def _tidy(self, wanted: Mapping[str, ManifestEntry], folders: set[str]) -> set[str]:
        """Remove what does not belong; the paths that are as they should be."""
        there = set[str]()
        to_see = [""]
        while to_see:
            inside = to_see.pop()
            with os.scandir(self.root / inside) as found:
                for item in found:
                    self._look()
                    path = f"{inside}/{item.name}" if inside else item.name
                    if path in folders and item.is_dir(follow_symlinks=False):
                        os.chmod(item.path, FOLDER)
                        there.add(path)
                        to_see.append(path)
                    elif path in wanted and _agrees(item, wanted[path]):
                        there.add(path)
                    else:
                        self._discard(item)
        return there

    def _discard(self, item: os.DirEntry[str]) -> None:
        self.folders.add(os.path.dirname(item.path))
        if item.is_dir(follow_symlinks=False):
            shutil.rmtree(item.path)
        else:
            os.unlink(item.path)

    def _from_near(
        self, missing: Iterable[ManifestEntry], near: Mapping[str, str | Path]
    ) -> dict[str, list[ManifestEntry]]:
        """Copy what lies near and is what it should be; the rest, by digest."""
        left: dict[str, list[ManifestEntry]] = {}
        for entry in missing:
            self._look()
            if not (entry.sha256 in near and self._copied(near[entry.sha256], entry)):
                left.setdefault(entry.sha256, []).append(entry)
        return left

    def _from_pack(self, left: dict[str, list[ManifestEntry]], pack: Pack | None) -> dict[str, list[ManifestEntry]]:
        """Write what the pack has; the rest, by digest."""
        if not left or pack is None:
            return left
        for packed, chunks in unpacked(pack.path, pack.files):
            self._look()
            entries = left.pop(packed.sha256, None)
            if entries is None:
                for _ in chunks:
                    pass
                continue
            if not self._written(entries[0], chunks):
                reason = f"the content of {clean(entries[0].path)} is not what the manifest says"
                raise Failed("the pack", reason, "build it again, or check what lies between here and the artifacts")
            for twin in entries[1:]:
                if not self._copied(self._at(entries[0].path), twin):
                    raise Failed("the disk", f"does not keep what is written to {self.root}", "mend the disk")
        return left

    def _copied(self, source: str | Path, entry: ManifestEntry) -> bool:
        try:
            fd = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return False
        with os.fdopen(fd, "rb", buffering=0) as content:
            return self._written(entry, iter(lambda: content.read(CHUNK), b""))

    def _written(self, entry: ManifestEntry, chunks: Iterator[bytes]) -> bool:
        """Whether it is there now; False, and nothing is, where the content is another."""
        path, digest = self._at(entry.path), hashlib.sha256()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(path, flags, PERMISSIONS[entry.mode])
        with os.fdopen(fd, "wb", buffering=0) as file:
            for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
            os.fchmod(fd, PERMISSIONS[entry.mode])  # whatever the umask
        if digest.hexdigest() != entry.sha256:
            os.unlink(path)
            return False
        self.files.append(path)
        return True

    def _has_room_at(self, path: str) -> bool:
        """Whether a file could be put there: its folders are folders, and it is none itself."""
        try:
            if not all(stat.S_ISDIR(os.lstat(f"{self.root}/{parent}").st_mode) for parent in parents(path)):
                return False
            return not stat.S_ISDIR(os.lstat(f"{self.root}/{path}").st_mode)
        except FileNotFoundError:
            return all(os.path.exists(f"{self.root}/{parent}") for parent in parents(path))

    def _make_folder(self, path: str) -> None:
        made = self._at(path)
        os.mkdir(made)
        os.chmod(made, FOLDER)
        self.folders.add(made)

    def _need(self, size: int) -> None:
        disk = os.statvfs(self.root)
        free = disk.f_bavail * disk.f_frsize
        if size > free:
            raise Failed("the disk", f"the build needs {size:,} bytes and {free:,} are free", "make room there")

    def _at(self, path: str) -> str:
        """The place of a path in which a name is about to come or go."""
        place = f"{self.root}/{path}"
        self.folders.add(os.path.dirname(place))
        return place

    def _look(self) -> None:
        if self.given_up():
            raise FillCancelled


def contents_in(root: Path, manifest: Manifest) -> set[str]:
    """The digests that files under `root` have where the manifest says so; hashed anew."""
    found = set[str]()
    for entry in manifest.entries:
        if entry.is_file and entry.sha256 not in found:
            path = root / entry.path
            try:
                agrees = stat.S_ISREG(path.lstat().st_mode) and _digest(path) == entry.sha256
            except OSError:
                continue
            if agrees:
                found.add(entry.sha256)
    return found


def _agrees(item: os.DirEntry[str], entry: ManifestEntry) -> bool:
    if entry.mode is Mode.SYMLINK:
        return item.is_symlink() and os.readlink(item.path) == entry.link
    if entry.mode is Mode.FOLDER or not item.is_file(follow_symlinks=False):
        return False
    status = item.stat(follow_symlinks=False)
    as_it_was_made = (status.st_size, status.st_mode & 0o7777, status.st_nlink)
    return as_it_was_made == (entry.size, PERMISSIONS[entry.mode], 1) and _digest(item.path) == entry.sha256


def _digest(path: str | Path) -> str:
    digest = hashlib.sha256()
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        while chunk := os.read(fd, CHUNK):
            digest.update(chunk)
    finally:
        os.close(fd)
    return digest.hexdigest()
