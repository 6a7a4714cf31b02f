"""In-memory fakes that pass the same contract tests as the real adapters."""

import asyncio
from collections.abc import AsyncIterator

from cockpit.deploy.locks import Holder
from cockpit.ports import Check, Conflict, Delete, Entry, Lease, Put, Write


class MemoryStore:
    """A store in a dict."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._version = 0
        self._changed = asyncio.Condition()
        self._closed = asyncio.Event()

    @property
    def place(self) -> str:
        return "memory"

    async def get(self, key: str) -> Entry | None:
        entry = self._entries.get(key)
        return entry if entry and entry.value is not None else None

    async def list(self, prefix: str) -> tuple[Entry, ...]:
        return tuple(
            entry for key, entry in sorted(self._entries.items()) if key.startswith(prefix) and entry.value is not None
        )

    async def commit(self, *writes: Write, durable: bool = True) -> int:
        async with self._changed:
            for write in writes:
                entry = self._entries.get(write.key)
                version = entry.version if entry and entry.value is not None else 0
                if write.expect is not None and write.expect != version:
                    raise Conflict("store", f"{write.key} has version {version}, not {write.expect}")
            self._version += 1
            for write in writes:
                match write:
                    case Put(key, value):
                        self._entries[key] = Entry(key, value, self._version)
                    case Delete(key) if key in self._entries and self._entries[key].value is not None:
                        self._entries[key] = Entry(key, None, self._version)
                    case Delete() | Check():
                        pass
            self._changed.notify_all()
            return self._version

    async def watch(self, prefix: str) -> AsyncIterator[tuple[Entry, ...]]:
        seen = self._version
        yield await self.list(prefix)
        while not self._closed.is_set():
            async with self._changed:
                fresh = self._fresh(prefix, seen)
                while not fresh:
                    await self._changed.wait()
                    if self._closed.is_set():
                        return
                    fresh = self._fresh(prefix, seen)
                seen = self._version
            yield fresh

    async def close(self) -> None:
        async with self._changed:
            self._closed.set()
            self._changed.notify_all()

    def _fresh(self, prefix: str, seen: int) -> tuple[Entry, ...]:
        return tuple(e for key, e in sorted(self._entries.items()) if key.startswith(prefix) and e.version > seen)


class NoLocks:
    """Locks that are free and cannot be acquired, for tests without an engine."""

    async def acquire(self, name: str, holder: str, ttl: float) -> Lease | None:
        return None

    async def extend(self, name: str, seen: Holder, ttl: float) -> bool:
        return False

    async def seize(self, name: str, holder: str, ttl: float, seen: Holder, *writes: Write) -> Lease | None:
        return None

    async def look(self, name: str) -> Holder:
        return Holder()
