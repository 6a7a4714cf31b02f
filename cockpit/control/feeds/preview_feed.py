"""The feed of the preview: what `start` would release."""

import asyncio
from collections.abc import Callable

from cockpit.control.board import Board
from cockpit.control.preview import preview
from cockpit.deploy.snapshot import Seen
from cockpit.ports import Repository
from cockpit.rules.decisions.preflight import preview_query


async def follow_preview(board: Board, repository: Repository, every: float, clock: Callable[[], float]) -> None:
    """Preview the next release every `every` seconds, and at once if its base changes."""
    while True:
        query = preview_query(board.snapshot)
        found = await asyncio.to_thread(preview, repository, query, board.snapshot.preview.value)
        board.put(preview=Seen(found, clock()))
        async for snapshot in board.changes(at_least_every=every):
            if preview_query(snapshot) != query or clock() - board.snapshot.preview.at >= every:
                break
