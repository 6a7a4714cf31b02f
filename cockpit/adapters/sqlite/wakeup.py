"""Wakes the watches of the store in every process of the machine after a commit.

An empty file beside the database is touched after each COMMIT. inotify watches its folder and not the file, so that the
wakeup works even if the file is missing, removed or created again. SQLite's own -wal file cannot be watched instead:
the event may arrive before the commit is visible, and the last change would be missed.
"""

import asyncio
import contextlib
import os
from pathlib import Path

try:
    import inotify_simple
except ImportError:  # not Linux: watches poll
    inotify_simple = None


class Wakeup:
    """Notified by any thread of any process; received on the event loop that listens."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._next = asyncio.Event()
        self._inotify: inotify_simple.INotify | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def next(self) -> asyncio.Event:
        """The event that the next wakeup sets. Take it before you read the data, then no change is missed."""
        return self._next

    def notify(self) -> None:
        """Wake every listener on the machine. Never fails, because the commit is done."""
        with contextlib.suppress(OSError):
            try:
                os.utime(self._path)
            except FileNotFoundError:
                self._path.touch()

    def wake(self) -> None:
        """Wake the waiters in this process; call it on their event loop."""
        self._next.set()
        self._next = asyncio.Event()

    def listen(self) -> None:
        """Receive wakeups of other processes from now on, if the system can; the folder must exist. Idempotent."""
        if self._inotify is not None or inotify_simple is None:
            return
        flags = inotify_simple.flags
        events = flags.ATTRIB | flags.CREATE | flags.MOVED_TO
        # The kernel limits the watches of each user: without one, the store's watches poll.
        with contextlib.suppress(OSError), contextlib.ExitStack() as undo:
            inotify = undo.enter_context(inotify_simple.INotify(nonblocking=True))
            inotify.add_watch(self._path.parent, events)
            undo.pop_all()
            self._inotify, self._loop = inotify, asyncio.get_running_loop()
            self._loop.add_reader(inotify.fileno(), self._receive)

    def close(self) -> None:
        """Stop listening, and wake the waiters so that they can end."""
        if self._inotify is not None and self._loop is not None:
            self._loop.remove_reader(self._inotify.fileno())
            self._inotify.close()
            self._inotify = None
        self.wake()

    def _receive(self) -> None:
        assert self._inotify is not None
        overflow = inotify_simple.flags.Q_OVERFLOW
        if any(event.name == self._path.name or event.mask & overflow for event in self._inotify.read(timeout=0)):
            self.wake()
