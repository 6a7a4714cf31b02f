"""The feed that asks the forge about the PRs on the screen; what it cannot tell keeps its age."""

from collections.abc import Callable

from cockpit.control.board import Board
from cockpit.deploy.pulls.pull import PullRequest
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.ports import Failed, Forge

MOST = 200
"""PRs that are asked about: the newest."""


async def follow_reviews(board: Board, forge: Forge, every: float, clock: Callable[[], float]) -> None:
    """Ask every so many seconds, and at once where other PRs are to be shown."""
    asked: tuple[int, ...] = ()
    at = 0.0
    async for snapshot in board.changes(at_least_every=every):
        numbers = wanted(snapshot)
        if not numbers or (numbers == asked and clock() - at < every):
            continue
        asked, at = numbers, clock()
        try:
            found = await forge.reviews(numbers)
        except Failed as failed:
            board.note_trouble("reviews", str(failed))
            continue
        board.put(reviews=Seen({review.number: review for review in found}, clock()))


def wanted(snapshot: Snapshot) -> tuple[int, ...]:
    """The numbers of the PRs that are on the screen, newest first."""
    pulls: tuple[PullRequest, ...] = ()
    if snapshot.open:
        pulls = snapshot.open.pulls
    elif main := snapshot.main.value:
        pulls = main.pulls
    return tuple(dict.fromkeys(pull.number for pull in reversed(pulls) if pull.number and not pull.change))[:MOST]
