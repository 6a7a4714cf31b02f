"""The feed of the last visit: when the person at this terminal last looked, for the summary of what they missed."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from cockpit.control.board import Board
from cockpit.control.lock_release import try_on_exit
from cockpit.deploy.schedule.presence import LastVisit
from cockpit.deploy.snapshot import Seen

EVERY = 60.0
"""Seconds between two notes. One more is made when the screen ends."""


class LastSeen(Protocol):
    """Stores one person's last visit. Methods block and never raise."""

    def last(self) -> LastVisit | None:
        """The last visit; None if it is unknown."""

    def note(self, looked: LastVisit) -> None:
        """Store this visit."""


async def follow_last_visit(
    board: Board, last_seen: LastSeen, clock: Callable[[], float], every: float = EVERY
) -> None:
    """Put the previous visit on the board, then note the present one until cancelled."""
    board.put(last_visit=Seen(await asyncio.to_thread(last_seen.last), clock()))
    try:
        while True:
            await asyncio.sleep(every)
            await _note(board, last_seen, clock())
    finally:
        await try_on_exit(_note(board, last_seen, clock()))


async def _note(board: Board, last_seen: LastSeen, now: float) -> None:
    snapshot = board.snapshot
    if snapshot.log.at:  # before the log was read, nothing was shown
        latest = snapshot.latest
        visit = LastVisit(now, latest.id, latest.last_number) if latest else LastVisit(now)
        await asyncio.to_thread(last_seen.note, visit)
