"""The board holds the current snapshot: feeds put their slices in, and each change wakes the watchers.

It lives on one event loop, so no reader sees half an update.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Unpack

from cockpit.control.snapshot_update import SliceName, SnapshotUpdate
from cockpit.deploy.policy import Policy
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.deploy.text import clean


class Board:
    """The current snapshot and its watchers."""

    def __init__(self, policy: Policy, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._snapshot = Snapshot(policy, clock())
        self._changed = asyncio.Event()
        self.revision = 0
        """Grows with every change. Snapshots of one revision differ only in their time."""

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot at the time of its last change."""
        return self._snapshot

    def look(self) -> Snapshot:
        """The snapshot at the present time."""
        self._snapshot = self._snapshot.at(self._clock())
        return self._snapshot

    def put(self, **update: Unpack[SnapshotUpdate]) -> None:
        """Replace slices and wake the watchers."""
        self._snapshot = replace(self._snapshot, now=self._clock(), **update)
        self.revision += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def note_error(self, name: SliceName, error: str) -> None:
        """Keep the slice's last value and set its error. The text is cleaned: it may come from outside."""
        error = clean(error)
        known: Seen[Any] = getattr(self._snapshot, name)
        if known.error != error:
            changed: SnapshotUpdate = {name: replace(known, error=error)}  # type: ignore[misc]
            self.put(**changed)

    async def changes(self, at_least_every: float) -> AsyncIterator[Snapshot]:
        """The snapshot now, after every change, and at least every `at_least_every` seconds."""
        while True:
            changed, revision = self._changed, self.revision
            yield self.look()
            if revision != self.revision:
                continue
            with suppress(TimeoutError):  # not wait_for: on 3.11 it can swallow a cancellation
                async with asyncio.timeout(at_least_every):
                    await changed.wait()

    async def until(self, holds: Callable[[Snapshot], bool], most: float) -> Snapshot:
        """The first snapshot for which `holds` is true, or the one after `most` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(most):
                async for snapshot in self.changes(most):
                    if holds(snapshot):
                        return snapshot
        return self.look()

    async def past(self, digest: str) -> Snapshot:
        """The snapshot. With an event's digest, waits up to two seconds for an event after it."""
        return await self.until(lambda snapshot: not digest or snapshot.log.value.digest != digest, 2.0)
