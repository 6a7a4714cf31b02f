"""The embedded store: every process of one machine shares one SQLite file.

Readers never wait for writers (WAL), writers wait for each other, and a bell tells everybody of a commit within about a
millisecond without anybody polling. All statements run on one thread of the store's own, so that a slow disk never
stops the event loop, and with it the screen.
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

LOOK_AGAIN = 1.0
"""Seconds after which a watch looks without being rung: a writer may die between its COMMIT and the bell."""

T = TypeVar("T")


class SqliteStore:
    """A `ports.Store` in the file at `path`, which is opened (and made, unless `read_only`) at first use.

    Every failure is a `Failed` named `store <path>`; after one, the next use opens the file anew, unless that
    was removed or replaced: then it has to be put back first.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path = path
        self._database = Database(path, read_only)
        self._bell = Wakeup(path.with_name(f"{path.name}-bell"))
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._closed = False

    @property
    def place(self) -> str:
        """The file."""
        return str(self._path)

    async def get(self, key: str) -> Entry | None:
        """The entry, or None where there is none."""
        return await self._on_worker(partial(self._database.get, key))

    async def list(self, prefix: str) -> tuple[Entry, ...]:
        """Every entry whose key starts with `prefix`, by key."""
        return await self._on_worker(partial(self._database.list, prefix))

    async def commit(self, *writes: Write, durable: bool = True) -> int:
        """All of `writes` or none; the version they got. Raises `Conflict` where an expectation is not met."""
        version = await self._on_worker(partial(self._commit, writes, durable))
        self._bell.wake()  # this process hears of its own writes even where the system has no inotify
        return version

    async def watch(self, prefix: str) -> AsyncIterator[tuple[Entry, ...]]:
        """First every entry under `prefix`, then whatever changed, joined; ends when the store is closed."""
        seen, entries = await self._on_worker(partial(self._database.look, prefix, None))
        yield entries
        while not self._closed:
            self._bell.listen()
            rung = self._bell.next()
            seen, entries = await self._on_worker(partial(self._database.look, prefix, seen))
            if entries:
                yield entries
            else:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AGAIN):
                        await rung.wait()

    async def close(self) -> None:
        """End all watches and let go of the file. Twice is once."""
        if not self._closed:
            self._closed = True
            self._bell.close()
            await asyncio.get_running_loop().run_in_executor(self._worker, self._database.close)
            self._worker.shutdown(wait=False)

    def _commit(self, writes: tuple[Write, ...], durable: bool) -> int:
        version = self._database.commit(writes, durable)
        self._bell.ring()
        return version

    async def _on_worker(self, job: Callable[[], T]) -> T:
        if self._closed:
            raise Failed(f"store {self._path}", "it was closed")
        return await asyncio.get_running_loop().run_in_executor(self._worker, job)
