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
    ConnTaken,
    Cut,
    CutFailed,
    Finished,
    HandedOver,
    Held,
    HostFailed,
    Judged,
    Resumed,
    RevertAsked,
    Reverted,
    RevertFailed,
    RevertProposed,
    RolledBack,
    SmokeFailed,
    SmokePassed,
    Started,
    Unreadable,
    pull_name,
)
from cockpit.deploy.release import Release
from cockpit.deploy.text import names, plural, short
from cockpit.views.rows import Line, Span, Tone, clock, column, fit

FRESH = 10.0
"""Seconds for which what is new stands out: by a dot and its weight, without flashing."""

_CALLS = {Call.GO: Tone.GOOD, Call.WAIT: Tone.WAITING, Call.HOLD: Tone.BAD, Call.ROLL_BACK: Tone.BAD}


def sentence(event: Event) -> str:
    """What happened, in words."""
    match event.what:
        case Started(ref, _, install):
            return f"asked for {'the first build' if install else 'a release'} of {ref}"
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
        case RolledBack(build, tiers):
            return f"ROLLED BACK {names(tiers)} to {short(build)}"
        case Finished(build):
            return f"finished; {short(build)} is the last good build"
        case Abandoned(tiers):
            return f"abandoned{f'; {names(tiers)} put back' if tiers else ''}"
        case ConnTaken(by, previous):
            return f"{by} took the conn{f' from {previous}' if previous else ''}"
        case HandedOver(to):
            return f"gave the conn to {to or 'whoever takes it next'}"
        case AutopilotSet(mode):
            return f"autopilot {mode}"
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
        case SmokePassed() | Finished():
            return Tone.GOOD
        case Held() | RevertAsked() | RevertProposed() | Abandoned():
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
    return fit((*line, Span(f"  “{event.why}”", Tone.DIM)) if event.why else line, width)


def words(release: Release) -> tuple[str, ...]:
    """All that is said of each event, newest first, for looking through."""
    return tuple(
        " ".join((clock(event.at), event.by, sentence(event), event.why)) for event in reversed(release.events)
    )


def latest(release: Release | None, now: float, width: int) -> tuple[Line, ...]:
    """The release's events, newest first."""
    return tuple(row(event, now, width) for event in reversed(release.events)) if release else ()
