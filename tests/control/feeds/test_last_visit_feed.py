import asyncio

from cockpit.control.board import Board
from cockpit.control.feeds.last_visit_feed import follow_last_visit
from cockpit.deploy.schedule.presence import LastVisit
from cockpit.deploy.snapshot import Seen
from tests.scenario import NOON, POLICY, Scenario


class FakeLastSeen:
    """A visit in memory."""

    def __init__(self, last: LastVisit | None = None) -> None:
        self.kept = last
        self.noted = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def last(self) -> LastVisit | None:
        return self.kept

    def note(self, visit: LastVisit) -> None:
        self.kept = visit
        self._loop.call_soon_threadsafe(self.noted.set)


async def test_the_previous_visit_stays_on_the_board_while_the_present_one_is_stored() -> None:
    before = LastVisit(NOON - 600, "2026-11-22.1", 1)
    last_seen, board = FakeLastSeen(before), Board(POLICY, lambda: NOON)
    board.put(log=Scenario().installed().snapshot.log)
    task = asyncio.create_task(follow_last_visit(board, last_seen, lambda: NOON, every=0.01))
    async with asyncio.timeout(10):
        await last_seen.noted.wait()
    assert last_seen.kept == LastVisit(NOON, "2026-11-22.1", 5)
    assert board.snapshot.last_visit == Seen(before, NOON)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_closing_the_screen_records_the_visit() -> None:
    last_seen, board = FakeLastSeen(), Board(POLICY, lambda: NOON)
    board.put(log=Scenario().installed().snapshot.log)
    task = asyncio.create_task(follow_last_visit(board, last_seen, lambda: NOON))
    await board.until(lambda snapshot: snapshot.last_visit.at > 0, 10)
    assert last_seen.kept is None
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert last_seen.kept == LastVisit(NOON, "2026-11-22.1", 5)


async def test_a_screen_that_never_read_the_log_records_no_visit() -> None:
    before = LastVisit(NOON - 600, "2026-11-22.1", 1)
    last_seen, board = FakeLastSeen(before), Board(POLICY, lambda: NOON)
    task = asyncio.create_task(follow_last_visit(board, last_seen, lambda: NOON))
    await board.until(lambda snapshot: snapshot.last_visit.at > 0, 10)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert last_seen.kept == before
