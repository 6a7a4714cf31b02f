"""Targets: what a tier is told to run next, with a serial above the last."""

from collections.abc import Collection, Iterable

from msgspec.structs import replace

from cockpit.deploy.cutoff import EVERY_HOST, cutoff
from cockpit.deploy.hosts.rollout import Rollout, rollout
from cockpit.deploy.hosts.status import Target
from cockpit.deploy.plan import WriteTarget
from cockpit.deploy.release import Release
from cockpit.deploy.rollback_choice import carried_builds, made_by, serving_tiers
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import short
from cockpit.deploy.tiers import Audience, most_unavailable


def next_target(snapshot: Snapshot, release: Release, tier: str, build: str, percent: int) -> tuple[Target, int]:
    """The tier's next target and the version it replaces; hosts beyond the cutoff run the last good build.

    Its serial is above the last one and above any that a host of the tier has obeyed. Hosts refuse lower serials, so
    a lost or damaged store must not leave the fleet out of control.
    """
    placed = snapshot.stored_target(tier)
    good = snapshot.last_good
    fleet = rollout_of(snapshot, tier)
    return (
        Target(
            tier=tier,
            serial=max(placed.target.serial if placed else 0, fleet.highest_serial) + 1,
            build=build,
            base=good.id if good else "",
            cutoff=cutoff(release.id, fleet.hosts, percent),
            percent=percent,
            salt=release.id,
            release=release.id,
            max_unavailable=most_unavailable(snapshot.policy.tier(tier), len(fleet.hosts)),
        ),
        placed.version if placed else 0,
    )


def target_all_hosts(
    snapshot: Snapshot, release: Release, build: str, tiers: Iterable[str], *, rollback: bool = False
) -> tuple[WriteTarget, ...]:
    """Tell all hosts of each tier to run `build`; tiers that already have that target are left alone.

    `rollback`: whether it takes a build back, so that hosts do not wait for one that failed.
    """
    return tuple(
        WriteTarget(
            replace(target, rollback=rollback),
            version,
            f"tell {tier} to run {short(build)} on every host",
        )
        for tier in tiers
        if not _has_target(snapshot, tier, build)
        for target, version in [next_target(snapshot, release, tier, build, 100)]
    )


def withdraw_builds(snapshot: Snapshot, release: Release) -> tuple[WriteTarget, ...]:
    """Tell the tiers that serve people with this release's builds to run the last good one; empty if there is none.

    Tiers that the config no longer names are included.
    """
    good = snapshot.last_good
    if good is None:
        return ()
    return target_all_hosts(
        snapshot, release, good.id, tiers_carrying(snapshot, made_by(release) - {good.id}), rollback=True
    )


def tiers_carrying(snapshot: Snapshot, builds: Collection[str]) -> tuple[str, ...]:
    """The tiers that serve people and are told to run one of the builds: in the order of the config, then the rest.

    They include all that the config no longer names.
    """
    order = {tier.name: number for number, tier in enumerate(snapshot.policy.tiers)}
    idle = {tier.name for tier in snapshot.policy.tiers if tier.serves is Audience.NOBODY}
    carrying = (
        tier
        for tier, placed in snapshot.targets.value.items()
        if tier not in idle and not carried_builds(placed.target).isdisjoint(builds)
    )
    return tuple(sorted(carrying, key=lambda tier: (order.get(tier, len(order)), tier)))


def serving_now(snapshot: Snapshot) -> tuple[str, ...]:
    """The tiers with a target that serve people, also such that the config no longer names."""
    targets = {tier: placed.target for tier, placed in snapshot.targets.value.items()}
    newest = snapshot.latest.id if snapshot.latest else ""
    return serving_tiers(targets, snapshot.statuses.value.values(), snapshot.policy, newest)


def rollout_of(snapshot: Snapshot, tier: str) -> Rollout:
    """The rollout of the tier, also if the config no longer names it."""
    if tier in snapshot.fleet:
        return snapshot.fleet[tier]
    placed = snapshot.stored_target(tier)
    members = [status for status in snapshot.statuses.value.values() if status.tier == tier]
    target, policy = placed.target if placed else None, snapshot.policy
    return rollout(policy.tier(tier), target, members, snapshot.now, policy.silent_after)


def _has_target(snapshot: Snapshot, tier: str, build: str) -> bool:
    placed = snapshot.stored_target(tier)
    if placed is None or (placed.target.build, placed.target.cutoff) != (build, EVERY_HOST):
        return False
    return not rollout_of(snapshot, tier).failed  # failed hosts retry on a new serial
