"""Build retention: which builds are kept, and why."""

from collections.abc import Iterable

from msgspec import Struct

from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import plural

GOOD_RELEASES = 3
"""Good releases whose builds are kept, newest first."""


class RetainedBuild(Struct, frozen=True):
    """A stored build and the reasons to keep it."""

    build: str
    size: int
    """Bytes of all its parts."""
    at: float
    """When its newest part was published."""
    why: tuple[str, ...] = ()
    """Reasons to keep it; empty if it may be removed."""


def retained_builds(builds: Iterable[RetainedBuild], snapshot: Snapshot, more: int) -> tuple[RetainedBuild, ...]:
    """The builds, newest first, with the reasons to keep each.

    A build is kept if a tier runs it, a host has it, or it belongs to the open release or to one of the last good
    ones. Of the others the `more` newest are kept too.
    """
    reasons = _reasons(snapshot)
    retained: list[RetainedBuild] = []
    for stored in sorted(builds, key=lambda stored: (-stored.at, stored.build)):
        why = reasons.get(stored.build, ())
        if not why and more > 0:
            more, why = more - 1, ("it is new",)
        retained.append(RetainedBuild(stored.build, stored.size, stored.at, why))
    return tuple(retained)


def _reasons(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    reasons: dict[str, list[str]] = {}
    for tier in snapshot.policy.tiers:
        if placed := snapshot.stored_target(tier.name):
            for build in {placed.target.build, placed.target.base}:
                reasons.setdefault(build, []).append(f"{tier.name} runs it")
    statuses = snapshot.statuses.value.values()
    for build in {build for status in statuses for build in (status.build, *status.cold)}:
        hosts = sum(status.has_on_disk(build) for status in statuses)
        reasons.setdefault(build, []).append(f"{plural(hosts, 'host')} {'has' if hosts == 1 else 'have'} it")
    for release in snapshot.good_releases[-GOOD_RELEASES:]:
        reasons.setdefault(release.builds[-1].id, []).append(f"{release.id} was good")
    if snapshot.open:
        for made in snapshot.open.builds:
            reasons.setdefault(made.id, []).append(f"{snapshot.open.id} is open")
    return {build: tuple(why) for build, why in reasons.items()}
