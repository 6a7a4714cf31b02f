"""One agent a folder: two would flip each other's slots."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cockpit.ports import Failed


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold `folder`, which is made where it is missing; raises `Failed` while another agent lives in it.

    The kernel lets go of the lock when the process dies, however it dies. Hooks do not inherit it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fd = os.open(folder / "agent.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        reason = f"cannot use its folder {folder}: {error.strerror}"
        raise Failed("agent", reason, "give its user write access there") from error
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(fd, 32, 0).decode("ascii", "replace").strip() or "unknown"
            reason = f"another agent (process {holder}) lives in {folder}"
            raise Failed("agent", reason, "stop that one first, or give this one a folder of its own") from error
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(fd)
