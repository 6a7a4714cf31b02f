"""Gather the evidence for the gate's verdict on the present step, from a snapshot and its observer."""

from typing import assert_never

from msgspec.structs import replace

from cockpit.deploy import facts
from cockpit.deploy.gate.alerts import firing_text
from cockpit.deploy.gate.findings import Findings, evaluate
from cockpit.deploy.gate.verdict import Evidence
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration
from cockpit.deploy.tiers import Audience
from cockpit.rules.observer import Observer


def gather_evidence(snapshot: Snapshot, release: Release, observer: Observer | None = None) -> Evidence:
    """The evidence on the release's present step. The release must have a build and a step."""
    step = release.ladder[release.rung]
    tier = snapshot.policy.tier(step.tier)
    state = snapshot.fleet[step.tier]
    samples = snapshot.traffic.value.samples
    served = tier.serves is not Audience.NOBODY and observer is not None
    every = observer.sample_interval if observer else 0.0
    fresh = max(snapshot.policy.gate.fresh, 2 * every)
    first = observer.observation.first_sample_at if observer else None
    return Evidence(
        step=release.step,
        serves=tier.serves,
        watched=snapshot.now - (max(release.since, first) if served and first else release.since),
        soak=step.soak,
        desired=state.desired,
        ready=state.ready,
        hosts=len(state.hosts),
        stragglers=state.moving,
        silent=state.silent,
        failed=state.failed,
        smoke=_smoke(release),
        findings=_findings(snapshot, observer) if served and observer else None,
        stale_after=fresh,
        current_for=min(fresh, 3 * every + 2),
        missing=tuple(host for host in samples[-1].missing if host in state.hosts) if samples else (),
        target_mismatch=not _target_as_written(snapshot, release),
        alerts=_alerts(snapshot),
        unreadable=tuple(record.key for record in snapshot.unreadable_records),
    )


def _findings(snapshot: Snapshot, observer: Observer) -> Findings:
    found = evaluate(observer.observation, snapshot.now, observer.sample_interval, snapshot.policy.gate)
    return replace(found, gap=snapshot.traffic.error or found.gap)


def _alerts(snapshot: Snapshot) -> str:
    """Firing alerts, or why they are not known; empty if there are none or no source is configured."""
    if not snapshot.policy.watches_alerts:
        return ""
    alerts = snapshot.alerts
    if alerts.value is None:
        return f"no data: the alerts have not been read yet{_in_brackets(alerts.error)}"
    age = alerts.age(snapshot.now) or 0.0
    if age > snapshot.policy.gate.fresh:
        return f"no data: the alerts were read {duration(age)} ago{_in_brackets(alerts.error)}"
    return firing_text(alerts.value, snapshot.now)


def _in_brackets(error: str) -> str:
    return f" ({error})" if error else ""


def _target_as_written(snapshot: Snapshot, release: Release) -> bool:
    """Whether the store still has the target that this step wrote."""
    step, build = release.ladder[release.rung], release.build
    placed = snapshot.stored_target(step.tier)
    wanted = (build.id if build else "", step.percent, release.id)
    return placed is not None and (placed.target.build, placed.target.percent, placed.target.release) == wanted


def _smoke(release: Release) -> str | None:
    """None before the result, empty if it passed, else why it failed."""
    match release.smoke:
        case facts.SmokePassed():
            return ""
        case facts.SmokeFailed(reason=reason):
            return reason
        case None:
            return None
        case _:
            assert_never(release.smoke)
