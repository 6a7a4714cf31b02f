"""How ready a fleet is to go back: who has the last good build on the disk, and how long a swap takes by the last ones.

A rollback to a build that is on disk moves no bytes; the others have to fetch it first.
"""

from collections.abc import Collection

from msgspec import Struct

from cockpit.deploy.hosts.rollout import Rollout
from cockpit.deploy.hosts.status import Swap
from cockpit.deploy.text import duration, plural


class SwapTimes(Struct, frozen=True):
    """The last swaps of some hosts, measured by each of them; seconds."""

    hosts: int
    """How many have measured one."""
    median: float
    slowest: float
    flip: float | None
    """The median of the flip alone; None where no host knows its own."""


class Readiness(Struct, frozen=True):
    """Every host is in exactly one of have, lack and unheard."""

    build: str
    """The build to go back to; empty where there is none."""
    hosts: int
    on_disk: int
    """Of those heard, how many have it on their disk, complete and verified."""
    silent: int
    """Silent or never heard: whether they have it is not known."""
    swap: SwapTimes | None
    """None where no host has measured a swap."""

    @property
    def missing(self) -> int:
        """How many have to fetch it."""
        return self.hosts - self.on_disk - self.silent

    @property
    def share(self) -> float | None:
        """The share of hosts known to have it, 0 to 1; None where there is no host or nothing to go back to."""
        return self.on_disk / self.hosts if self.hosts and self.build else None

    @property
    def ready(self) -> bool:
        return bool(self.build) and self.on_disk == self.hosts > 0


def readiness(states: Collection[Rollout], build: str) -> Readiness:
    """Of these tiers, taken together."""
    swaps = tuple(swap for state in states for swap in state.swaps)
    return Readiness(
        build=build,
        hosts=sum(len(state.hosts) for state in states),
        on_disk=sum(state.on_disk.get(build, 0) for state in states) if build else 0,
        silent=sum(len(state.silent) for state in states),
        swap=swap_times(swaps),
    )


def swap_times(swaps: Collection[Swap]) -> SwapTimes | None:
    """None for none."""
    if not swaps:
        return None
    out = sorted(swap.out for swap in swaps)
    flips = sorted(swap.flip for swap in swaps if swap.flip is not None)
    return SwapTimes(len(out), out[len(out) // 2], out[-1], flips[len(flips) // 2] if flips else None)


def readiness_text(readiness: Readiness, build: str = "it") -> str:
    """`12 of 13 hosts have it on disk, 1 unheard; a swap took 4 s, at the most 9 s`; `build` is what to call it."""
    if not readiness.build:
        return "there is no build to go back to"
    unheard = f", {readiness.silent:,} unheard" if readiness.silent else ""
    many = f"{readiness.on_disk:,} of {plural(readiness.hosts, 'host')} have {build} on disk{unheard}"
    return f"{many}; {swap_text(readiness.swap)}"


def swap_text(swap: SwapTimes | None) -> str:
    """`a swap took 4.2 s, at the most 9 s, its flip 3 ms`."""
    if swap is None:
        return "how long a swap takes is unknown: no host has measured one"
    most = (
        f", at the most {precise_duration(swap.slowest)}"
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
