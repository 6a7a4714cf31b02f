"""The forge is asked about what is on the screen, and what it once told stays with its age when it fails."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from time import time

from cockpit.control.board import Board
from cockpit.control.reviewing import follow_reviews, wanted
from cockpit.deploy.plan import Preview
from cockpit.deploy.pulls.reviews import Review
from cockpit.deploy.snapshot import Seen
from cockpit.ports import Failed
from tests.paper import POLICY, PULLS


class Gatehouse:
    """A forge that knows every number, until it is shut."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []
        self.shut = False

    async def reviews(self, numbers: Sequence[int]) -> tuple[Review, ...]:
        self.asked.append(tuple(numbers))
        if self.shut:
            raise Failed("github", "its rate limit is used up for 5 min")
        return tuple(Review(number, "Title", "ada", "https://example.com") for number in numbers)

    async def close(self) -> None: ...


async def test_it_is_asked_when_other_prs_are_shown_and_its_silence_keeps_what_is_known() -> None:
    board, forge = Board(POLICY, time), Gatehouse()
    feed = asyncio.create_task(follow_reviews(board, forge, 60.0, time))
    try:
        board.put(main=Seen(Preview("c", PULLS[:2]), time()))
        known = await board.until(lambda seen: bool(seen.reviews.value), 10.0)
        assert set(known.reviews.value) == {pull.number for pull in PULLS[:2]}
        forge.shut = True
        board.put(main=Seen(Preview("d", PULLS), time()))
        silent = await board.until(lambda seen: bool(seen.reviews.trouble), 10.0)
        assert (silent.reviews.value, silent.reviews.at) == (known.reviews.value, known.reviews.at)
        assert "rate limit" in silent.reviews.trouble
        board.put(main=Seen(Preview("d", PULLS), time()))
        assert forge.asked == [wanted(known), wanted(silent)]
    finally:
        feed.cancel()
        with suppress(asyncio.CancelledError):
            await feed
