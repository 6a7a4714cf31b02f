"""Writes that survive a power cut, in order.

If a flip reached the disk before the content, the hot build's files would be empty after a power cut. So the order is
content, slot metadata, flip; each with an fsync of the file and of its folder.
"""

import ctypes
import errno
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
MAX_FSYNCS = 64
"""Up to this many files, an fsync for each is cheaper than one syncfs, which waits for all writes of the disk."""


def write_file(path: Path, content: bytes) -> None:
    """Replace the file atomically: a reader sees all of the old content or all of the new."""
    fresh = path.with_name(f".{path.name}.new")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    with os.fdopen(fd, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(fd)
    os.replace(fresh, path)
    sync_folder(path.parent)


def remove_file(path: Path) -> None:
    """Remove the file, if it exists, durably."""
    if path.exists():
        os.unlink(path)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    _sync(folder, os.O_DIRECTORY)


def sync_changed(root: Path, files: Sequence[str], folders: Iterable[str]) -> None:
    """Make these files, and the names in these folders, durable. All are under `root`."""
    if len(files) > MAX_FSYNCS and _sync_filesystem(root):
        return
    for path in files:
        _sync(path, os.O_NOFOLLOW)
    for path in sorted(folders, reverse=True):
        if os.path.isdir(path):
            _sync(path, os.O_DIRECTORY)


def _sync(path: str | Path, flags: int) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | flags)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _sync_filesystem(root: Path) -> bool:
    """Call syncfs(2), which Python lacks; False if the system has none or it fails."""
    try:
        syncfs = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        return False
    fd = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return bool(syncfs(fd) == 0)
    finally:
        os.close(fd)
