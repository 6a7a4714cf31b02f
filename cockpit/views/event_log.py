"""Events as sentences: when, who, what, why."""

from typing import assert_never

from cockpit.deploy.events import Event
from cockpit.deploy.facts import (
    Abandoned,
    Advanced,
    AutopilotSet,
    BuildFailed,
    BuildReady,
    Call,
    CommanderLost,
    CommandTaken,
    Cut,
    CutFailed,
    Finished,
    Frozen,
    HandedOver,
    HandoffRead,
    Held,
    HostFailed,
    Judged,
    Noted,
    Restored,
    Resumed,
    RevertAsked,
    Reverted,
    RevertFailed,
    RevertProposed,
    RolledBack,
    SmokeFailed,
    SmokePassed,
    Started,
    Suspected,
    Thawed,
    Unreadable,
    pull_name,
)
from cockpit.deploy.release import Release
from cockpit.deploy.schedule.presence import Sign
from cockpit.deploy.schedule.time_format import in_utc
from cockpit.deploy.text import names, plural, short
from cockpit.views.rows import Line, Span, Tone, clock, column, fit

FRESH = 10.0
"""Seconds for which what is new stands out: by a dot and its weight, without flashing."""

_CALLS = {Call.GO: Tone.GOOD, Call.WAIT: Tone.WAITING, Call.HOLD: Tone.BAD, Call.ROLL_BACK: Tone.BAD}


def sentence(event: Event) -> str:
    """What happened, in words."""
    match event.what:
        case Started(ref, _, install, _, overrode):
            over = f"; overrode: {overrode}" if overrode else ""
            return f"asked for {'the first build' if install else 'a release'} of {ref}{over}"
        case Cut(branch, _, commit, _, pulls):
            return f"{branch} cut at {short(commit)} with {plural(len(pulls), 'PR')}"
        case CutFailed(reason):
            return f"the cut failed: {reason}"
        case BuildReady(build, tag, seconds):
            return f"{tag} built in {seconds:.0f} s: {short(build.id)}, {plural(build.files, 'file')}"
        case BuildFailed(commit, reason):
            return f"the build of {short(commit)} failed: {reason}"
        case Advanced(_, step, build, overrode):
            return f"{step} pointed at {short(build)}{f'; overrode {overrode}' if overrode else ''}"
        case SmokePassed(_, seconds):
            return f"smoke test passed in {seconds:.0f} s"
        case SmokeFailed(_, reason):
            return f"smoke test failed: {reason}"
        case Judged(_, _, call, reason):
            return f"{call}: {reason}"
        case HostFailed(host, build, reason):
            return f"{host} refused {short(build)}: {reason}"
        case Suspected(pull, chance, reason):
            return f"{pull.name} {pull.title} suspected at {chance:.0%}: {reason}"
        case Held():
            return "held"
        case Resumed():
            return "resumed"
        case RevertAsked(pull, withdrawn, resolved):
            back = f"; {names(withdrawn)} put back meanwhile" if withdrawn else ""
            how = ", its conflicts resolved by hand" if resolved else ""
            return f"asked to revert {pull.name} {pull.title}{how}{back}"
        case Reverted(tag=tag) as done:
            again = f"; draft to re-land: {done.reland}" if done.reland else ""
            return f"{pull_name(done)} reverted on main and picked; tagged {tag}{again}"
        case RevertFailed(_, reason, conflicts) as failed:
            where = f" in {names(conflicts)}" if conflicts else ""
            return f"the revert of {pull_name(failed)} failed{where}: {reason}"
        case RevertProposed(_, name, proposal, url):
            return f"the revert of {name} is #{proposal} and waits to be landed: {url}"
        case RolledBack(build, tiers, suspects):
            stay = f"; under suspicion, to stay out: {names(suspects)}" if suspects else ""
            return f"ROLLED BACK {names(tiers)} to {short(build)}{stay}"
        case Finished(build):
            return f"finished; {short(build)} is the last good build"
        case Abandoned(tiers):
            return f"abandoned{f'; {names(tiers)} put back' if tiers else ''}"
        case CommandTaken(by, previous, _):
            return f"{by} took the conn{f' from {previous}' if previous else ''}"
        case HandedOver(to, note):
            return f"gave the conn to {to or 'whoever takes it next'}{f': {note}' if note else ''}"
        case HandoffRead(of):
            return f"read the hand-off card of {of}"
        case Noted(text):
            return f"note: {text}"
        case CommanderLost(person, following, _, how):
            gone = "left" if how is Sign.LEFT else "was lost"
            return f"nobody watches since {person} {gone}; next: {following or 'anybody'}"
        case AutopilotSet(mode):
            return f"autopilot {mode}"
        case Frozen(until):
            return f"froze deploys until {in_utc(until)}"
        case Thawed():
            return "thawed"
        case Restored(tiers, build):
            return f"no host of {names(tiers)} serves {short(build)} any more"
        case Unreadable(key, reason):
            return f"record {key} cannot be read: {reason}"
        case _:
            assert_never(event.what)


def tone(event: Event) -> Tone:
    """How the event is to be taken."""
    match event.what:
        case Judged(call=call):
            return _CALLS[call]
        case CutFailed() | BuildFailed() | SmokeFailed() | HostFailed() | RevertFailed() | RolledBack():
            return Tone.BAD
        case SmokePassed() | Finished() | Restored():
            return Tone.GOOD
        case Held() | RevertAsked() | RevertProposed() | Abandoned() | Suspected() | Frozen() | CommanderLost():
            return Tone.WAITING
        case Unreadable():
            return Tone.UNKNOWN
        case _:
            return Tone.PLAIN


def row(event: Event, now: float, width: int) -> Line:
    """One event on one line; one of the last seconds stands out."""
    who = 22 if width >= 120 else 10
    fresh = 0 <= now - event.at < FRESH
    when = clock(event.at) if event.at else "--:--:--"
    line: Line = (
        Span(when, Tone.STRONG if fresh else Tone.DIM),
        Span(" •" if fresh else "  ", Tone.STRONG),
        column(event.by or "-", who, Tone.DIM),
        Span(" "),
        Span(sentence(event), tone(event)),
    )
    why = reason(event)
    return fit((*line, Span(f"  “{why}”", Tone.DIM)) if why else line, width)


def reason(event: Event) -> str:
    """Why it was done; empty where nobody said, and where the sentence says it already."""
    return "" if isinstance(event.what, Noted) and event.what.text == event.why else event.why


def words(release: Release) -> tuple[str, ...]:
    """All that is said of each event, newest first, for looking through."""
    return tuple(
        " ".join((clock(event.at), event.by, sentence(event), event.why)) for event in reversed(release.events)
    )


def latest(release: Release | None, now: float, width: int) -> tuple[Line, ...]:
    """The release's events, newest first."""
    return tuple(row(event, now, width) for event in reversed(release.events)) if release else ()
