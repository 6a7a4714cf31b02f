"""Events as sentences: when, who, what, why."""

from typing import assert_never

from cockpit.deploy import facts
from cockpit.deploy.events import Event
from cockpit.deploy.facts import Call
from cockpit.deploy.release import Release
from cockpit.deploy.schedule.presence import Sign
from cockpit.deploy.schedule.time_format import format_utc
from cockpit.deploy.text import names, plural, short
from cockpit.views.rows import Line, Span, Tone, clock, column, fit

HIGHLIGHT_SECONDS = 10.0
"""Seconds for which a new event is highlighted, by a dot and its weight."""

_CALLS = {Call.GO: Tone.GOOD, Call.WAIT: Tone.WAITING, Call.HOLD: Tone.BAD, Call.ROLL_BACK: Tone.BAD}


def sentence(event: Event) -> str:
    """Describe what happened in one sentence."""
    match event.what:
        case facts.Started(ref=ref, install=install, overrode=overrode):
            over = f"; overrode: {overrode}" if overrode else ""
            return f"requested {'the first build' if install else 'a release'} of {ref}{over}"
        case facts.Cut(branch=branch, commit=commit, pulls=pulls):
            return f"{branch} cut at {short(commit)} with {plural(len(pulls), 'PR')}"
        case facts.CutFailed(reason=reason):
            return f"cut failed: {reason}"
        case facts.BuildReady(build=build, tag=tag, seconds=seconds):
            return f"{tag} built in {seconds:.0f} s: {short(build.id)}, {plural(build.files, 'file')}"
        case facts.BuildFailed(commit=commit, reason=reason):
            return f"build of {short(commit)} failed: {reason}"
        case facts.Advanced(step=step, build=build_id, overrode=overrode):
            return f"{step} told to run {short(build_id)}{f'; overrode: {overrode}' if overrode else ''}"
        case facts.SmokePassed(seconds=seconds):
            return f"smoke test passed in {seconds:.0f} s"
        case facts.SmokeFailed(reason=reason):
            return f"smoke test failed: {reason}"
        case facts.Judged(call=call, reason=reason):
            return f"{call}: {reason}"
        case facts.HostFailed(host=host, build=build_id, reason=reason):
            return f"{host} refused {short(build_id)}: {reason}"
        case facts.Suspected(pull=pull, chance=chance, reason=reason):
            return f"{pull.name} {pull.title} suspected at {chance:.0%}: {reason}"
        case facts.Held():
            return "held"
        case facts.Resumed(kept=kept):
            return (
                f"resumed; {names(kept, len(kept))} still in the build, because the revert failed"
                if kept
                else "resumed"
            )
        case facts.Rejected(release=rejected, suspects=suspects):
            quarantined = f"; quarantined as suspects: {names(suspects)}" if suspects else ""
            return f"rejected {rejected}: no rollback goes back to its build{quarantined}"
        case facts.RevertAsked(pull=pull, withdrawn=withdrawn, resolved=resolved):
            back = f"; {names(withdrawn)} rolled back meanwhile" if withdrawn else ""
            how = ", conflicts resolved by hand" if resolved else ""
            return f"requested the revert of {pull.name} {pull.title}{how}{back}"
        case facts.Reverted() as done:
            return _reverted(done)
        case facts.RevertFailed(reason=reason, conflicts=conflicts) as failed:
            where = f" in {names(conflicts)}" if conflicts else ""
            return f"revert of {facts.pull_name(failed)} failed{where}: {reason}"
        case facts.RevertProposed(name=name, proposal=proposal, url=url):
            return f"revert of {name} is PR #{proposal}, waiting to be merged: {url}"
        case facts.RevertDelayed(name=name, reason=reason):
            return f"revert of {name} delayed, will be retried: {reason}" if reason else f"revert of {name} continues"
        case facts.WithdrawalAsked(name=name):
            return f"took back the request to revert {name}"
        case facts.RevertWithdrawn(name=name, note=note):
            return f"revert of {name} withdrawn, nothing was pushed{f'; {note}' if note else ''}"
        case facts.RolledBack(build=build_id, tiers=tiers, suspects=suspects, release=other):
            quarantined = f"; quarantined as suspects: {names(suspects)}" if suspects else ""
            bad = f"; {other} is marked bad" if other else ""
            return f"ROLLED BACK {names(tiers)} to {short(build_id)}{bad}{quarantined}"
        case facts.Finished(build=build_id):
            return f"finished; {short(build_id)} is the last good build"
        case facts.Abandoned(tiers=tiers):
            return f"abandoned{f'; {names(tiers)} rolled back' if tiers else ''}"
        case facts.CommandTaken(commander=commander, previous=previous):
            return f"{commander} took over from {previous}" if previous else f"{commander} is the commander"
        case facts.HandedOver(to=to, note=note):
            return f"handed over to {to or 'the next commander'}{f': {note}' if note else ''}"
        case facts.HandoffRead(previous=previous):
            return f"read the handoff from {previous}"
        case facts.Noted(text=text):
            return f"note: {text}"
        case facts.CommanderLost(person=person, successor=successor, sign=sign):
            lost = "left" if sign is Sign.LEFT else "lost contact"
            return f"commander {person} {lost}; next: {successor or 'anyone'}"
        case facts.AutopilotSet(mode=mode):
            return f"autopilot {mode}"
        case facts.Frozen(until=until):
            return f"froze deploys until {format_utc(until)}"
        case facts.Thawed():
            return "lifted the freeze"
        case facts.Restored(tiers=tiers, build=build_id):
            return f"no host of {names(tiers)} serves {short(build_id)} any more"
        case facts.Regressed(release=release, call=call, reason=reason):
            return f"{release} turned bad after it finished: {call}: {reason}"
        case facts.Unreadable(key=key, reason=reason):
            return f"record {key} cannot be read: {reason}"
        case _:
            assert_never(event.what)


