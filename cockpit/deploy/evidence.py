"""Gathers from a snapshot all that the gate's verdict on the present step rests on."""

from cockpit.deploy.events import SmokeFailed, SmokePassed
from cockpit.deploy.gate import Evidence
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.tiers import Audience
from cockpit.deploy.traffic import Key


def evidence(snapshot: Snapshot, release: Release) -> Evidence:
    """The evidence on the step that `release`, which has a build and stands on a step, is at."""
    step = release.ladder[release.rung]
    tier = snapshot.policy.tier(step.tier)
    state = snapshot.fleet[step.tier]
    traffic = snapshot.traffic
    build = release.build.id if release.build else ""
    samples = traffic.value.samples
    served = tier.serves is not Audience.NOBODY and bool(samples)
    old = _old(snapshot, step.tier, build)
    since = release.since
    return Evidence(
        step=release.step,
        serves=tier.serves,
        watched=snapshot.now - (max(since, samples[0].at) if served else since),
        soak=step.soak,
        wanted=state.wanted,
        converged=state.converged,
        hosts=len(state.hosts),
        stragglers=state.moving,
        silent=state.silent,
        failed=state.failed,
        smoke=_smoke(release),
        new=traffic.value.during(since, snapshot.now, [(step.tier, build)]) if served else None,
        control=traffic.value.during(since, snapshot.now, old) if served and old else None,
        sample_age=traffic.age(snapshot.now),
        missing=tuple(host for host in samples[-1].missing if host in state.hosts) if samples else (),
        astray=not _as_written(snapshot, release, build),
        unreadable=tuple(record.key for record in snapshot.damaged),
    )


def _as_written(snapshot: Snapshot, release: Release, build: str) -> bool:
    step = release.ladder[release.rung]
    placed = snapshot.placed(step.tier)
    wanted = (build, step.percent, release.id)
    return placed is not None and (placed.target.build, placed.target.percent, placed.target.release) == wanted


def _old(snapshot: Snapshot, tier: str, build: str) -> tuple[Key, ...]:
    """(tier, build) pairs to compare with: this tier's hosts that serve something else now, or where all of them
    serve the new build, the public's."""
    others = [s for s in snapshot.statuses.value.values() if s.build and s.build != build]
    here = {(s.tier, s.build) for s in others if s.tier == tier}
    public = {(s.tier, s.build) for s in others if snapshot.policy.tier(s.tier).serves is Audience.PUBLIC}
    return tuple(sorted(here or public))


def _smoke(release: Release) -> str | None:
    match release.smoke:
        case SmokePassed():
            return ""
        case SmokeFailed(reason=reason):
            return reason
        case None:
            return None
