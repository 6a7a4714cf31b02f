"""The same pictures as values for `--json`: plain dicts, lists, strings and numbers."""

from typing import Any

import msgspec

from cockpit.deploy.events import Event
from cockpit.deploy.hosts.rollback_readiness import Readiness, readiness
from cockpit.deploy.hosts.transfer import host_rate, host_seconds_left, transfer
from cockpit.deploy.plan import AppendEvent, GiveCommand, Plan, TakeCommand, WriteTarget
from cockpit.deploy.pulls.pull_request import SHORT_CHANGE, PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
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
    """The whole picture. Times are seconds since the epoch, ages seconds, rates shares of 1."""
    stand, good = release_state(snapshot), snapshot.last_good
    slices = ("log", "targets", "statuses", "judgement", "traffic", "alerts", "preview", "engine")
    return {
        "app": snapshot.policy.app,
        "now": snapshot.now,
        "release_state": {"word": stand.word, "sentence": stand.sentence},
        "release": release(snapshot.latest, events=False) if snapshot.latest else None,
        "verdict": _verdict(snapshot),
        "tiers": [_tier(snapshot, tier.name) for tier in snapshot.policy.tiers],
        "last_good": msgspec.to_builtins(good) if good else None,
        "fleet_readiness": _readiness(fleet_readiness(snapshot)),
        "unreleased": pulls(snapshot.preview.value.pulls) if snapshot.preview.value else None,
        "engine": snapshot.engine.value.name,
        "commander": snapshot.commander.value.name,
        "day": day_json.present(snapshot),
        "autopilot": str(autopilot_mode(snapshot, snapshot.open)) if snapshot.open else None,
        "alerts": msgspec.to_builtins(snapshot.alerts.value),
        "ages": {name: getattr(snapshot, name).age(snapshot.now) for name in slices},
        "troubles": list(errors(snapshot)),
    }


def release(one: Release, events: bool = True) -> Json:
    """One release; with `events`, all that happened to it."""
    told: Json = {
        "id": one.id,
        "ref": one.ref,
        "branch": one.branch,
        "tag": one.tag,
        "commit": one.commit,
        "base": one.base,
        "step": one.step,
        "since": one.since or None,
        "build": msgspec.to_builtins(one.build) if one.build else None,
        "pulls": pulls(one.pulls),
        "reverted": list(one.reverted_numbers),
        "gone": list(one.reverted_names),
        "reverting": [asked.pull.number for asked in one.pending_reverts],
        "hotfixes": one.hotfixes,
        "held": event(one.held) if one.held else None,
        "failure": event(one.failure) if one.failure else None,
        "rolled_back": one.rolled_back is not None,
        "end": str(one.end) if one.end else None,
    }
    if not events:
        return told
    then = verdicts_at_decisions(one)
    return {**told, "events": [{**event(each), "verdict": then.get(each.number)} for each in one.events]}


def releases(snapshot: Snapshot) -> list[Json]:
    """Past releases, newest first, without their events."""
    return [release(one, events=False) for one in reversed(snapshot.log.value.releases)]


def event(one: Event) -> Json:
    """One event: its fields, its kind, and its sentence."""
    fields = msgspec.to_builtins(one)
    return {**fields, "sentence": event_log.sentence(one)}


def plan(one: Plan) -> Json:
    """What would be done."""
    steps = [_step(step) for step in one.steps]
    return {"title": one.title, "release": one.release, "steps": steps, "warnings": list(one.warnings)}


def pulls(some: tuple[PullRequest, ...]) -> list[Json]:
    """PRs, oldest first."""
    return [pull(one) for one in some]


def pull(one: PullRequest) -> Json:
    """One PR."""
    told: Json = msgspec.to_builtins(one)
    return told


def suspects(ranked: tuple[Suspect, ...]) -> list[Json]:
    """Suspects, likeliest first; the last, without pull or commit, is the chance that none of them did it."""
    return [
        {
            "pull": (one.pull.change[:SHORT_CHANGE] or one.pull.number or None) if one.pull else None,
            "commit": one.commit,
            "score": round(one.score, 4),
            "reason": one.reason,
        }
        for one in ranked
    ]


def _step(step: AppendEvent | WriteTarget | TakeCommand | GiveCommand) -> Json:
    match step:
        case AppendEvent(what, words):
            return {"words": words, "record": msgspec.to_builtins(what)}
        case WriteTarget(target, _, words):
            return {"words": words, "point": msgspec.to_builtins(target)}
        case TakeCommand(holder, words):
            return {"words": words, "take": holder.name}
        case GiveCommand(_, to, words):
            return {"words": words, "give": to}


def _verdict(snapshot: Snapshot) -> Json | None:
    if snapshot.open is None:
        return None
    verdict, said = snapshot.verdict, snapshot.judgement.value
    fresh = said if said is not None and verdict is said.verdict else None
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
    counted, placed, part = snapshot.fleet[tier], snapshot.stored_target(tier), share(snapshot, tier)
    return {
        "name": tier,
        "target": msgspec.to_builtins(placed.target) if placed else None,
        "wanted_percent": part.wanted if part else None,
        "actual_percent": part.actual if part else None,
        "hosts": len(counted.hosts),
        "converged": counted.ready,
        "moving": list(counted.moving),
        "silent": list(counted.silent),
        "failed": list(counted.failed),
        "pull": msgspec.to_builtins(transfer(counted)),
        "fleet_readiness": _readiness(
            readiness([counted], snapshot.rollback_target.id if snapshot.rollback_target else "")
        ),
    }


def hosts(snapshot: Snapshot) -> list[Json]:
    """What every host says of itself, by tier and name; of one that pulls, bytes a second and seconds left too."""
    said = sorted(snapshot.statuses.value.values(), key=lambda status: (status.tier, status.host))
    silent_after = snapshot.policy.silent_after
    return [
        {
            **msgspec.to_builtins(status),
            "silent": status.is_silent(snapshot.now, silent_after),
            "rate": host_rate(status),
            "left": host_seconds_left(status),
        }
        for status in said
    ]


def _readiness(back: Readiness) -> Json:
    """Of the hosts of the tiers that serve people, or of one tier's; what is not known is null."""
    return {**msgspec.to_builtins(back), "build": back.build or None, "lack": back.missing, "share": back.share}
