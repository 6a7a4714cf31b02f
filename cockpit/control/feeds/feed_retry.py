"""Retries a feed whose source fails, with a growing pause between two tries."""

import asyncio
from collections.abc import Awaitable, Callable

from cockpit.control.board import Board
from cockpit.control.record_reader import InvalidRecord
from cockpit.control.snapshot_update import SliceName
from cockpit.ports import Failed, internal_error

PAUSES = (0.5, 1.0, 2.0, 5.0)
"""Seconds to wait after the first, second, ... failure in a row."""


async def retry_feed(board: Board, slices: tuple[SliceName, ...], follow: Callable[[], Awaitable[None]]) -> None:
    """Follow one source and start again after each failure. The error is set on `slices`, which keep their values.

    Nothing is raised, not even for a bug in cockpit: it blanks one panel, and the commander keeps all others.
    """
    failures = 0
    while True:
        revision = board.revision
        try:
            await follow()
            return
        except (Failed, InvalidRecord) as failed:
            error = str(failed)
        except Exception as bug:
            error = internal_error(bug)
        for name in slices:
            board.note_error(name, error)
        failures = 0 if board.revision > revision + 1 else failures + 1
        await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
