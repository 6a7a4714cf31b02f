"""A clock for what is over: it runs from a release's first event to its last, at a speed that can be changed, stands
still, and jumps from event to event."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

from cockpit.deploy.snapshot import Seen

SPEEDS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 500.0)
FASTEST = 10_000.0
TAIL = 10.0
"""Seconds that are played on after the last event."""
REDRAWN = 0.5
"""Seconds between two pictures."""


class ReplayClock:
    """Where a replay is. `moments` are the times of the events, ascending, one at least."""

    def __init__(self, moments: Sequence[float], clock: Callable[[], float], speed: float) -> None:
        self._moments = tuple(sorted(moments))
        self._clock = clock
        self._speed = speed
        self._paused = False
        self._at = self._moments[0]
        self._since = clock()
        self._turned = asyncio.Event()

    def now(self) -> float:
        """The time in the replay."""
        gone = 0.0 if self._paused else (self._clock() - self._since) * self._speed
        return min(self._at + gone, self.end)

    @property
    def end(self) -> float:
        """The time at which it stands still for good."""
        return self._moments[-1] + TAIL

    @property
    def over(self) -> bool:
        """Whether it has come to its end."""
        return self.now() >= self.end

    @property
    def words(self) -> str:
        """How it runs: `10x`, `paused`, `ended`."""
        if self.over:
            return "ended"
        return "paused" if self._paused else f"{self._speed:g}x"

    def pause(self) -> None:
        """Stand still, or go on."""
        self._turn(paused=not self._paused)

    def faster(self) -> None:
        """The next speed."""
        self._turn(speed=next((speed for speed in SPEEDS if speed > self._speed), self._speed))

    def slower(self) -> None:
        """The speed before."""
        self._turn(speed=next((speed for speed in reversed(SPEEDS) if speed < self._speed), self._speed))

    def jump(self, by: int) -> None:
        """To the next event, or with -1 to the one before."""
        now = self.now()
        if by > 0:
            self._turn(at=next((at for at in self._moments if at > now), self._moments[-1]))
        else:
            self._turn(at=next((at for at in reversed(self._moments) if at < now), self._moments[0]))

    async def turned(self, most: float) -> None:
        """Wait until somebody turned a knob, at most so many seconds of the real clock."""
        turned = self._turned
        with suppress(TimeoutError):
            async with asyncio.timeout(most):
                await turned.wait()

    async def passing(self) -> AsyncIterator[float]:
        """The time of each event once it has come, in order."""
        for at in self._moments:
            while (left := at - self.now()) > 0:
                await self.turned(left / self._speed)
            yield at

    def replayed(self) -> Seen[str]:
        """The slice that marks a picture as a replay's."""
        return Seen(self.words, self.now())

    def _turn(self, *, at: float | None = None, speed: float | None = None, paused: bool | None = None) -> None:
        self._at = self.now() if at is None else at
        self._since = self._clock()
        self._speed = self._speed if speed is None else speed
        self._paused = self._paused if paused is None else paused
        self._turned.set()
        self._turned = asyncio.Event()
