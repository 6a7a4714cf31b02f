"""A bell that wakes whoever waits for the next change, in this process and in every other on the machine.

The bell is an empty file beside the database, touched after each COMMIT. Its folder is watched rather than the file, so
that a bell which is missing, removed or made again is still heard. Watching SQLite's own -wal file instead can miss the
last change, because the notice may come before the commit is visible.
"""

import asyncio
import contextlib
import os
from pathlib import Path

try:
    import inotify_simple
except ImportError:  # not Linux: waiters look again by themselves, only later
    inotify_simple = None


class Wakeup:
    """Rung by any thread of any process; heard on the event loop that listens."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._next = asyncio.Event()
        self._inotify: inotify_simple.INotify | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def next(self) -> asyncio.Event:
        """Set at the next ring. Take it before looking at what may change, and no change is missed."""
        return self._next

    def ring(self) -> None:
        """Wake every listener on the machine. Never fails: what it announces is done already."""
        with contextlib.suppress(OSError):
            try:
                os.utime(self._path)
            except FileNotFoundError:
                self._path.touch()

    def wake(self) -> None:
        """Wake those who wait in this process; call it on their event loop."""
        self._next.set()
        self._next = asyncio.Event()

    def listen(self) -> None:
        """Hear other processes from now on, where the system can; the folder has to exist. Twice is once."""
        if self._inotify is not None or inotify_simple is None:
            return
        flags = inotify_simple.flags
        heard = flags.ATTRIB | flags.CREATE | flags.MOVED_TO
        # The kernel gives each user so many watches and no more: without one, waiters look again by themselves.
        with contextlib.suppress(OSError), contextlib.ExitStack() as undo:
            inotify = undo.enter_context(inotify_simple.INotify(nonblocking=True))
            inotify.add_watch(self._path.parent, heard)
            undo.pop_all()
            self._inotify, self._loop = inotify, asyncio.get_running_loop()
            self._loop.add_reader(inotify.fileno(), self._hear)

    def close(self) -> None:
        """Stop listening, and wake those who wait so that they can leave."""
        if self._inotify is not None and self._loop is not None:
            self._loop.remove_reader(self._inotify.fileno())
            self._inotify.close()
            self._inotify = None
        self.wake()

    def _hear(self) -> None:
        assert self._inotify is not None
        overflow = inotify_simple.flags.Q_OVERFLOW
        if any(event.name == self._path.name or event.mask & overflow for event in self._inotify.read(timeout=0)):
            self.wake()
