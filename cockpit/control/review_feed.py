"""The feed that asks the forge about the PRs on the screen; what it cannot tell keeps its age."""

import asyncio
from collections.abc import Callable

from cockpit.control.board import Board
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.pulls.reviews import Reviews
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
            board.note_error("reviews", str(failed))
            continue
        board.put(reviews=Seen({review.number: review for review in found}, clock()))


async def ask_once(forge: Forge, snapshot: Snapshot, clock: Callable[[], float], most: float) -> Seen[Reviews]:
    """What the forge says of these PRs now; why it does not, if it does not within `most` seconds."""
    numbers = wanted(snapshot)
    try:
        async with asyncio.timeout(most):
            found = await forge.reviews(numbers) if numbers else ()
    except Failed as failed:
        return Seen({}, 0.0, str(failed))
    except TimeoutError:
        return Seen({}, 0.0, f"it did not answer within {most:g} s")
    return Seen({review.number: review for review in found}, clock())


def wanted(snapshot: Snapshot) -> tuple[int, ...]:
    """The numbers of the PRs that go out, and of those that would go next, newest first."""
    pulls: tuple[PullRequest, ...] = snapshot.main.value.pulls if snapshot.main.value else ()
    if snapshot.open:
        pulls = (*pulls, *snapshot.open.pulls)
    return tuple(dict.fromkeys(pull.number for pull in reversed(pulls) if pull.number and not pull.change))[:MOST]
