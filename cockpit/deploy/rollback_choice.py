"""The choice of a rollback: what the serving tiers run, and the build that they go back to.

It follows from what tiers are told to run, and not from the newest release: a finished build may turn out to be bad
after the next release was started, failed or was abandoned.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from cockpit.deploy.builds.build import Build
from cockpit.deploy.cutoff import EVERY_HOST
from cockpit.deploy.hosts.status import Status, Target
from cockpit.deploy.policy import Policy
from cockpit.deploy.release import End, Release
from cockpit.deploy.tiers import Audience


class RollbackChoice(Struct, frozen=True):
    """What a rollback does now."""

    build: Build | None
    """The newest good build before those that are left; None if there is none."""
    left: tuple[str, ...] = ()
    """The builds that the serving tiers carry and a rollback leaves."""
    release: str = ""
    """The newest release that made one of them; empty if none of the log did."""


def choose_rollback(
    releases: Sequence[Release], targets: Mapping[str, Target], statuses: Iterable[Status], policy: Policy
) -> RollbackChoice:
    """The choice; `releases` are oldest first, `targets` by tier.

    If a tier carries a build of the open release or one that never finished, the last good build is restored. If all
    tiers carry good builds, the newest of those is left for the good one before it.
    """
    newest = releases[-1].id if releases else ""
    tiers = serving_tiers(targets, statuses, policy, newest)
    carried = frozenset(build for tier in tiers for build in carried_builds(targets[tier]))
    if not carried and releases:  # no target was read: the newest release is what a rollback leaves
        carried = made_by(releases[-1])
    unproved = made_by(releases[-1]) if releases and releases[-1].end is None else frozenset()
    good = [release.builds[-1] for release in releases if is_good(release) and release.builds[-1].id not in unproved]
    place = {build.id: number for number, build in enumerate(good)}
    is_proved = carried <= place.keys() and bool(carried)
    number = max(place[build] for build in carried) - 1 if is_proved else len(good) - 1
    back = good[number] if number >= 0 else None
    left = tuple(sorted(build for build in carried if place.get(build, len(good)) > number))
    made = (release.id for release in reversed(releases) if not set(left).isdisjoint(made_by(release)))
    return RollbackChoice(back, left, next(made, ""))


def serving_tiers(
    targets: Mapping[str, Target], statuses: Iterable[Status], policy: Policy, newest: str
) -> tuple[str, ...]:
    """The tiers with a target that serve people.

    A tier that the config no longer names counts if a host reports it, or if the newest release wrote its target.
    """
    known = {tier.name: tier.serves is not Audience.NOBODY for tier in policy.tiers}
    reported = {status.tier for status in statuses}
    return tuple(
        name for name, target in targets.items() if known.get(name, name in reported or target.release == newest)
    )


def carried_builds(target: Target) -> frozenset[str]:
    """The builds that the target tells hosts to run."""
    builds = {target.build} if target.cutoff == EVERY_HOST else {target.build, target.base}
    return frozenset(builds - {""})


def is_good(release: Release) -> bool:
    """Whether the release's last build reached every host and has no flaw."""
    return release.end is End.FINISHED and release.flaw is None and bool(release.builds)


def made_by(release: Release) -> frozenset[str]:
    """The ids of the release's builds."""
    return frozenset(build.id for build in release.builds)
