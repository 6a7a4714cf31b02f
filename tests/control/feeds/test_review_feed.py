"""The forge is asked about what is on the screen, and what it once told stays with its age when it fails."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from time import time

from cockpit.control.board import Board
from cockpit.control.feeds.review_feed import ask_once, follow_reviews, wanted
from cockpit.deploy.plan import Preview
from cockpit.deploy.pulls.reviews import Review
from cockpit.deploy.snapshot import Seen
from cockpit.ports import Failed
from tests.builders import NOW, PULLS, at_canary, idle
from tests.scenario import POLICY


class Mute:
    """A forge that never answers."""

    async def reviews(self, numbers: Sequence[int]) -> tuple[Review, ...]:
        return await asyncio.Future()

    async def close(self) -> None: ...


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
        board.put(preview=Seen(Preview("c", PULLS[:2]), time()))
        known = await board.until(lambda seen: bool(seen.reviews.value), 10.0)
        assert set(known.reviews.value) == {pull.number for pull in PULLS[:2]}
        forge.shut = True
        board.put(preview=Seen(Preview("d", PULLS), time()))
        silent = await board.until(lambda seen: bool(seen.reviews.error), 10.0)
        assert (silent.reviews.value, silent.reviews.at) == (known.reviews.value, known.reviews.at)
        assert "rate limit" in silent.reviews.error
        board.put(preview=Seen(Preview("d", PULLS), time()))
        assert forge.asked == [wanted(known), wanted(silent)]
    finally:
        feed.cancel()
        with suppress(asyncio.CancelledError):
            await feed


def test_prs_that_go_next_are_asked_about_while_others_go_out() -> None:
    snapshot = replace(at_canary(PULLS[:2]), preview=Seen(Preview("c", PULLS[1:]), NOW))
    assert wanted(snapshot) == tuple(pull.number for pull in (PULLS[1], PULLS[0], *reversed(PULLS[2:])))


async def test_a_shell_asks_once_and_says_why_there_is_no_answer() -> None:
    snapshot = replace(idle(), preview=Seen(Preview("c", PULLS), NOW))
    forge = Gatehouse()
    told = await ask_once(forge, snapshot, lambda: NOW, 5.0)
    assert (set(told.value), told.at) == ({pull.number for pull in PULLS}, NOW)
    forge.shut = True
    assert "rate limit" in (await ask_once(forge, snapshot, lambda: NOW, 5.0)).error
    silent = await ask_once(Mute(), snapshot, lambda: NOW, 0.01)
    assert (silent.value, silent.at, silent.error) == ({}, 0.0, "it did not answer within 0.01 s")
