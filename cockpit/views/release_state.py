"""Where the release stands, in one word and one sentence: what a commander reads first."""

from dataclasses import dataclass

from cockpit.deploy.events import Event
from cockpit.deploy.facts import Call
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration, names, plural, short
from cockpit.deploy.tiers import Audience
from cockpit.views import event_log
from cockpit.views.rows import Tone


@dataclass(frozen=True)
class Standing:
    """A badge, its tone, and why."""

    word: str
    tone: Tone
    sentence: str


def standing(snapshot: Snapshot) -> Standing:
    """The one thing to know now; the most serious first."""
    release = snapshot.latest
    if snapshot.opening.value:
        return Standing("SETTING UP", Tone.QUIET_BADGE, snapshot.opening.value.strip().splitlines()[-1])
    if release and release.held and release.rolled_back:
        back = release.rolled_back
        said = f"{names(back.tiers)} back on {short(back.build)} for {_since(snapshot, release.held)}"
        return Standing("ROLLED BACK", Tone.BAD_BADGE, said)
    if release is None or release.end is not None:
        return Standing("IDLE", Tone.QUIET_BADGE, _idle(snapshot, release))
    if release.held:
        since = f"for {_since(snapshot, release.held)}"
        if snapshot.verdict.call is Call.ROLL_BACK:  # worse than it was when somebody held it
            return Standing("HELD", Tone.BAD_BADGE, f"now ROLL BACK: {snapshot.verdict.reason}; held {since}")
        return Standing("HELD", Tone.WAITING_BADGE, since)
    if release.failure:
        return Standing("FAILED", Tone.BAD_BADGE, event_log.sentence(release.failure))
    return _moving(snapshot, release) or _judged(snapshot, release)


def is_unknown(snapshot: Snapshot) -> bool:
    """Whether the present verdict rests on missing, stale or partial data."""
    release, said = snapshot.open, snapshot.judged.value
    if said is None or snapshot.verdict is not said.verdict:
        return True
    if release is None or not 0 <= release.rung < len(release.ladder):
        return True
    step = release.ladder[release.rung]
    if snapshot.policy.tier(step.tier).serves is Audience.NOBODY:
        return bool(snapshot.statuses.error)
    return said.new is None or doubt(snapshot, step.tier) != ""


def doubt(snapshot: Snapshot, tier: str) -> str:
    """What is missing from the counters of this tier; empty where nothing is."""
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


def _moving(snapshot: Snapshot, release: Release) -> Standing | None:
    alone = "" if snapshot.engine.value.name else "; no engine is running"
    spent = duration(snapshot.now - release.events[-1].at) if release.events else "0 s"
    if release.reverting:
        pull = release.reverting[0].pull
        word, said = "HOTFIX", f"reverting {pull.name} {pull.title}"
    elif not release.commit:
        word, said = "CUTTING", f"cutting release/{release.id} from {release.ref or 'main'}"
    elif release.build is None:
        word, said = "BUILDING", f"building {release.tag or release.id} at {short(release.commit)}"
    elif release.rung < 0:
        word, said = "BUILT", f"{release.ladder[0].tier if release.ladder else 'the first tier'} is next"
    else:
        return None
    return Standing(word, Tone.WAITING_BADGE, f"{said}, {spent}{alone}")


def _judged(snapshot: Snapshot, release: Release) -> Standing:
    verdict = snapshot.verdict
    done = f"{release.id} is on every host: finish it. " if release.complete and verdict.call is Call.GO else ""
    tones = {
        Call.GO: Tone.GOOD_BADGE,
        Call.WAIT: Tone.WAITING_BADGE,
        Call.HOLD: Tone.BAD_BADGE,
        Call.ROLL_BACK: Tone.BAD_BADGE,
    }
    tone = tones[verdict.call]
    if verdict.call in {Call.GO, Call.WAIT} and is_unknown(snapshot):
        tone = Tone.UNKNOWN_BADGE
    return Standing(verdict.call, tone, done + verdict.reason)


def _idle(snapshot: Snapshot, release: Release | None) -> str:
    ended = ""
    if release is not None and release.end is not None:
        ended = f"{release.id} {release.end} {duration(snapshot.now - release.ended)} ago; "
    if snapshot.last_good is None:
        return f"{ended}no build has reached every host yet"
    main = snapshot.main.value
    if main is None:
        return f"{ended}main has not been read yet"
    if not main.pulls:
        return f"{ended}main has nothing unreleased"
    return f"{ended}main has {plural(len(main.pulls), 'unreleased PR')}"


def _since(snapshot: Snapshot, event: Event) -> str:
    """The way out before the reason: a long one is cropped."""
    why = f": {event.why}" if event.why else ""
    return f"{duration(snapshot.now - event.at)} by {event.by}, until resumed{why}"
