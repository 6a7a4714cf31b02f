import asyncio
from time import time

from cockpit.control.board import Board
from tests.scenario import POLICY


def test_an_error_is_cleaned_and_an_unchanged_one_is_no_change() -> None:
    board = Board(POLICY, time)
    for _ in range(2):
        board.note_error("local_lease", "\x1b[31mred\nand \u202eback")
        assert board.snapshot.local_lease.error == "red and back"
        assert board.revision == 1


async def test_an_unchanged_board_wakes_no_watcher_early() -> None:
    board = Board(POLICY, time)
    count = 0

    async def watch() -> None:
        nonlocal count
        async for _ in board.changes(at_least_every=60):
            count += 1

    task = asyncio.create_task(watch())
    await asyncio.sleep(0.05)
    assert count == 1
    board.put(preview=board.snapshot.preview)
    await asyncio.sleep(0.05)
    assert count == 2
    task.cancel()
