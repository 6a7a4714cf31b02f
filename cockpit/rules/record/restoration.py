"""Restoration: when no host served a build any more that was rolled back, reverted or abandoned."""

from msgspec import Struct

from cockpit.deploy import facts
from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.rules.targets import rollout_of


class PendingRestoration(Struct, frozen=True):
    """A withdrawn build that hosts may still serve."""

    build: str
    """The withdrawn build."""
    tiers: tuple[str, ...]
    since: float


def pending_restoration(release: Release) -> PendingRestoration | None:
    """The withdrawn build whose restoration is not recorded yet; None if there is none."""
    pending: PendingRestoration | None = None
    build = ""
    for event in release.events:
        match event.what:
            case facts.Advanced(build=target):
                build = target
            case facts.RolledBack(tiers=tiers) | facts.RevertAsked(withdrawn=tiers) | facts.Abandoned(tiers=tiers) if (
                tiers
            ):
                all_tiers = tuple(dict.fromkeys((*(pending.tiers if pending else ()), *tiers)))
                pending = PendingRestoration(build, all_tiers, pending.since if pending else event.at)
            case facts.Restored():
                pending = None
            case _:
                pass
    return pending


def detect_restoration(snapshot: Snapshot) -> facts.Restored | None:
    """The fact to record once every host of the withdrawn tiers serves another build.

    None while any host is missing, silent, swapping or still serving it. The time is when the last host began to
    serve its present build, as it reports, so an engine that was down then records the same. If hosts have gone on to
    a hotfix, the restoration was no later than that.
    """
    pending = pending_restoration(snapshot.latest) if snapshot.latest else None
    if pending is None:
        return None
    since = pending.since
    for tier in pending.tiers:
        hosts = rollout_of(snapshot, tier).hosts
        for host in hosts:
            status = snapshot.statuses.value.get(host)
            if status is None or status.is_silent(snapshot.now, snapshot.policy.silent_after):
                return None
            if status.state is not HostState.SERVING or status.build == pending.build:
                return None
            since = max(since, status.since)
        if not hosts:
            return None
    return facts.Restored(pending.tiers, pending.build, since)
