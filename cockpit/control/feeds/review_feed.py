"""The feed of the reviews: what the forge knows of the PRs on the screen."""

import asyncio
from collections.abc import Callable

from cockpit.control.board import Board
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.pulls.reviews import Reviews
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.ports import Failed, Forge

MAX_PULLS = 200
"""PRs to ask the forge about; the newest."""


async def follow_reviews(board: Board, forge: Forge, every: float, clock: Callable[[], float]) -> None:
    """Ask the forge every `every` seconds, and at once if other PRs are shown. If it fails, the last answer stays."""
    asked: tuple[int, ...] = ()
    at = 0.0
    async for snapshot in board.changes(at_least_every=every):
        numbers = reviewed_numbers(snapshot)
        if not numbers or (numbers == asked and clock() - at < every):
            continue
        asked, at = numbers, clock()
        try:
            reviews = await forge.reviews(numbers)
        except Failed as failed:
            board.note_error("reviews", str(failed))
            continue
        board.put(reviews=Seen({review.number: review for review in reviews}, clock()))


async def read_reviews(forge: Forge, snapshot: Snapshot, clock: Callable[[], float], most: float) -> Seen[Reviews]:
    """Ask the forge once, for at most `most` seconds. A failure is the slice's error."""
    numbers = reviewed_numbers(snapshot)
    try:
        async with asyncio.timeout(most):
            reviews = await forge.reviews(numbers) if numbers else ()
    except Failed as failed:
        return Seen({}, 0.0, str(failed))
    except TimeoutError:
        return Seen({}, 0.0, f"the forge did not answer within {most:g} s")
    return Seen({review.number: review for review in reviews}, clock())


def reviewed_numbers(snapshot: Snapshot) -> tuple[int, ...]:
    """The numbers of the PRs in the open release and in the next one, newest first."""
    pulls: tuple[PullRequest, ...] = snapshot.preview.value.pulls if snapshot.preview.value else ()
    if snapshot.open:
        pulls = (*pulls, *snapshot.open.pulls)
    return tuple(dict.fromkeys(pull.number for pull in reversed(pulls) if pull.number and not pull.change))[:MAX_PULLS]
