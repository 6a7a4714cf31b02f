import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from time import time

from cockpit.control.board import Board
from cockpit.control.feeds.review_feed import follow_reviews, read_reviews, reviewed_numbers
from cockpit.deploy.plan import Preview
from cockpit.deploy.pulls.reviews import Review
from cockpit.deploy.snapshot import Seen
from cockpit.ports import Failed
from tests.builders import NOW, PULLS, at_canary, idle
from tests.scenario import POLICY


class SilentForge:
    """A forge that never answers."""

    async def reviews(self, numbers: Sequence[int]) -> tuple[Review, ...]:
        return await asyncio.Future()

    async def close(self) -> None: ...


class FakeForge:
    """A forge that knows every number, and fails while `failing` is set."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []
        self.failing = False

    async def reviews(self, numbers: Sequence[int]) -> tuple[Review, ...]:
        self.asked.append(tuple(numbers))
        if self.failing:
            raise Failed("github", "its rate limit is used up for 5 min")
        return tuple(Review(number, "Title", "ada", "https://example.com") for number in numbers)

    async def close(self) -> None: ...


async def test_the_forge_is_asked_about_new_prs_and_its_failure_keeps_the_last_reviews() -> None:
    board, forge = Board(POLICY, time), FakeForge()
    feed = asyncio.create_task(follow_reviews(board, forge, 60.0, time))
    try:
        board.put(preview=Seen(Preview("c", PULLS[:2]), time()))
        known = await board.until(lambda s: bool(s.reviews.value), 10.0)
        assert set(known.reviews.value) == {pull.number for pull in PULLS[:2]}
        forge.failing = True
        board.put(preview=Seen(Preview("d", PULLS), time()))
        silent = await board.until(lambda s: bool(s.reviews.error), 10.0)
        assert (silent.reviews.value, silent.reviews.at) == (known.reviews.value, known.reviews.at)
        assert "rate limit" in silent.reviews.error
        board.put(preview=Seen(Preview("d", PULLS), time()))
        assert forge.asked == [reviewed_numbers(known), reviewed_numbers(silent)]
    finally:
        feed.cancel()
        with suppress(asyncio.CancelledError):
            await feed


def test_reviews_cover_the_open_release_and_the_next_one() -> None:
    snapshot = replace(at_canary(PULLS[:2]), preview=Seen(Preview("c", PULLS[1:]), NOW))
    assert reviewed_numbers(snapshot) == tuple(pull.number for pull in (PULLS[1], PULLS[0], *reversed(PULLS[2:])))


async def test_reading_reviews_once_gives_the_error_if_the_forge_fails() -> None:
    snapshot = replace(idle(), preview=Seen(Preview("c", PULLS), NOW))
    forge = FakeForge()
    reviews = await read_reviews(forge, snapshot, lambda: NOW, 5.0)
    assert (set(reviews.value), reviews.at) == ({pull.number for pull in PULLS}, NOW)
    forge.failing = True
    assert "rate limit" in (await read_reviews(forge, snapshot, lambda: NOW, 5.0)).error
    silent = await read_reviews(SilentForge(), snapshot, lambda: NOW, 0.01)
    assert (silent.value, silent.at, silent.error) == ({}, 0.0, "the forge did not answer within 0.01 s")
