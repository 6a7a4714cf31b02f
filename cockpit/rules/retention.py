"""Which builds are kept, and why. Pure."""

from collections.abc import Iterable

from msgspec import Struct

from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import plural

GOOD = 3
"""Good releases whose builds are kept, the newest first."""


class RetainedBuild(Struct, frozen=True):
    """One build as it is kept."""

    build: str
    size: int
    """Bytes of all its parts."""
    at: float
    """When its newest part was published."""
    why: tuple[str, ...] = ()
    """What it is kept for; empty where it may go."""


def retained(holdings: Iterable[RetainedBuild], snapshot: Snapshot, more: int) -> tuple[RetainedBuild, ...]:
    """The holdings, newest first, each with what it is kept for: that a tier runs it or a host has it, that it is of
    one of the last good releases or of the open one, or that it is one of `more` newest besides."""
    reasons = _reasons(snapshot)
    told: list[RetainedBuild] = []
    for holding in sorted(holdings, key=lambda one: (-one.at, one.build)):
        why = reasons.get(holding.build, ())
        if not why and more > 0:
            more, why = more - 1, ("it is new",)
        told.append(RetainedBuild(holding.build, holding.size, holding.at, why))
    return tuple(told)


def _reasons(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for tier in snapshot.policy.tiers:
        if placed := snapshot.placed(tier.name):
            for build in {placed.target.build, placed.target.base}:
                found.setdefault(build, []).append(f"{tier.name} runs it")
    statuses = snapshot.statuses.value.values()
    for build in {build for status in statuses for build in (status.build, *status.cold)}:
        found.setdefault(build, []).append(f"{plural(sum(status.holds(build) for status in statuses), 'host')} hold it")
    for release in snapshot.good[-GOOD:]:
        found.setdefault(release.builds[-1].id, []).append(f"{release.id} was good")
    for made in snapshot.open.builds if snapshot.open else ():
        found.setdefault(made.id, []).append(f"{snapshot.open.id if snapshot.open else ''} is under way")
    return {build: tuple(why) for build, why in found.items()}
