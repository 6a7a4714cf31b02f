"""Records what a release did: its traffic, page by page, and the time at which reverted hosts were restored.

The last page is rewritten while it grows. An engine that takes over starts a new page: it never overwrites counts that
it did not make.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec

from cockpit.control.board import Board
from cockpit.control.perform import perform
from cockpit.deploy import store_keys
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.record.traffic_pages import BUCKETS, RECORDED_AFTER_END, TrafficPage, page, width
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Conflict, Delete, Failed, Lease, Put, Store
from cockpit.rules import decisions
from cockpit.rules.record.restoration import detect_restoration

RELEASES_KEPT = 100
"""Releases whose traffic is kept."""
MAX_REMOVED = 30
"""Records removed in one transaction."""
LOOK_EVERY = 2.0
PAUSE = 0.5


class Recorder:
    """Writes the record of the newest release, under the engine's lock."""

    def __init__(
        self,
        board: Board,
        store: Store,
        clock: Callable[[], float],
        releases_kept: int = RELEASES_KEPT,
        error: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._board = board
        self._store = store
        self._clock = clock
        self._releases_kept = releases_kept
        self._error = error
        self._failing = False
        self._release = ""
        self._number = 0
        """The number of the current page."""
        self._since = 0.0
        """The start of the current page."""
        self._written_at = 0.0
        self._last_event = 0
        """The number of the last event before the page was written."""

    async def run(self, lease: Lease) -> None:
        """Record until cancelled. Failures are reported and retried; they never stop the engine.

        The engine's token may lack the right to write records.
        """
        self._release = ""
        async for snapshot in self._board.changes(LOOK_EVERY):
            if (release := snapshot.latest) and _is_recorded(release, snapshot.now):
                await self._record(lease, snapshot, release)
            await asyncio.sleep(PAUSE)  # at most this often, however often the board changes

    async def _record(self, lease: Lease, snapshot: Snapshot, release: Release) -> None:
        try:
            await self._record_restoration(lease, snapshot, release)
            await self._record_traffic(lease, snapshot, release)
        except Failed as failed:
            self._failing = True
            self._error(f"the release is not recorded: {failed}")
        else:
            if self._failing:
                self._failing = False
                self._error("")

    async def _record_traffic(self, lease: Lease, snapshot: Snapshot, release: Release) -> None:
        samples = snapshot.traffic.value.samples
        if not samples:
            return
        began = release.events[0].at
        if release.id != self._release:
            self._number, after = await self._next_page(lease, release)
            self._release, self._since, self._written_at = release.id, max(after, began, samples[0].at), 0.0
        wide = width(self._since - began)
        has_new_event = release.last_number != self._last_event  # the traffic before an event is written with it
        if snapshot.now < self._since or (snapshot.now - self._written_at < wide and not has_new_event):
            return
        current = page(snapshot.traffic.value, self._since, wide, snapshot.now)
        if not any(current.reads):  # a gap: the page starts with the next sample
            self._since = next((sample.at for sample in samples if sample.at >= self._since), self._since)
            return
        record = Put(store_keys.traffic(release.id, self._number), msgspec.json.encode(current))
        await self._store.commit(record, lease.guard, durable=False)
        self._written_at, self._last_event = snapshot.now, release.last_number
        if len(current.reads) == BUCKETS and samples[-1].at >= current.until:
            self._number, self._since = self._number + 1, current.until
            self._written_at = 0.0 if snapshot.now - current.until >= wide else snapshot.now

    async def _next_page(self, lease: Lease, release: Release) -> tuple[int, float]:
        """(number of the next page, end of the last one). The first page of a release removes the oldest releases."""
        entries = await self._store.list(store_keys.traffic(release.id))
        if not entries:
            await self._prune(lease)
            return 0, 0.0
        number = int(entries[-1].key.rpartition("/")[2])
        try:
            end = msgspec.json.decode(entries[-1].value or b"", type=TrafficPage).until
        except (msgspec.MsgspecError, UnicodeDecodeError):
            end = 0.0
        return number + 1, end

    async def _prune(self, lease: Lease) -> None:
        entries = await self._store.list(store_keys.TRAFFIC)
        releases = sorted({_release_of(entry.key) for entry in entries}, key=store_keys.release_order)
        expired = set(releases[: max(0, len(releases) + 1 - self._releases_kept)])
        deletes = [Delete(entry.key) for entry in entries if _release_of(entry.key) in expired]
        for first in range(0, len(deletes), MAX_REMOVED):
            await self._store.commit(*deletes[first : first + MAX_REMOVED], lease.guard, durable=False)

    async def _record_restoration(self, lease: Lease, snapshot: Snapshot, release: Release) -> None:
        if (restored := detect_restoration(snapshot)) is None:
            return
        plan = decisions.record_fact(snapshot, release, restored)
        with suppress(Conflict):  # the log has a new event: try again on the next snapshot
            await perform(self._store, plan, CommandRequest(by="engine"), self._clock(), lease.guard)
        await self._board.until(lambda now: now.log.value.digest != plan.prev, 1.0)


def _is_recorded(release: Release, now: float) -> bool:
    return release.end is None or now - release.events[-1].at < RECORDED_AFTER_END


def _release_of(key: str) -> str:
    return key.removeprefix(store_keys.TRAFFIC).rpartition("/")[0]
