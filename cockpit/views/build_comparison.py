"""Requests and errors of the new and the old build of a tier, over the last minutes in equal intervals."""

from dataclasses import dataclass

from cockpit.deploy.gate.traffic import Count
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.tiers import Audience

_NICE = (1, 2, 3, 4, 5, 6, 10, 15, 20, 30, 60, 120, 300, 600, 1800, 3600)
LEAST_SPAN = 60.0


@dataclass(frozen=True)
class RatePair:
    """Counts by interval, oldest first, of the new build and of the old."""

    new: tuple[Count, ...]
    old: tuple[Count, ...]
    seconds: float
    """Length of one interval."""


def newest(snapshot: Snapshot) -> str:
    """Return the id of the build of the newest release; empty before the first."""
    release = snapshot.latest
    return release.builds[-1].id if release and release.builds else ""


def interval(snapshot: Snapshot, buckets: int, spans: float = 3.0) -> float:
    """Return the seconds of one interval, a round number: `buckets` of them cover `spans` times the longest soak."""
    soak = max((step.soak for step in snapshot.policy.ladder), default=0.0)
    wanted = max(LEAST_SPAN, spans * soak) / max(1, buckets)
    return next((float(nice) for nice in _NICE if nice >= wanted), float(_NICE[-1]))


def compare(snapshot: Snapshot, tier: str, seconds: float, buckets: int) -> RatePair:
    """Count requests and errors of `tier` in the last `buckets` intervals.

    The old build is every build of another release on this tier. In an interval without one it is what public tiers
    serve, as the gate compares.
    """
    new_build = newest(snapshot)
    ours = {build.id for build in snapshot.latest.builds} if snapshot.latest else set()
    public = {t.name for t in snapshot.policy.tiers if t.serves is Audience.PUBLIC}
    new, on_tier, on_public = ([Count()] * buckets for _ in range(3))
    last = int(snapshot.now // seconds)
    for sample in reversed(snapshot.traffic.value.samples):
        index = buckets - 1 - (last - int(sample.at // seconds))
        if index < 0:
            break
        if index >= buckets:
            continue
        for (where, build), count in sample.counts.items():
            if where == tier and build == new_build:
                new[index] += count
            elif build in ours:
                continue
            elif where == tier:
                on_tier[index] += count
            elif where in public:
                on_public[index] += count
    old = (own if own.requests else public_count for own, public_count in zip(on_tier, on_public, strict=True))
    return RatePair(tuple(new), tuple(old), seconds)
