"""Rollback readiness: which hosts have the last good build on disk, and how long recent swaps took.

A rollback to a build on disk transfers no bytes; the other hosts have to pull it first.
"""

from collections.abc import Collection

from msgspec import Struct

from cockpit.deploy.hosts.rollout import Rollout
from cockpit.deploy.hosts.status import Swap
from cockpit.deploy.text import duration, plural


class SwapTimes(Struct, frozen=True):
    """The durations of the hosts' last swaps in seconds, as each host measured its own."""

    hosts: int
    """How many hosts measured one."""
    median: float
    slowest: float
    flip: float | None
    """The median of the flip alone; None if no host measured it."""


class Readiness(Struct, frozen=True):
    """The readiness of hosts. Every host is in exactly one of on_disk, missing and silent."""

    build: str
    """The build to roll back to; empty if there is none."""
    hosts: int
    on_disk: int
    """How many reporting hosts have it on disk, complete and verified."""
    silent: int
    """How many hosts do not report, so that it is unknown whether they have it."""
    swap: SwapTimes | None
    """None if no host measured a swap."""

    @property
    def missing(self) -> int:
        """How many hosts have to pull it."""
        return self.hosts - self.on_disk - self.silent

    @property
    def share(self) -> float | None:
        """The share of hosts known to have it, 0 to 1; None without hosts or without such a build."""
        return self.on_disk / self.hosts if self.hosts and self.build else None

    @property
    def ready(self) -> bool:
        return bool(self.build) and self.on_disk == self.hosts > 0


def readiness(states: Collection[Rollout], build: str) -> Readiness:
    """The readiness of these tiers together."""
    swaps = tuple(swap for state in states for swap in state.swaps)
    return Readiness(
        build=build,
        hosts=sum(len(state.hosts) for state in states),
        on_disk=sum(state.on_disk.get(build, 0) for state in states) if build else 0,
        silent=sum(len(state.silent) for state in states),
        swap=swap_times(swaps),
    )


def swap_times(swaps: Collection[Swap]) -> SwapTimes | None:
    """The durations of these swaps; None if there are none."""
    if not swaps:
        return None
    out = sorted(swap.out for swap in swaps)
    flips = sorted(swap.flip for swap in swaps if swap.flip is not None)
    return SwapTimes(len(out), out[len(out) // 2], out[-1], flips[len(flips) // 2] if flips else None)


def readiness_text(readiness: Readiness, build: str = "it") -> str:
    """`12 of 13 hosts have it on disk, 1 silent; a swap took 4 s, 9 s at most`. `build` is the word for the build."""
    if not readiness.build:
        return "there is no build to roll back to"
    silent = f", {readiness.silent:,} silent" if readiness.silent else ""
    many = f"{readiness.on_disk:,} of {plural(readiness.hosts, 'host')} have {build} on disk{silent}"
    return f"{many}; {swap_text(readiness.swap)}"


def swap_text(swap: SwapTimes | None) -> str:
    """`a swap took 4.2 s, 9 s at most, its flip 3 ms`."""
    if swap is None:
        return "the duration of a swap is unknown: no host has measured one"
    most = (
        f", {precise_duration(swap.slowest)} at most"
        if precise_duration(swap.slowest) != precise_duration(swap.median)
        else ""
    )
    flip = f", its flip {precise_duration(swap.flip)}" if swap.flip is not None else ""
    return f"a swap took {precise_duration(swap.median)}{most}{flip}"


def precise_duration(seconds: float) -> str:
    """`3 ms`, `4.2 s`, `2 min`."""
    if seconds < 1.0:
        return f"{1000 * seconds:.0f} ms" if seconds >= 0.001 else "under 1 ms"
    return f"{seconds:.1f} s" if seconds < 10.0 else duration(seconds)
