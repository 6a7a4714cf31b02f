"""Space kept in the agent's folder, so that a full disk cannot stop a rollback.

A rollback writes a few files of some hundred bytes: the journal, and the symlink `current`. If the disk has no room for
one of them, a piece of the ballast is freed and the write is tried again. The pieces are small: the log that filled the
disk takes what is freed, and every write of the rollback needs its own.
"""

import os
from collections.abc import Callable
from pathlib import Path

from cockpit.agent.durable_write import DISK_FULL

FILE = "ballast"
PIECES = 16
"""A rollback makes about ten writes."""
LEAST_ROOM = 2
"""Restored once the disk has this many times what is missing, so that the ballast itself never fills the disk."""


class Ballast:
    """The ballast in one folder: `size` bytes of real blocks; 0 for none."""

    def __init__(self, folder: Path, size: int) -> None:
        self._path = folder / FILE
        self._size = size

    @property
    def missing(self) -> int:
        """The bytes that are not kept."""
        try:
            return max(0, self._size - self._path.stat().st_size)
        except OSError:
            return self._size

    def restore(self) -> None:
        """Keep the space again if the disk has room. Never raises: the disk may fill up at any time."""
        missing = self.missing
        try:
            disk = os.statvfs(self._path.parent)
            if not missing or disk.f_bavail * disk.f_frsize < LEAST_ROOM * missing:
                return
            with self._path.open("ab", buffering=0) as file:
                file.write(os.urandom(missing))  # zeros would be a hole, or compressed
                os.fsync(file.fileno())
        except OSError:
            return

    def give_room(self, write: Callable[[], None]) -> None:
        """Write; while the disk is full, free a piece and write again. Raises OSError once nothing is left to free."""
        while True:
            try:
                return write()
            except OSError as error:
                if error.errno not in DISK_FULL or not self._free_piece():
                    raise

    def _free_piece(self) -> bool:
        """Free a piece, and the file with the last one: it may be the inodes that are used up."""
        try:
            rest = self._path.stat().st_size - max(1, self._size // PIECES)
            if rest <= 0:
                self._path.unlink()
                return True
            with self._path.open("r+b", buffering=0) as file:
                file.truncate(rest)
                os.fsync(file.fileno())  # some filesystems give the blocks back only then
        except OSError:
            return False
        return True

    def problem(self) -> str:
        """What is missing, for the status; empty if the whole space is kept."""
        if not (missing := self.missing):
            return ""
        return f"{(self._size - missing) >> 10} of {self._size >> 10} kB are kept for a rollback; free some space"
