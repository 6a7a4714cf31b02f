"""Targets: what a tier is told to run next, with a serial above the last."""

from collections.abc import Iterable

from msgspec.structs import replace

from cockpit.deploy.cutoff import EVERY_HOST, cutoff
from cockpit.deploy.hosts.status import Target
from cockpit.deploy.plan import WriteTarget
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import short
from cockpit.deploy.tiers import Tier, permits


def next_target(snapshot: Snapshot, release: Release, tier: str, build: str, percent: int) -> tuple[Target, int]:
    """The tier's next target and the version it replaces; hosts beyond the cutoff run the last good build.

    Its serial is above the last one and above any that a host of the tier has obeyed. Hosts refuse lower serials, so
    a lost or damaged store must not leave the fleet out of control.
    """
    placed = snapshot.stored_target(tier)
    good = snapshot.last_good
    return (
        Target(
            tier=tier,
            serial=max(placed.target.serial if placed else 0, snapshot.fleet[tier].highest_serial) + 1,
            build=build,
            base=good.id if good else "",
            cutoff=cutoff(release.id, snapshot.fleet[tier].hosts, percent),
            percent=percent,
            salt=release.id,
            release=release.id,
            permits=permits(snapshot.policy.tier(tier), len(snapshot.fleet[tier].hosts)),
        ),
        placed.version if placed else 0,
    )


def target_all_hosts(
    snapshot: Snapshot, release: Release, build: str, tiers: Iterable[Tier]
) -> tuple[WriteTarget, ...]:
    """Tell all hosts of each tier to run `build`; tiers that already have that target are left alone."""
    return tuple(
        WriteTarget(
            *_target_with_spare_permits(snapshot, release, tier.name, build),
            f"tell {tier.name} to run {short(build)} on every host",
        )
        for tier in tiers
        if not _has_target(snapshot, tier.name, build)
    )


def withdraw_builds(snapshot: Snapshot, release: Release) -> tuple[WriteTarget, ...]:
    """Tell the tiers that serve people with this release's builds to run the last good one; empty if there is none."""
    good = snapshot.last_good
    if good is None:
        return ()
    ours = {build.id for build in release.builds} - {good.id}
    tiers = [
        tier
        for tier in snapshot.policy.serving_tiers
        if (placed := snapshot.stored_target(tier.name)) and placed.target.build in ours
    ]
    return target_all_hosts(snapshot, release, good.id, tiers)


def _target_with_spare_permits(snapshot: Snapshot, release: Release, tier: str, build: str) -> tuple[Target, int]:
    """The next target with a permit more for each host that gave up on another build.

    Such hosts keep their permits, and the others must not wait for them during a rollback.
    """
    target, version = next_target(snapshot, release, tier, build, 100)
    stuck = sum(host.build != build for host in snapshot.fleet[tier].failed_statuses)
    return replace(target, permits=target.permits + stuck) if target.permits else target, version


def _has_target(snapshot: Snapshot, tier: str, build: str) -> bool:
    placed = snapshot.stored_target(tier)
    if placed is None or (placed.target.build, placed.target.cutoff) != (build, EVERY_HOST):
        return False
    return not snapshot.fleet[tier].failed  # failed hosts retry on a new serial
