"""When the person at this terminal last looked: read once for what they missed, and kept up to date from then on."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from cockpit.control.board import Board
from cockpit.control.lock_release import within_a_moment
from cockpit.deploy.schedule.presence import Looked
from cockpit.deploy.snapshot import Seen

EVERY = 60.0
"""Seconds between two notes; the last one is made when the screen ends."""


class LastSeen(Protocol):
    """Where one person's last look is kept. Methods block and never raise."""

    def last(self) -> Looked | None:
        """Their last look; None where it is not known."""

    def note(self, looked: Looked) -> None:
        """Remember this one."""


async def follow_looks(board: Board, looks: LastSeen, clock: Callable[[], float], every: float = EVERY) -> None:
    """Put the look before this one on the board, then note that somebody looks, until cancelled."""
    board.put(looked=Seen(await asyncio.to_thread(looks.last), clock()))
    try:
        while True:
            await asyncio.sleep(every)
            await _note(board, looks, clock())
    finally:
        await within_a_moment(_note(board, looks, clock()))


async def _note(board: Board, looks: LastSeen, now: float) -> None:
    snapshot = board.snapshot
    if snapshot.log.at:  # else there was nothing to be seen
        latest = snapshot.latest
        looked = Looked(now, latest.id, latest.number) if latest else Looked(now)
        await asyncio.to_thread(looks.note, looked)
