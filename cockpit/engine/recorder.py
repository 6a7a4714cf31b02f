"""Keeps what a release came to, while it is known: its traffic, page after page, and when hosts that were sent back
were back.

The last page is written again while it grows. An engine that takes over begins a page of its own: what it has not
counted itself it does not write over.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec

from cockpit.control.board import Board
from cockpit.control.perform import perform
from cockpit.deploy import store_keys
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.record.traffic_pages import AFTERWARDS, BUCKETS, TrafficPage, page, width
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Conflict, Delete, Failed, Lease, Put, Store
from cockpit.rules import decisions
from cockpit.rules.record.restoration import restored

KEPT = 100
"""Releases whose traffic is kept."""
AT_ONCE = 30
"""Deletions in one transaction."""
LOOK = 2.0
PAUSE = 0.5


class Recorder:
    """Writes what a release comes to, under the engine's lock."""

    def __init__(
        self,
        board: Board,
        store: Store,
        clock: Callable[[], float],
        kept: int = KEPT,
        error: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._board = board
        self._store = store
        self._clock = clock
        self._kept = kept
        self._trouble = error
        self._failing = False
        self._release = ""
        self._number = 0
        """Of the page that grows."""
        self._since = 0.0
        """Where it begins."""
        self._wrote = 0.0
        self._told = 0
        """The number of the event after which it was written last."""

    async def run(self, lease: Lease) -> None:
        """Until cancelled. What cannot be kept is told and tried again: it must not keep the engine from its work, not
        where its token may write all but this, either."""
        self._release = ""
        async for snapshot in self._board.changes(LOOK):
            if (release := snapshot.latest) and _goes_on(release, snapshot.now):
                await self._keep(lease, snapshot, release)
            await asyncio.sleep(PAUSE)  # looking more often than this would find nothing new

    async def _keep(self, lease: Lease, snapshot: Snapshot, release: Release) -> None:
        try:
            await self._tell(lease, snapshot, release)
            await self._count(lease, snapshot, release)
        except Failed as failed:
            self._failing = True
            self._trouble(f"the record is not kept: {failed}")
        else:
            if self._failing:
                self._failing = False
                self._trouble("")

    async def _count(self, lease: Lease, snapshot: Snapshot, release: Release) -> None:
        samples = snapshot.traffic.value.samples
        if not samples:
            return
        began = release.events[0].at
        if release.id != self._release:
            self._number, after = await self._next_page(lease, release)
            self._release, self._since, self._wrote = release.id, max(after, began, samples[0].at), 0.0
        wide = width(self._since - began)
        news = release.number != self._told  # what led to an event is on record before anybody asks
        if snapshot.now < self._since or (snapshot.now - self._wrote < wide and not news):
            return
        made = page(snapshot.traffic.value, self._since, wide, snapshot.now)
        if not any(made.looks):  # nobody has counted for a while: the next page begins where somebody does again
            self._since = next((sample.at for sample in samples if sample.at >= self._since), self._since)
            return
        record = Put(store_keys.traffic(release.id, self._number), msgspec.json.encode(made))
        await self._store.commit(record, lease.guard, durable=False)
        self._wrote, self._told = snapshot.now, release.number
        if len(made.looks) == BUCKETS and samples[-1].at >= made.until:
            self._number, self._since = self._number + 1, made.until
            self._wrote = 0.0 if snapshot.now - made.until >= wide else snapshot.now

    async def _next_page(self, lease: Lease, release: Release) -> tuple[int, float]:
        """(its number, the end of the last one); with the first of a release, the oldest releases' go."""
        there = await self._store.list(store_keys.traffic(release.id))
        if not there:
            await self._prune(lease)
            return 0, 0.0
        number = int(there[-1].key.rpartition("/")[2])
        try:
            end = msgspec.json.decode(there[-1].value or b"", type=TrafficPage).until
        except (msgspec.MsgspecError, UnicodeDecodeError):
            end = 0.0
        return number + 1, end

    async def _prune(self, lease: Lease) -> None:
        entries = await self._store.list(store_keys.TRAFFIC)
        releases = sorted({_release_of(entry.key) for entry in entries}, key=store_keys.release_order)
        gone = set(releases[: max(0, len(releases) + 1 - self._kept)])
        old = [Delete(entry.key) for entry in entries if _release_of(entry.key) in gone]
        for first in range(0, len(old), AT_ONCE):
            await self._store.commit(*old[first : first + AT_ONCE], lease.guard, durable=False)

    async def _tell(self, lease: Lease, snapshot: Snapshot, release: Release) -> None:
        if (what := restored(snapshot)) is None:
            return
        plan = decisions.record_fact(snapshot, release, what)
        with suppress(Conflict):  # the log has gone on: look again
            await perform(self._store, plan, CommandRequest(by="engine"), self._clock(), lease.guard)
        await self._board.until(lambda now: now.log.value.digest != plan.prev, 1.0)


def _goes_on(release: Release, now: float) -> bool:
    return release.end is None or now - release.events[-1].at < AFTERWARDS


def _release_of(key: str) -> str:
    return key.removeprefix(store_keys.TRAFFIC).rpartition("/")[0]
