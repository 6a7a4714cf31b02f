"""The clock of a replay: runs from a release's first event to its last, with pause, speeds and jumps."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

from cockpit.deploy.snapshot import Seen

SPEEDS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 500.0)
MAX_SPEED = 10_000.0
TAIL = 10.0
"""Seconds to play on after the last event."""
FRAME_EVERY = 0.5
"""Seconds between two frames."""


class ReplayClock:
    """The position of a replay. `moments` are the times of its events, at least one."""

    def __init__(self, moments: Sequence[float], clock: Callable[[], float], speed: float) -> None:
        self._moments = tuple(sorted(moments))
        self._clock = clock
        self._speed = speed
        self._paused = False
        self._at = self._moments[0]
        self._since = clock()
        self._changed = asyncio.Event()

    def now(self) -> float:
        """The time in the replay."""
        elapsed = 0.0 if self._paused else (self._clock() - self._since) * self._speed
        return min(self._at + elapsed, self.end)

    @property
    def end(self) -> float:
        """The time at which the replay ends."""
        return self._moments[-1] + TAIL

    @property
    def ended(self) -> bool:
        """Whether the replay has ended."""
        return self.now() >= self.end

    @property
    def state(self) -> str:
        """`10x`, `paused` or `ended`."""
        if self.ended:
            return "ended"
        return "paused" if self._paused else f"{self._speed:g}x"

    def toggle_pause(self) -> None:
        """Pause, or continue."""
        self._change(paused=not self._paused)

    def faster(self) -> None:
        """Switch to the next higher speed."""
        self._change(speed=next((speed for speed in SPEEDS if speed > self._speed), self._speed))

    def slower(self) -> None:
        """Switch to the next lower speed."""
        self._change(speed=next((speed for speed in reversed(SPEEDS) if speed < self._speed), self._speed))

    def jump(self, by: int) -> None:
        """Jump to the next event, or with -1 to the previous one."""
        now = self.now()
        if by > 0:
            self._change(at=next((at for at in self._moments if at > now), self._moments[-1]))
        else:
            self._change(at=next((at for at in reversed(self._moments) if at < now), self._moments[0]))

    async def wait_for_change(self, most: float) -> None:
        """Wait for a pause, jump or change of speed, at most `most` seconds of real time."""
        changed = self._changed
        with suppress(TimeoutError):
            async with asyncio.timeout(most):
                await changed.wait()

    async def event_times(self) -> AsyncIterator[float]:
        """The time of each event, in order, once the replay has reached it."""
        for at in self._moments:
            while (left := at - self.now()) > 0:
                await self.wait_for_change(left / self._speed)
            yield at

    def status(self) -> Seen[str]:
        """The `replay` slice of the snapshot."""
        return Seen(self.state, self.now())

    def _change(self, *, at: float | None = None, speed: float | None = None, paused: bool | None = None) -> None:
        self._at = self.now() if at is None else at
        self._since = self._clock()
        self._speed = self._speed if speed is None else speed
        self._paused = self._paused if paused is None else paused
        self._changed.set()
        self._changed = asyncio.Event()
