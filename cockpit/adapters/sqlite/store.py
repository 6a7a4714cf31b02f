"""The embedded store: all processes of one machine share one SQLite file.

Readers never wait for writers (WAL), and writers wait for each other. A wakeup file tells other processes of a commit
within about a millisecond, without polling. All statements run on one thread of the store's own, so that a slow disk
never blocks the event loop and the screen.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from cockpit.adapters.sqlite.database import Database
from cockpit.adapters.sqlite.wakeup import Wakeup
from cockpit.ports import Entry, Failed, Write

POLL_INTERVAL = 1.0
"""Seconds after which a watch reads without a wakeup: a writer may die between its COMMIT and the wakeup."""

T = TypeVar("T")


class SqliteStore:
    """A `ports.Store` in the file at `path`, which is opened at first use, and created unless `read_only`.

    Every error is a `Failed` of the system `store <path>`. The next use after an error opens the file again. A file
    that was removed or replaced has to be moved back first.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path = path
        self._database = Database(path, read_only)
        self._wakeup = Wakeup(path.with_name(f"{path.name}-bell"))
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._closed = False

    @property
    def place(self) -> str:
        """The path of the file."""
        return str(self._path)

    async def get(self, key: str) -> Entry | None:
        """The entry, or None if there is none."""
        return await self._on_worker(partial(self._database.get, key))

    async def list(self, prefix: str) -> tuple[Entry, ...]:
        """Every entry whose key starts with `prefix`, by key."""
        return await self._on_worker(partial(self._database.list, prefix))

    async def commit(self, *writes: Write, durable: bool = True) -> int:
        """Make all of `writes` or none; their version. Raises `Conflict` if an expectation is not met."""
        version = await self._on_worker(partial(self._commit, writes, durable))
        self._wakeup.wake()  # this process sees its own writes at once, even without inotify
        return version

    async def watch(self, prefix: str) -> AsyncIterator[tuple[Entry, ...]]:
        """First every entry under `prefix`, then the changed entries, merged; ends when the store is closed."""
        version, entries = await self._on_worker(partial(self._database.changes, prefix, None))
        yield entries
        while not self._closed:
            self._wakeup.listen()
            woken = self._wakeup.next()
            version, entries = await self._on_worker(partial(self._database.changes, prefix, version))
            if entries:
                yield entries
            else:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_INTERVAL):
                        await woken.wait()

    async def close(self) -> None:
        """End all watches and close the file. Idempotent."""
        if not self._closed:
            self._closed = True
            self._wakeup.close()
            await asyncio.get_running_loop().run_in_executor(self._worker, self._database.close)
            self._worker.shutdown(wait=False)

    def _commit(self, writes: tuple[Write, ...], durable: bool) -> int:
        version = self._database.commit(writes, durable)
        self._wakeup.notify()
        return version

    async def _on_worker(self, job: Callable[[], T]) -> T:
        if self._closed:
            raise Failed(f"store {self._path}", "it was closed")
        return await asyncio.get_running_loop().run_in_executor(self._worker, job)