def _reverted(done: facts.Reverted) -> str:
    where = "on main and on the release branch"
    if done.direct:
        differs = f", because main's revert differs in {names(done.differs)}" if done.differs else ""
        where = f"on main, and separately on the release branch{differs}"
    if done.was_out:
        how = "directly" if done.direct else "by the revert that main has"
        where = f"on the release branch only, {how}: main had nothing left to revert"
    left = f"; but {names(done.remaining)}" if done.remaining else ""
    draft = f"; draft to re-land it: {done.reland}" if done.reland else ""
    return f"{facts.pull_name(done)} reverted {where}{left}; tagged {done.tag}{draft}"


def tone(event: Event) -> Tone:
    """Return the tone of the sentence: good, bad, waiting or plain."""
    match event.what:
        case facts.Judged(call=call) | facts.Regressed(call=call):
            return _CALLS[call]
        case facts.Reverted(remaining=remaining):
            return Tone.WAITING if remaining else Tone.PLAIN
        case (
            facts.CutFailed()
            | facts.BuildFailed()
            | facts.SmokeFailed()
            | facts.HostFailed()
            | facts.RevertFailed()
            | facts.RolledBack()
            | facts.Rejected()
        ):
            return Tone.BAD
        case facts.SmokePassed() | facts.Finished() | facts.Restored():
            return Tone.GOOD
        case (
            facts.Held()
            | facts.RevertAsked()
            | facts.RevertProposed()
            | facts.RevertDelayed()
            | facts.WithdrawalAsked()
            | facts.RevertWithdrawn()
            | facts.Abandoned()
            | facts.Suspected()
            | facts.Frozen()
            | facts.CommanderLost()
        ):
            return Tone.WAITING
        case facts.Unreadable():
            return Tone.UNKNOWN
        case _:
            return Tone.PLAIN


def row(event: Event, now: float, width: int) -> Line:
    """Return one event on one line, highlighted if it is new."""
    who = 22 if width >= 120 else 10
    fresh = 0 <= now - event.at < HIGHLIGHT_SECONDS
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
    """Return the reason a person gave; empty if there is none, or if the sentence contains it."""
    match event.what:
        case facts.Noted(text=event.why):
            return ""
        case _:
            return event.why


def search_text(release: Release) -> tuple[str, ...]:
    """Return the searchable text of each event, newest first."""
    return tuple(
        " ".join((clock(event.at), event.by, sentence(event), event.why)) for event in reversed(release.events)
    )


def rows(release: Release | None, now: float, width: int) -> tuple[Line, ...]:
    """List the release's events, newest first."""
    return tuple(row(event, now, width) for event in reversed(release.events)) if release else ()
