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

    Its serial is above the last one's and above any that a host of the tier has obeyed: hosts refuse lower ones, and a
    store that was lost or damaged must not leave the fleet beyond command.
    """
    placed = snapshot.placed(tier)
    good = snapshot.last_good
    return (
        Target(
            tier=tier,
            serial=max(placed.target.serial if placed else 0, snapshot.fleet[tier].obeyed) + 1,
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


def targets_everywhere(
    snapshot: Snapshot, release: Release, build: str, tiers: Iterable[Tier]
) -> tuple[WriteTarget, ...]:
    """Points all hosts of each tier at `build`; tiers that are there already are left alone."""
    return tuple(
        WriteTarget(
            *_past_the_stuck(snapshot, release, tier.name, build), f"point {tier.name} at {short(build)}, all hosts"
        )
        for tier in tiers
        if not _is_all(snapshot, tier.name, build)
    )


def _past_the_stuck(snapshot: Snapshot, release: Release, tier: str, build: str) -> tuple[Target, int]:
    """Hosts that gave up on another build keep their permits; on the way back they must not keep the others waiting."""
    target, version = next_target(snapshot, release, tier, build, 100)
    stuck = sum(host.build != build for host in snapshot.fleet[tier].gave_up)
    return replace(target, permits=target.permits + stuck) if target.permits else target, version


def targets_back(snapshot: Snapshot, release: Release) -> tuple[WriteTarget, ...]:
    """Takes this release's builds away from the tiers that serve people; nothing where there is no good build."""
    good = snapshot.last_good
    if good is None:
        return ()
    ours = {build.id for build in release.builds} - {good.id}
    touched = [
        tier
        for tier in snapshot.policy.serving
        if (placed := snapshot.placed(tier.name)) and placed.target.build in ours
    ]
    return targets_everywhere(snapshot, release, good.id, touched)


def _is_all(snapshot: Snapshot, tier: str, build: str) -> bool:
    placed = snapshot.placed(tier)
    if placed is None or (placed.target.build, placed.target.cutoff) != (build, EVERY_HOST):
        return False
    return not snapshot.fleet[tier].failed  # hosts that gave it up try again on a new serial
