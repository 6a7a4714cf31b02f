import asyncio

import pytest

from cockpit.control.replay_clock import SPEEDS, TAIL, ReplayClock


class Hands:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def player(speed: float = 10.0) -> tuple[ReplayClock, Hands]:
    clock = Hands()
    return ReplayClock((100.0, 130.0, 190.0), clock, speed), clock


def test_time_passes_at_its_speed_and_stands_at_the_end() -> None:
    made, clock = player()
    clock.at += 3
    assert (made.now(), made.words, made.over) == (130.0, "10x", False)
    clock.at += 1000
    assert (made.now(), made.words, made.over) == (190.0 + TAIL, "ended", True)


def test_it_stands_still_and_goes_on_from_there() -> None:
    made, clock = player()
    clock.at += 1
    made.pause()
    clock.at += 50
    assert (made.now(), made.words) == (110.0, "paused")
    made.pause()
    clock.at += 1
    assert made.now() == 120.0


def test_another_speed_goes_on_from_where_it_is() -> None:
    made, clock = player()
    clock.at += 1
    made.faster()
    assert (made.now(), made.words) == (110.0, "20x")
    made.slower()
    made.slower()
    clock.at += 2
    assert (made.now(), made.words) == (120.0, "5x")
    for _ in SPEEDS:
        made.faster()
    assert made.words == "500x"


def test_it_jumps_from_event_to_event_and_no_further() -> None:
    made, _ = player()
    places = []
    for by in (1, 1, 1, -1, -1, -1):
        made.jump(by)
        places.append(made.now())
    assert places == [130.0, 190.0, 190.0, 130.0, 100.0, 100.0]


async def test_events_come_when_their_time_has_come_and_who_waits_is_woken_by_a_knob() -> None:
    made, clock = player(0.5)
    coming = made.passing()
    assert await anext(coming) == 100.0
    waiting = asyncio.ensure_future(anext(coming))
    await asyncio.wait({waiting}, timeout=0.01)
    assert not waiting.done()
    made.jump(1)
    assert await waiting == 130.0
    clock.at += 120
    assert await anext(coming) == 190.0
    with pytest.raises(StopAsyncIteration):
        await anext(coming)
