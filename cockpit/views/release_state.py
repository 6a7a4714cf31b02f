"""The state of the release in one word and one sentence."""

from dataclasses import dataclass

from cockpit.deploy.events import Event
from cockpit.deploy.facts import Call, Regressed, RolledBack
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration, names, plural, short
from cockpit.deploy.tiers import Audience
from cockpit.rules.decisions.first_step import first_step_closed, first_step_is_automatic
from cockpit.rules.decisions.planner import delay_text
from cockpit.rules.post_deploy import current_regression
from cockpit.views import event_log
from cockpit.views.rows import Tone


@dataclass(frozen=True)
class ReleaseState:
    """A badge, its tone, and the reason."""

    word: str
    tone: Tone
    sentence: str


def release_state(snapshot: Snapshot) -> ReleaseState:
    """Return the most serious state that applies."""
    release = snapshot.latest
    if snapshot.startup.value:
        return ReleaseState("SETTING UP", Tone.QUIET_BADGE, snapshot.startup.value.strip().splitlines()[-1])
    if release and release.held and isinstance(rollback := release.held.what, RolledBack):
        since = _since(snapshot, release.held)
        return ReleaseState(
            "ROLLED BACK", Tone.BAD_BADGE, f"{names(rollback.tiers)} back on {short(rollback.build)} for {since}"
        )
    if (regression := current_regression(snapshot)) and isinstance(bad := regression.what, Regressed):
        when = duration(snapshot.now - regression.at)
        words = f"{bad.release} turned bad after it finished, {when} ago: {bad.reason}; `rollback` (R) takes it back"
        return ReleaseState(bad.call, Tone.BAD_BADGE, words)
    if release is None or release.end is not None:
        return ReleaseState("IDLE", Tone.QUIET_BADGE, _idle(snapshot, release))
    if release.held:
        since = f"for {_since(snapshot, release.held)}"
        if snapshot.verdict.call is Call.ROLL_BACK:  # worse than when it was held
            return ReleaseState("HELD", Tone.BAD_BADGE, f"now ROLL BACK: {snapshot.verdict.reason}; held {since}")
        return ReleaseState("HELD", Tone.WAITING_BADGE, since)
    if release.failures:
        return ReleaseState("FAILED", Tone.BAD_BADGE, "; ".join(map(event_log.sentence, release.failures)))
    return _preparing(snapshot, release) or _judged(snapshot, release)


def is_unknown(snapshot: Snapshot) -> bool:
    """Whether the present verdict rests on missing, stale or partial data."""
    release, judgement = snapshot.open, snapshot.judgement.value
    if judgement is None or snapshot.verdict is not judgement.verdict:
        return True
    if release is None or not 0 <= release.rung < len(release.ladder):
        return True
    step = release.ladder[release.rung]
    if snapshot.policy.tier(step.tier).serves is Audience.NOBODY:
        return bool(snapshot.statuses.error)
    return judgement.new is None or missing_counters(snapshot, step.tier) != ""


def missing_counters(snapshot: Snapshot, tier: str) -> str:
    """Say what is missing from the counters of this tier; empty if nothing is."""
    traffic = snapshot.traffic
    if traffic.error:
        return traffic.error
    age = traffic.age(snapshot.now)
    if age is None or not traffic.value.samples:
        return "no counters yet"
    if age > snapshot.policy.gate.fresh:
        return f"counters are {duration(age)} old"
    hosts = snapshot.fleet[tier].hosts if tier in snapshot.fleet else ()
    missing = tuple(host for host in traffic.value.samples[-1].missing if host in hosts)
    return f"no counters from {names(missing)}" if missing else ""


def _preparing(snapshot: Snapshot, release: Release) -> ReleaseState | None:
    """Return the state before the first step: cutting, building, or reverting for a hotfix."""
    no_engine = "" if snapshot.engine.value.name else "; no engine is running"
    elapsed = duration(snapshot.now - release.events[-1].at) if release.events else "0 s"
    if release.pending_reverts:
        pull = release.pending_reverts[0].pull
        word, work = "HOTFIX", f"reverting {pull.name} {pull.title}{delay_text(snapshot, release, pull.name)}"
    elif release.withdrawals:
        word, work = "HOTFIX", f"withdrawing the revert of {release.withdrawals[0].pull.name}"
    elif not release.commit:
        word, work = "CUTTING", f"cutting release/{release.id} from {release.ref or 'main'}"
    elif release.build is None:
        word, work = "BUILDING", f"building {release.tag or release.id} at {short(release.commit)}"
    elif release.rung < 0:
        word, work = "BUILT", _first_step(snapshot, release)
    else:
        return None
    return ReleaseState(word, Tone.WAITING_BADGE, f"{work}, {elapsed}{no_engine}")


def _first_step(snapshot: Snapshot, release: Release) -> str:
    """Say who takes the first step, or what it waits for."""
    if not release.ladder:
        return "the first tier is next"
    tier = release.ladder[0].tier
    if closed := first_step_closed(snapshot, release):
        return f"{tier} is next; {closed.reason}"
    if first_step_is_automatic(snapshot, release):
        return f"{tier} is next"
    return f"{tier} serves people, so `advance` takes it"


def _judged(snapshot: Snapshot, release: Release) -> ReleaseState:
    verdict = snapshot.verdict
    done = f"{release.id} runs on every host: finish it. " if release.on_last_step and verdict.call is Call.GO else ""
    tones = {
        Call.GO: Tone.GOOD_BADGE,
        Call.WAIT: Tone.WAITING_BADGE,
        Call.HOLD: Tone.BAD_BADGE,
        Call.ROLL_BACK: Tone.BAD_BADGE,
    }
    tone = tones[verdict.call]
    if verdict.call in {Call.GO, Call.WAIT} and is_unknown(snapshot):
        tone = Tone.UNKNOWN_BADGE
    return ReleaseState(verdict.call, tone, done + verdict.reason)


def _idle(snapshot: Snapshot, release: Release | None) -> str:
    ended = ""
    if release is not None and release.end is not None:
        ended = f"{release.id} {release.end} {duration(snapshot.now - release.ended_at)} ago; "
    if snapshot.last_good is None:
        return f"{ended}no build has reached every host yet"
    preview = snapshot.preview.value
    if preview is None:
        return f"{ended}main has not been read yet"
    if not preview.pulls:
        return f"{ended}main has no unreleased PR"
    return f"{ended}main has {plural(len(preview.pulls), 'unreleased PR')}"


def _since(snapshot: Snapshot, event: Event) -> str:
    """Say for how long and by whom, the reason last: a long line is cropped at its end."""
    why = f": {event.why}" if event.why else ""
    return f"{duration(snapshot.now - event.at)} by {event.by}, until resumed{why}"
