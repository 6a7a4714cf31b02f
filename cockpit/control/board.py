"""Holds the present snapshot. Feeds put their slice in; whoever watches is woken and looks.

The one place where the picture changes hands: all on one event loop, so a snapshot is never half new.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from cockpit.deploy.policy import Policy
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.deploy.text import clean


class Board:
    """The present snapshot and those who wait for the next one."""

    def __init__(self, policy: Policy, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._snapshot = Snapshot(policy, clock())
        self._changed = asyncio.Event()
        self.revision = 0
        """Grows with every change; equal revisions are equal pictures but for the clock."""

    @property
    def snapshot(self) -> Snapshot:
        """The picture as it was when something last changed."""
        return self._snapshot

    def look(self) -> Snapshot:
        """The picture at this moment: the same slices under the present time."""
        self._snapshot = self._snapshot.at(self._clock())
        return self._snapshot

    def put(self, **slices: Any) -> None:
        """Set slices, each a `Seen`, by their name in `Snapshot` and wake the watchers."""
        self._snapshot = replace(self._snapshot, now=self._clock(), **slices)
        self.revision += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def note_error(self, name: str, error: str) -> None:
        """Keep what was last known of a slice and say what is wrong with its source now, in whatever words
        it was told."""
        error = clean(error)
        seen: Seen[Any] = getattr(self._snapshot, name)
        if seen.error != error:
            self.put(**{name: replace(seen, error=error)})

    async def changes(self, at_least_every: float) -> AsyncIterator[Snapshot]:
        """A snapshot now, then whenever a slice changed, and every so many seconds because time passes too."""
        while True:
            changed, revision = self._changed, self.revision
            yield self.look()
            if revision != self.revision:
                continue
            with suppress(TimeoutError):  # not wait_for: on 3.11 it can swallow a cancellation
                async with asyncio.timeout(at_least_every):
                    await changed.wait()

    async def until(self, holds: Callable[[Snapshot], bool], most: float) -> Snapshot:
        """The first snapshot of which `holds` is true, or the one after `most` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(most):
                async for snapshot in self.changes(most):
                    if holds(snapshot):
                        return snapshot
        return self.look()

    async def past(self, digest: str) -> Snapshot:
        """The picture; given the digest of an event, once the log has gone on from there, or after two seconds."""
        return await self.until(lambda snapshot: not digest or snapshot.log.value.digest != digest, 2.0)
