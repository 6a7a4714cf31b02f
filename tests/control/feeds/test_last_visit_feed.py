"""A last look is read once, then noted while somebody looks and when they leave."""

import asyncio

from cockpit.control.board import Board
from cockpit.control.last_look import follow_looks
from cockpit.deploy.schedule.presence import LastVisit
from cockpit.deploy.snapshot import Seen
from tests.scenario import NOON, POLICY, Scenario


class Shelf:
    """Looks in memory."""

    def __init__(self, last: LastVisit | None = None) -> None:
        self.kept = last
        self.noted = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def last(self) -> LastVisit | None:
        return self.kept

    def note(self, looked: LastVisit) -> None:
        self.kept = looked
        self._loop.call_soon_threadsafe(self.noted.set)


async def test_the_look_before_stays_on_the_board_while_new_ones_are_noted() -> None:
    before = LastVisit(NOON - 600, "2026-11-22.1", 1)
    shelf, board = Shelf(before), Board(POLICY, lambda: NOON)
    board.put(log=Scenario().installed().snapshot.log)
    task = asyncio.create_task(follow_looks(board, shelf, lambda: NOON, every=0.01))
    async with asyncio.timeout(10):
        await shelf.noted.wait()
    assert shelf.kept == LastVisit(NOON, "2026-11-22.1", 5)
    assert board.snapshot.last_visit == Seen(before, NOON)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_leaving_is_the_last_look() -> None:
    shelf, board = Shelf(), Board(POLICY, lambda: NOON)
    board.put(log=Scenario().installed().snapshot.log)
    task = asyncio.create_task(follow_looks(board, shelf, lambda: NOON))
    await board.until(lambda snapshot: snapshot.last_visit.at > 0, 10)
    assert shelf.kept is None
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert shelf.kept == LastVisit(NOON, "2026-11-22.1", 5)


async def test_who_saw_nothing_because_the_store_did_not_answer_has_not_looked() -> None:
    before = LastVisit(NOON - 600, "2026-11-22.1", 1)
    shelf, board = Shelf(before), Board(POLICY, lambda: NOON)
    task = asyncio.create_task(follow_looks(board, shelf, lambda: NOON))
    await board.until(lambda snapshot: snapshot.last_visit.at > 0, 10)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert shelf.kept == before
