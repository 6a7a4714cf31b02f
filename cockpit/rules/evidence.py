"""Gathers from a snapshot and the watch over it all that the gate's verdict on the present step rests on."""

from msgspec.structs import replace

from cockpit.deploy.facts import SmokeFailed, SmokePassed
from cockpit.deploy.gate.alerts import outstanding
from cockpit.deploy.gate.findings import Findings, findings
from cockpit.deploy.gate.verdict import Evidence
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration
from cockpit.deploy.tiers import Audience
from cockpit.rules.observer import Observer


def evidence(snapshot: Snapshot, release: Release, watching: Observer | None = None) -> Evidence:
    """The evidence on the step that `release`, which has a build and stands on a step, is at."""
    step = release.ladder[release.rung]
    tier = snapshot.policy.tier(step.tier)
    state = snapshot.fleet[step.tier]
    samples = snapshot.traffic.value.samples
    served = tier.serves is not Audience.NOBODY and watching is not None
    every = watching.interval if watching else 0.0
    fresh = max(snapshot.policy.gate.fresh, 2 * every)
    first = watching.watch.first if watching else None
    return Evidence(
        step=release.step,
        serves=tier.serves,
        watched=snapshot.now - (max(release.since, first) if served and first else release.since),
        soak=step.soak,
        wanted=state.wanted,
        converged=state.converged,
        hosts=len(state.hosts),
        stragglers=state.moving,
        silent=state.silent,
        failed=state.failed,
        smoke=_smoke(release),
        found=_found(snapshot, watching) if served and watching else None,
        fresh=fresh,
        current=min(fresh, 3 * every + 2),
        missing=tuple(host for host in samples[-1].missing if host in state.hosts) if samples else (),
        astray=not _as_written(snapshot, release, release.build.id if release.build else ""),
        alerts=_alerts(snapshot),
        unreadable=tuple(record.key for record in snapshot.damaged),
    )


def _found(snapshot: Snapshot, watching: Observer) -> Findings:
    found = findings(watching.watch, snapshot.now, watching.interval, snapshot.policy.gate)
    return replace(found, lacks=snapshot.traffic.error or found.lacks)


def _alerts(snapshot: Snapshot) -> str:
    if not snapshot.policy.watches_alerts:
        return ""
    alerts = snapshot.alerts
    if alerts.value is None:
        return f"no data: the alerts have not been read yet{_because(alerts.error)}"
    age = alerts.age(snapshot.now) or 0.0
    if age > snapshot.policy.gate.fresh:
        return f"no data: the alerts were read {duration(age)} ago{_because(alerts.error)}"
    return outstanding(alerts.value, snapshot.now)


def _because(error: str) -> str:
    return f" ({error})" if error else ""


def _as_written(snapshot: Snapshot, release: Release, build: str) -> bool:
    step = release.ladder[release.rung]
    placed = snapshot.placed(step.tier)
    wanted = (build, step.percent, release.id)
    return placed is not None and (placed.target.build, placed.target.percent, placed.target.release) == wanted


def _smoke(release: Release) -> str | None:
    match release.smoke:
        case SmokePassed():
            return ""
        case SmokeFailed(reason=reason):
            return reason
        case None:
            return None
