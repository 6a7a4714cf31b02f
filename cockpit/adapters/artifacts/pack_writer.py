"""Reads a folder as a manifest, and packs contents of it, so that the same content gives the same id anywhere.

Times, owners and the umask of the builder are left out; of the modes only "may be executed" counts.
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

LEVEL = 10
"""Of a full pack, which one of a hundred hosts pulls: level 19 would save 8 % and take ten times as long."""
DELTA_LEVEL = 17
"""Of what is small and pulled by everybody."""
CHUNK = 1 << 20


def scan(folder: Path) -> Manifest:
    """What is in `folder`, with paths from `folder` on.

    Symbolic links are kept where they stay inside; sockets, pipes and devices never are. Raises `OSError`, and
    `Failed` for a name that hosts would refuse: one with control characters or not in UTF-8.
    """
    root = folder.resolve()
    found = [entry for path in sorted(_below(root)) if (entry := _entry(root, path))]
    links = {entry.path: entry.link for entry in found if entry.mode is Mode.SYMLINK}
    return Manifest(tuple(entry for entry in found if entry.path not in links or stays_inside(entry.path, links)))


def write_pack(folder: Path, entries: Iterable[ManifestEntry], into: Path, level: int) -> None:
    """Write the contents of these files of `folder` to the new file `into`, one after the other."""
    with into.open("xb") as raw, zstd.ZstdFile(raw, "wb", level=level) as packed:
        for entry in entries:
            with (folder / entry.path).open("rb") as content:
                while chunk := content.read(CHUNK):
                    packed.write(chunk)


def _below(root: Path) -> list[str]:
    """Every path under `root`, relative to it; links to folders are not entered."""
    found = []
    for here, folders, names in os.walk(root, onerror=_raise):
        found += [os.path.relpath(os.path.join(here, name), root) for name in (*folders, *names)]
    return found


def _entry(root: Path, path: str) -> ManifestEntry | None:
    if unprintable(path):
        raise Failed("build", f"the name of {clean(path)!r} has control characters or is not UTF-8", "rename that file")
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
