"""Values for `--json`: plain dicts, lists, strings and numbers.

Times are seconds since the epoch, ages and durations seconds, rates shares of 1.
"""

from typing import Any

import msgspec

from cockpit.deploy.events import Event
from cockpit.deploy.hosts.rollback_readiness import Readiness, readiness
from cockpit.deploy.hosts.transfer import host_rate, host_seconds_left, transfer
from cockpit.deploy.plan import AppendEvent, GiveCommand, Plan, TakeCommand, WriteTarget
from cockpit.deploy.pulls.pull_request import SHORT_CHANGE, PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.deploy.suspects.ranking import Suspect
from cockpit.rules.autopilot import autopilot_mode
from cockpit.rules.record.past_verdicts import verdicts_at_decisions
from cockpit.views import day_json, event_log
from cockpit.views.headline import errors
from cockpit.views.release_state import is_unknown, release_state
from cockpit.views.rollback_readiness import fleet_readiness
from cockpit.views.tiers import share

Json = dict[str, Any]


def status(snapshot: Snapshot) -> Json:
    """Return everything that `cockpit status` prints."""
    state, good = release_state(snapshot), snapshot.last_good
    return {
        "app": snapshot.policy.app,
        "now": snapshot.now,
        "state": {"word": state.word, "sentence": state.sentence},
        "release": release(snapshot.latest, events=False) if snapshot.latest else None,
        "verdict": _verdict(snapshot),
        "tiers": [_tier(snapshot, tier.name) for tier in snapshot.policy.tiers],
        "last_good": msgspec.to_builtins(good) if good else None,
        "rollback": _readiness(fleet_readiness(snapshot)),
        "unreleased": pulls(snapshot.preview.value.pulls) if snapshot.preview.value else None,
        "engine": snapshot.engine.value.name,
        "commander": snapshot.commander.value.name,
        "day": day_json.present(snapshot),
        "autopilot": str(autopilot_mode(snapshot, snapshot.open)) if snapshot.open else None,
        "alerts": msgspec.to_builtins(snapshot.alerts.value),
        "ages": _ages(snapshot),
        "errors": list(errors(snapshot)),
    }


def release(release: Release, events: bool = True) -> Json:
    """Return one release; with `events`, all its events and the verdicts at that time."""
    values: Json = {
        "id": release.id,
        "ref": release.ref,
        "branch": release.branch,
        "tag": release.tag,
        "commit": release.commit,
        "base": release.base,
        "step": release.step,
        "since": release.since or None,
        "build": msgspec.to_builtins(release.build) if release.build else None,
        "pulls": pulls(release.pulls),
        "reverted": list(release.reverted_names),
        "reverting": [revert.pull.name for revert in release.pending_reverts],
        "withdrawing": [revert.pull.name for revert in release.withdrawals],
        "delays": [event(delay) for delay in release.delays],
        "hotfixes": release.hotfixes,
        "held": event(release.held) if release.held else None,
        "failure": event(release.failures[-1]) if release.failures else None,
        "failures": [event(failure) for failure in release.failures],
        "kept": list(release.kept_names),
        "rolled_back": release.rolled_back is not None,
        "taken_back": str(release.taken_back) if release.taken_back else None,
        "end": str(release.end) if release.end else None,
    }
    if not events:
        return values
    verdicts = verdicts_at_decisions(release)
    return {**values, "events": [{**event(each), "verdict": verdicts.get(each.number)} for each in release.events]}


def releases(snapshot: Snapshot) -> list[Json]:
    """Return past releases, newest first, without their events."""
    return [release(past, events=False) for past in reversed(snapshot.log.value.releases)]


def event(event: Event) -> Json:
    """Return one event: its fields and its sentence."""
    return {**msgspec.to_builtins(event), "sentence": event_log.sentence(event)}


def plan(plan: Plan) -> Json:
    """Return the steps of a plan."""
    steps = [_step(step) for step in plan.steps]
    return {"title": plan.title, "release": plan.release, "steps": steps, "warnings": list(plan.warnings)}


