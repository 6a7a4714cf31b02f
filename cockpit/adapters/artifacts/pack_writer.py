"""Reads a folder as a manifest and packs its files, so that the same content has the same id on every machine.

Times, owners and the builder's umask are left out; of the modes only the executable bit counts.
"""

import hashlib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from backports import zstd

from cockpit.deploy.builds.manifest import Manifest, ManifestEntry, Mode, stays_inside, unprintable
from cockpit.deploy.text import clean
from cockpit.ports import Failed

FULL_LEVEL = 10
"""zstd level of a full pack, which one host in a hundred pulls: level 19 saves 8 % and takes ten times as long."""
SMALL_LEVEL = 17
"""zstd level of manifests and deltas, which are small and which every host pulls."""
CHUNK = 1 << 20


def scan(folder: Path) -> Manifest:
    """The manifest of `folder`, with paths relative to it.

    Includes symbolic links that stay inside, and no sockets, pipes or devices. Raises `OSError`, and `Failed` for a
    name that hosts refuse: one with control characters or not in UTF-8.
    """
    root = folder.resolve()
    entries = [entry for path in sorted(_below(root)) if (entry := _entry(root, path))]
    links = {entry.path: entry.link for entry in entries if entry.mode is Mode.SYMLINK}
    return Manifest(tuple(entry for entry in entries if entry.path not in links or stays_inside(entry.path, links)))


def write_pack(folder: Path, entries: Iterable[ManifestEntry], into: Path, level: int) -> None:
    """Write the contents of these files in `folder`, one after the other, to the new file `into`."""
    with into.open("xb") as raw, zstd.ZstdFile(raw, "wb", level=level) as packed:
        for entry in entries:
            with (folder / entry.path).open("rb") as content:
                while chunk := content.read(CHUNK):
                    packed.write(chunk)


def _below(root: Path) -> list[str]:
    """Every path under `root`, relative to it. Does not follow links to folders."""
    paths = []
    for parent, folders, names in os.walk(root, onerror=_raise):
        paths += [os.path.relpath(os.path.join(parent, name), root) for name in (*folders, *names)]
    return paths


def _entry(root: Path, path: str) -> ManifestEntry | None:
    if unprintable(path):
        raise Failed("build", f"the name of {clean(path)!r} has control characters or is not UTF-8", "rename the file")
    full = root / path
    status = full.lstat()
    if stat.S_ISLNK(status.st_mode):
        return ManifestEntry(path, Mode.SYMLINK, link=os.readlink(full))
    if stat.S_ISDIR(status.st_mode):
        return ManifestEntry(path, Mode.FOLDER)
    if not stat.S_ISREG(status.st_mode):
        return None
    with full.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        size = content.tell()
    return ManifestEntry(path, Mode.EXECUTABLE if status.st_mode & 0o111 else Mode.FILE, size, digest)


def _raise(error: OSError) -> None:
    raise error
