"""The handoff: what the next commander must know of the open release, as sentences made from one snapshot.

The event that hands over keeps these sentences as they were then.
"""

from typing import assert_never

from msgspec import Struct

from cockpit.deploy import facts
from cockpit.deploy.events import Event
from cockpit.deploy.facts import Call
from cockpit.deploy.gate.alerts import firing_text
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean, duration, names, percent

SUSPECTED = 0.1
"""Chance from which on a PR is named as a suspect, 0 to 1."""
NOTES = 8
"""Notes in a handoff."""
LONGEST = 240
"""Characters of one line, so that a handoff is read at a glance and fits into the log."""


class Handoff(Struct, frozen=True):
    """The state of a release, in sentences; each part may be empty."""

    state: tuple[str, ...] = ()
    overrode: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """All sentences, each with the name of its part."""
        parts = (("", self.state), ("overrode: ", self.overrode), ("open: ", self.questions), ("note: ", self.notes))
        return tuple(_short(f"{label}{line}") for label, lines in parts for line in lines)


def compose_handoff(snapshot: Snapshot) -> Handoff:
    """The handoff of the newest release, as of now."""
    release = snapshot.latest
    if release is None:
        return Handoff(("no release yet",))
    if release.end is not None:
        ended = release.taken_back or release.end
        ago = duration(snapshot.now - release.settled_at)
        return Handoff((f"{release.id} {ended} {ago} ago; no release is open",), notes=_notes(snapshot, release))
    return Handoff(
        _state(snapshot, release), _overrides(snapshot, release), open_questions(snapshot), _notes(snapshot, release)
    )


def open_questions(snapshot: Snapshot) -> tuple[str, ...]:
    """What is not settled about the open release, the most urgent first."""
    release = snapshot.open
    if release is None:
        return ()
    verdict = snapshot.verdict
    questions: list[str] = []
    if release.held:
        why = f": {release.held.why}" if release.held.why else ""
        questions.append(f"held by {release.held.by} for {duration(snapshot.now - release.held.at)}{why}")
    if release.rung >= 0 and verdict.call is not Call.GO:
        questions.append(f"the gate says {verdict.call}: {verdict.reason}")
    if alerts := _alerts(snapshot):
        questions.append(alerts)
    questions += _jobs(release)
    questions += _hosts(snapshot)
    questions += _suspects(snapshot)
    if snapshot.active_freeze:
        questions.append(f"deploys are frozen by {snapshot.active_freeze.by}: {snapshot.active_freeze.why}")
    if not snapshot.engine.value.name:
        questions.append("no engine is running")
    return tuple(map(_short, questions))


def note_text(event: Event) -> str:
    """The note in an event; empty if it has none."""
    match event.what:
        case facts.Noted(text=text):
            return text
        case facts.HandedOver(note=note):
            return note or (event.why if event.by_person else "")
        case _:
            return ""


def _state(snapshot: Snapshot, release: Release) -> tuple[str, ...]:
    position = "before its first step"
    if release.step:
        position = f"at {release.step} for {duration(snapshot.now - release.since)}"
    if release.held:
        position = f"held {position}"
    verdict = f", {snapshot.verdict.call}" if release.step else ""
    if release.rolled_back:
        position, verdict = f"rolled back, {names(release.rolled_back.tiers)} on the last good build", ""
    reverted = f", without {names(release.reverted_names)}" if release.reverted_names else ""
    reverted += f", still with {names(release.kept_names)}, whose revert failed" if release.kept_names else ""
    autopilot = f"; autopilot {release.autopilot}" if release.autopilot else ""
    return (f"{release.id} {position}{verdict}{reverted}{autopilot}",)


def _overrides(snapshot: Snapshot, release: Release) -> tuple[str, ...]:
    """Overrides of the gate, the calendar and preflight objections."""
    overrides: list[str] = []
    for event in release.events:
        match event.what:
            case (
                facts.Started(overrode=overrode) | facts.Advanced(overrode=overrode) | facts.Finished(overrode=overrode)
            ) if overrode:
                why = f": {event.why}" if event.why else ""
                overrides.append(f"{overrode} by {event.by} {duration(snapshot.now - event.at)} ago{why}")
            case _:
                pass
    return tuple(overrides)


def _notes(snapshot: Snapshot, release: Release) -> tuple[str, ...]:
    """People's notes, newest first."""
    notes = [
        f"{text} ({event.by}, {duration(snapshot.now - event.at)} ago)"
        for event in reversed(release.events)
        if (text := note_text(event))
    ]
    older = (f"{len(notes) - NOTES} older notes are in the log",) if len(notes) > NOTES else ()
    return (*notes[:NOTES], *older)


def _alerts(snapshot: Snapshot) -> str:
    if not snapshot.policy.watches_alerts:
        return ""
    alerts = snapshot.alerts
    if alerts.value is None or alerts.error:
        return f"firing alerts are unknown{f': {alerts.error}' if alerts.error else ': not read yet'}"
    return firing_text(alerts.value, snapshot.now)


def _jobs(release: Release) -> list[str]:
    """Pending reverts and failed jobs."""
    jobs = [
        f"the revert of {asked.pull.name} {asked.pull.title} is pending{_delay(release, asked.pull.name)}"
        for asked in release.pending_reverts
    ]
    jobs += [f"the revert of {asked.pull.name} is being withdrawn" for asked in release.withdrawals]
    jobs += map(_failure, release.failures)
    match release.smoke:
        case facts.SmokeFailed(reason=reason):
            jobs.append(f"the smoke test failed: {clean(reason)}")
        case facts.SmokePassed() | None:
            pass
        case _:
            assert_never(release.smoke)
    return jobs


def _delay(release: Release, name: str) -> str:
    """Why the revert waits, after a semicolon; empty if it does not."""
    delays = (delay.what for delay in release.delays if isinstance(delay.what, facts.RevertDelayed))
    return next((f"; {clean(delay.reason)}" for delay in delays if delay.name == name), "")


def _failure(event: Event) -> str:
    match event.what:
        case facts.CutFailed(reason=reason):
            return f"the cut failed: {clean(reason)}"
        case facts.BuildFailed(reason=reason):
            return f"the build failed: {clean(reason)}"
        case facts.RevertFailed(reason=reason) as failed:
            return f"the revert of {facts.pull_name(failed)} failed: {clean(reason)}"
        case _:
            return "the last job failed"


def _hosts(snapshot: Snapshot) -> list[str]:
    lines = []
    for tier, rollout in snapshot.fleet.items():
        for state, hosts in (("failed", rollout.failed), ("silent", rollout.silent)):
            if hosts:
                lines.append(f"{tier}: {state}: {names(hosts)}")
    return lines


def _suspects(snapshot: Snapshot) -> list[str]:
    reverted = snapshot.open.reverted_names if snapshot.open else ()
    return [
        f"{suspect.pull.name} {suspect.pull.title} is suspected ({percent(suspect.score)}): {suspect.reason}"
        for suspect in snapshot.suspects.value[:3]
        if suspect.pull and suspect.score >= SUSPECTED and suspect.pull.name not in reverted
    ]


def _short(line: str) -> str:
    line = clean(line)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
