import asyncio

import pytest

from cockpit.control.replay_clock import SPEEDS, TAIL, ReplayClock


class FakeClock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def replay(speed: float = 10.0) -> tuple[ReplayClock, FakeClock]:
    clock = FakeClock()
    return ReplayClock((100.0, 130.0, 190.0), clock, speed), clock


def test_time_passes_at_the_replays_speed_and_stops_at_the_end() -> None:
    replay_clock, clock = replay()
    clock.at += 3
    assert (replay_clock.now(), replay_clock.state, replay_clock.ended) == (130.0, "10x", False)
    clock.at += 1000
    assert (replay_clock.now(), replay_clock.state, replay_clock.ended) == (190.0 + TAIL, "ended", True)


def test_a_pause_keeps_the_position() -> None:
    replay_clock, clock = replay()
    clock.at += 1
    replay_clock.toggle_pause()
    clock.at += 50
    assert (replay_clock.now(), replay_clock.state) == (110.0, "paused")
    replay_clock.toggle_pause()
    clock.at += 1
    assert replay_clock.now() == 120.0


def test_a_change_of_speed_keeps_the_position() -> None:
    replay_clock, clock = replay()
    clock.at += 1
    replay_clock.faster()
    assert (replay_clock.now(), replay_clock.state) == (110.0, "20x")
    replay_clock.slower()
    replay_clock.slower()
    clock.at += 2
    assert (replay_clock.now(), replay_clock.state) == (120.0, "5x")
    for _ in SPEEDS:
        replay_clock.faster()
    assert replay_clock.state == "500x"


def test_jumps_go_from_event_to_event() -> None:
    replay_clock, _ = replay()
    places = []
    for by in (1, 1, 1, -1, -1, -1):
        replay_clock.jump(by)
        places.append(replay_clock.now())
    assert places == [130.0, 190.0, 190.0, 130.0, 100.0, 100.0]


async def test_events_come_at_their_time_and_a_jump_wakes_the_waiter() -> None:
    replay_clock, clock = replay(0.5)
    times = replay_clock.event_times()
    assert await anext(times) == 100.0
    waiting = asyncio.ensure_future(anext(times))
    await asyncio.wait({waiting}, timeout=0.01)
    assert not waiting.done()
    replay_clock.jump(1)
    assert await waiting == 130.0
    clock.at += 120
    assert await anext(times) == 190.0
    with pytest.raises(StopAsyncIteration):
        await anext(times)
