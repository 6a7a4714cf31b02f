"""Writes that survive a power cut, in the order in which they were made.

A flip that reaches the disk before its content points at a build whose files are all empty. So: content, then slot
metadata, then the flip, each with an fsync of the file and of the folder that names it.
"""

import ctypes
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

FEW = 64
"""Up to so many files an fsync each is cheaper than one syncfs, which waits for everybody else's writes too."""


def write_file(path: Path, content: bytes) -> None:
    """Replace `path` by a file with this content: a reader sees the old one or the new one, whole."""
    fresh = path.with_name(f".{path.name}.new")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    with os.fdopen(fd, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(fd)
    os.replace(fresh, path)
    sync_folder(path.parent)


def remove_file(path: Path) -> None:
    """Make sure that `path` is gone, also after a power cut."""
    if path.exists():
        os.unlink(path)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    _sync(folder, os.O_DIRECTORY)


def sync_changed(root: Path, files: Sequence[str], folders: Iterable[str]) -> None:
    """Make these files and the names in these folders, all under `root`, durable."""
    if len(files) > FEW and _sync_filesystem(root):
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
    """syncfs(2), which Python does not offer; False where the system has none or it failed."""
    try:
        syncfs = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        return False
    fd = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return bool(syncfs(fd) == 0)
    finally:
        os.close(fd)