def pulls(pulls: tuple[PullRequest, ...]) -> list[Json]:
    """Return PRs, oldest first."""
    return [pull(each) for each in pulls]


def pull(pull: PullRequest) -> Json:
    """Return one PR."""
    values: Json = msgspec.to_builtins(pull)
    return values


def suspects(ranked: tuple[Suspect, ...]) -> list[Json]:
    """Return suspects, likeliest first; the last, without pull or commit, is the chance that no PR is the cause."""
    return [
        {
            "pull": (suspect.pull.change[:SHORT_CHANGE] or suspect.pull.number or None) if suspect.pull else None,
            "commit": suspect.commit,
            "score": round(suspect.score, 4),
            "reason": suspect.reason,
        }
        for suspect in ranked
    ]


def hosts(snapshot: Snapshot) -> list[Json]:
    """Return the status of every host by tier and name, with rate (bytes a second) and seconds left of a transfer."""
    statuses = sorted(snapshot.statuses.value.values(), key=lambda status: (status.tier, status.host))
    silent_after = snapshot.policy.silent_after
    return [
        {
            **msgspec.to_builtins(status),
            "silent": status.is_silent(snapshot.now, silent_after),
            "rate": host_rate(status),
            "seconds_left": host_seconds_left(status),
        }
        for status in statuses
    ]


def _step(step: AppendEvent | WriteTarget | TakeCommand | GiveCommand) -> Json:
    match step:
        case AppendEvent(what=what, summary=summary):
            return {"summary": summary, "event": msgspec.to_builtins(what)}
        case WriteTarget(target=target, summary=summary):
            return {"summary": summary, "target": msgspec.to_builtins(target)}
        case TakeCommand(holder=holder, summary=summary):
            return {"summary": summary, "take_over_from": holder.name}
        case GiveCommand(to=to, summary=summary):
            return {"summary": summary, "hand_over_to": to}


def _verdict(snapshot: Snapshot) -> Json | None:
    if snapshot.open is None:
        return None
    verdict, judgement = snapshot.verdict, snapshot.judgement.value
    fresh = judgement if judgement is not None and verdict is judgement.verdict else None
    return {
        "call": str(verdict.call),
        "reason": verdict.reason,
        "unknown": is_unknown(snapshot),
        "age": snapshot.now - fresh.at if fresh else None,
        "watched": fresh.watched if fresh else None,
        "soak": fresh.soak if fresh else None,
        "new": msgspec.to_builtins(fresh.new) if fresh else None,
        "control": msgspec.to_builtins(fresh.control) if fresh else None,
    }


def _tier(snapshot: Snapshot, tier: str) -> Json:
    rollout, stored, part = snapshot.fleet[tier], snapshot.stored_target(tier), share(snapshot, tier)
    rollback = snapshot.rollback_target
    return {
        "name": tier,
        "target": msgspec.to_builtins(stored.target) if stored else None,
        "wanted_percent": part.wanted if part else None,
        "actual_percent": part.actual if part else None,
        "hosts": len(rollout.hosts),
        "ready": rollout.ready,
        "moving": list(rollout.moving),
        "silent": list(rollout.silent),
        "failed": list(rollout.failed),
        "transfer": msgspec.to_builtins(transfer(rollout)),
        "rollback": _readiness(readiness([rollout], rollback.id if rollback else "")),
    }


def _ages(snapshot: Snapshot) -> dict[str, float | None]:
    """Return the age of each source; null if it was never read."""
    sources: dict[str, Seen[Any]] = {
        "log": snapshot.log,
        "targets": snapshot.targets,
        "statuses": snapshot.statuses,
        "verdict": snapshot.judgement,
        "traffic": snapshot.traffic,
        "alerts": snapshot.alerts,
        "main": snapshot.preview,
        "engine": snapshot.engine,
    }
    return {name: source.age(snapshot.now) for name, source in sources.items()}


def _readiness(ready: Readiness) -> Json:
    """Return the rollback readiness of the serving tiers or of one tier; unknown is null."""
    return {
        **msgspec.to_builtins(ready),
        "build": ready.build or None,
        "missing": ready.missing,
        "share": ready.share,
    }
