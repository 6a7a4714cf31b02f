"""A lock on the agent's folder: two agents in one folder would flip each other's slots."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cockpit.ports import Failed


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Lock the folder, creating it if needed. Raises `Failed` if another agent holds the lock.

    The kernel releases the lock when the process dies. Hooks do not inherit it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fd = os.open(folder / "agent.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        reason = f"cannot use its folder {folder}: {error.strerror}"
        raise Failed("agent", reason, "give its user write access") from error
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(fd, 32, 0).decode("ascii", "replace").strip() or "unknown"
            reason = f"another agent (process {holder}) uses {folder}"
            raise Failed("agent", reason, "stop that agent, or give this one its own folder") from error
        with suppress(OSError):  # a full disk does not keep the agent from its work
            process = f"{os.getpid()}\n".encode("ascii")
            os.ftruncate(fd, os.pwrite(fd, process, 0))
        yield
    finally:
        os.close(fd)
