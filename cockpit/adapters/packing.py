"""Packs a folder so that the same content gives the same bytes, whoever built it, when and where.

Times, owners and the umask of the builder are left out; of the modes only "may be executed" counts.
"""

import gzip
import hashlib
import os
import stat
import tarfile
from dataclasses import dataclass
from pathlib import Path

from cockpit.deploy.text import clean
from cockpit.ports import Failed


@dataclass(frozen=True)
class Packed:
    """What came out: the id is the sha256 of the packed file, in hex."""

    id: str
    size: int
    """Bytes."""
    files: int


def pack(folder: Path, into: Path) -> Packed:
    """Write `folder` to the new file `into` as tar.gz, with paths from `folder` on, sorted.

    Symbolic links are kept where they stay inside; sockets, pipes and devices never are. Raises `OSError`, and
    `Failed` for a name that hosts would refuse: one with control characters or not in UTF-8.
    """
    files = 0
    root = folder.resolve()
    with (
        into.open("xb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in sorted(_below(root)):
            entry = _entry(root, path)
            if entry is None:
                continue
            files += not entry.isdir()
            if entry.isreg():
                with (root / path).open("rb") as content:
                    tar.addfile(entry, content)
            else:
                tar.addfile(entry)
    with into.open("rb") as written:
        return Packed(hashlib.file_digest(written, "sha256").hexdigest(), into.stat().st_size, files)


def _below(root: Path) -> list[str]:
    """Every path under `root`, relative to it; links to folders are not entered."""
    found = []
    for here, folders, names in os.walk(root, onerror=_raise):
        found += [os.path.relpath(os.path.join(here, name), root) for name in (*folders, *names)]
    return found


def _entry(root: Path, path: str) -> tarfile.TarInfo | None:
    if any(char < " " or "\x7f" <= char <= "\x9f" or "\ud800" <= char <= "\udfff" for char in path):
        raise Failed("build", f"the name of {clean(path)!r} has control characters or is not UTF-8", "rename that file")
    entry = tarfile.TarInfo(path)
    full = root / path
    status = full.lstat()
    if stat.S_ISLNK(status.st_mode):
        target = os.readlink(full)
        if not _stays_inside(root, path, target):
            return None
        entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, target, 0o777
    elif stat.S_ISDIR(status.st_mode):
        entry.type, entry.mode = tarfile.DIRTYPE, 0o755
    elif stat.S_ISREG(status.st_mode):
        entry.size, entry.mode = status.st_size, 0o755 if status.st_mode & 0o111 else 0o644
    else:
        return None
    return entry


def _stays_inside(root: Path, path: str, target: str) -> bool:
    """Both as written, since the folder will have another name on a host, and as followed through other links."""
    written = os.path.normpath(os.path.join("/", "x", os.path.dirname(path), target))
    followed = Path(os.path.realpath(root / path))
    return not os.path.isabs(target) and (written + "/").startswith("/x/") and followed.is_relative_to(root)


def _raise(error: OSError) -> None:
    raise error
