"""The watch after a deploy: the newest finished release is judged for some hours more, tier by tier.

Every tier runs the build, so each is compared with its own history, as the gate does if there are no old hosts. Missing
data is no reason to wake anyone: only errors and firing alerts turn a verdict. An open release has precedence.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from cockpit.deploy import facts
from cockpit.deploy.cutoff import EVERY_HOST
from cockpit.deploy.events import Event
from cockpit.deploy.facts import Call
from cockpit.deploy.gate.alerts import firing_text
from cockpit.deploy.gate.verdict import Verdict, judge_errors
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.rules.commander.duty import duty
from cockpit.rules.evidence import gather_evidence
from cockpit.rules.observer import Observer, observe

_SEVERITY = {Call.HOLD: 1, Call.ROLL_BACK: 2}

Observers = Mapping[str, Observer]
"""The observer of each tier."""


def watched_release(snapshot: Snapshot) -> Release | None:
    """The finished release that is still judged; None if there is none, a release is open, or its time is over."""
    if snapshot.open or not snapshot.good_releases or snapshot.good_releases[-1].install:
        return None
    release = snapshot.good_releases[-1]
    return release if snapshot.now - release.ended_at < snapshot.policy.gate.watch_after else None


def watch_tiers(before: Observers, snapshot: Snapshot, release: Release) -> dict[str, Observer]:
    """Add the new samples to the observer of each tier that serves people with the release's build."""
    steps = _tier_steps(snapshot, release)
    return {tier: observe(before.get(tier), snapshot, step) for tier, step in steps.items()}


def new_regression(observers: Observers, snapshot: Snapshot, release: Release) -> facts.Regressed | None:
    """The worst verdict of the tiers, if the log has no verdict on the release that is as bad."""
    worst: tuple[str, Verdict] | None = None
    for tier, step in _tier_steps(snapshot, release).items():
        verdict = _verdict(observers.get(tier), snapshot, step)
        if verdict and (worst is None or _SEVERITY[verdict.call] > _SEVERITY[worst[1].call]):
            worst = tier, verdict
    known = recorded_regression(snapshot, release)
    if worst is None or (known and _severity(known) >= _SEVERITY[worst[1].call]):
        return None
    tier, verdict = worst
    on_duty = duty(snapshot)
    person = snapshot.commander.value.name or (on_duty.person if on_duty else "")
    return facts.Regressed(release.id, release.builds[-1].id, tier, verdict.call, verdict.reason, person)


def recorded_regression(snapshot: Snapshot, release: Release) -> Event | None:
    """The worst recorded verdict on the finished release; None if it has not turned bad."""
    recorded = [
        event
        for later in snapshot.log.value.releases[snapshot.log.value.releases.index(release) :]
        for event in later.regressions
        if isinstance(event.what, facts.Regressed) and event.what.release == release.id
    ]
    return max(recorded, key=_severity, default=None)


def current_regression(snapshot: Snapshot) -> Event | None:
    """The regression that people should see now; None if there is none, or a release is open."""
    release = watched_release(snapshot)
    return recorded_regression(snapshot, release) if release else None


def _tier_steps(snapshot: Snapshot, release: Release) -> dict[str, Release]:
    """For each serving tier that runs the build on every host, the release as if the tier were its present step."""
    found: dict[str, Release] = {}
    rungs = {step.tier: rung for rung, step in enumerate(release.ladder)}
    for tier in snapshot.policy.serving_tiers:
        placed = snapshot.stored_target(tier.name)
        runs = placed and (placed.target.build, placed.target.cutoff) == (release.builds[-1].id, EVERY_HOST)
        if runs and tier.name in rungs:
            found[tier.name] = replace(release, rung=rungs[tier.name], since=release.ended_at)
    return found


def _verdict(observer: Observer | None, snapshot: Snapshot, step: Release) -> Verdict | None:
    if observer is None:
        return None
    evidence = gather_evidence(snapshot, step, observer)
    alerts = _new_alerts(snapshot, step.since)
    return judge_errors(evidence, snapshot.policy.gate) or (Verdict(Call.HOLD, alerts) if alerts else None)


def _new_alerts(snapshot: Snapshot, since: float) -> str:
    """The alerts that fire since the finish, as text; empty if there are none, or if they were not read lately."""
    age = snapshot.alerts.age(snapshot.now)
    if not snapshot.alerts.value or age is None or age > snapshot.policy.gate.fresh:
        return ""
    return firing_text(tuple(alert for alert in snapshot.alerts.value if alert.since >= since), snapshot.now)


def _severity(event: Event) -> int:
    return _SEVERITY.get(event.what.call, 0) if isinstance(event.what, facts.Regressed) else 0
