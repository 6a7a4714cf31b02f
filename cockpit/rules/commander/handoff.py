"""The hand-off card: what the next commander must know of the open release, made out of the picture at one moment.

It is kept in words with the event that hands over, as it was then; the same questions, asked again, say what is due.
"""

from msgspec import Struct

from cockpit.deploy.events import Event
from cockpit.deploy.facts import Call, HandedOver, Noted, SmokeFailed
from cockpit.deploy.gate.alerts import outstanding
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean, duration, names, percent
from cockpit.rules.commander.activity import person

SUSPECTED = 0.1
"""Chance from which on a PR is named as a suspect."""
NOTES = 8
"""Notes that are on the card."""
LONGEST = 240
"""Characters of one line; a card has to be read at a glance, and is kept in the log."""


class Handoff(Struct, frozen=True):
    """How a release stands, in sentences; each part may be empty."""

    state: tuple[str, ...] = ()
    overrode: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """All of it, each line with what it is."""
        parts = (("", self.state), ("overrode: ", self.overrode), ("open: ", self.questions), ("note: ", self.notes))
        return tuple(_short(f"{word}{line}") for word, lines in parts for line in lines)


def handoff(snapshot: Snapshot) -> Handoff:
    """The card of the newest release, as things are."""
    release = snapshot.latest
    if release is None:
        return Handoff(("no release yet",))
    if release.end is not None:
        ended = "rolled back" if release.rolled_back else release.end
        ago = duration(snapshot.now - release.over)
        return Handoff((f"{release.id} {ended} {ago} ago; no release is open",), notes=_notes(snapshot, release))
    return Handoff(
        _state(snapshot, release), _overrode(snapshot, release), questions(snapshot), _notes(snapshot, release)
    )


def questions(snapshot: Snapshot) -> tuple[str, ...]:
    """What is not settled about the open release, the most pressing first."""
    release = snapshot.open
    if release is None:
        return ()
    verdict = snapshot.verdict
    asked: list[str] = []
    if release.held:
        why = f": {release.held.why}" if release.held.why else ""
        asked.append(f"held by {release.held.by} for {duration(snapshot.now - release.held.at)}{why}")
    if release.rung >= 0 and verdict.call is not Call.GO:
        asked.append(f"the gate says {verdict.call}: {verdict.reason}")
    if alerts := _alerts(snapshot):
        asked.append(alerts)
    asked += _work(release)
    asked += _hosts(snapshot)
    asked += _suspects(snapshot)
    if snapshot.frozen:
        asked.append(f"deploys are frozen by {snapshot.frozen.by}: {snapshot.frozen.why}")
    if not snapshot.engine.value.name:
        asked.append("no engine is running")
    return tuple(map(_short, asked))


def _state(snapshot: Snapshot, release: Release) -> tuple[str, ...]:
    where = (
        f"at {release.step} for {duration(snapshot.now - release.since)}" if release.step else "before its first step"
    )
    if release.held:
        where = f"held {where}"
    said = f", {snapshot.verdict.call}" if release.step else ""
    if release.rolled_back:
        where, said = f"rolled back, {names(release.rolled_back.tiers)} on the last good build", ""
    hotfixes = f", without {names(release.gone)}" if release.gone else ""
    autopilot = f"; autopilot {release.autopilot}" if release.autopilot else ""
    return (f"{release.id} {where}{said}{hotfixes}{autopilot}",)


def _overrode(snapshot: Snapshot, release: Release) -> tuple[str, ...]:
    """Whatever facts say that they overrode something: the gate, or the calendar."""
    return tuple(
        f"{overrode} by {event.by} {duration(snapshot.now - event.at)} ago{f': {event.why}' if event.why else ''}"
        for event in release.events
        if (overrode := getattr(event.what, "overrode", ""))
    )


def _notes(snapshot: Snapshot, release: Release) -> tuple[str, ...]:
    """What people have written down, the newest first."""
    found = [
        f"{text} ({event.by}, {duration(snapshot.now - event.at)} ago)"
        for event in reversed(release.events)
        if (text := note_of(event))
    ]
    older = (f"{len(found) - NOTES} older ones are in the log",) if len(found) > NOTES else ()
    return (*found[:NOTES], *older)


def note_of(event: Event) -> str:
    """The note in an event; empty where it has none."""
    match event.what:
        case Noted(text):
            return text
        case HandedOver(note=note):
            return note or (event.why if person(event) else "")
        case _:
            return ""


def _alerts(snapshot: Snapshot) -> str:
    if not snapshot.policy.watches_alerts:
        return ""
    alerts = snapshot.alerts
    if alerts.value is None or alerts.error:
        return f"which alerts are outstanding is not known{f': {alerts.error}' if alerts.error else ' here'}"
    return outstanding(alerts.value, snapshot.now)


def _work(release: Release) -> list[str]:
    asked = [f"the revert of {one.pull.name} {one.pull.title} is pending" for one in release.reverting]
    if release.failure:
        kind, reason = type(release.failure.what).__name__, getattr(release.failure.what, "reason", "")
        asked.append(f"{_kinds.get(kind, 'the last work')} failed: {clean(reason)}")
    if isinstance(release.smoke, SmokeFailed):
        asked.append(f"the smoke test failed: {clean(release.smoke.reason)}")
    return asked


_kinds = {"CutFailed": "the cut", "BuildFailed": "the build", "RevertFailed": "a revert"}


def _hosts(snapshot: Snapshot) -> list[str]:
    told = []
    for tier, counted in snapshot.fleet.items():
        for word, hosts in (("failed", counted.failed), ("silent", counted.silent)):
            if hosts:
                told.append(f"{tier}: {word}: {names(hosts)}")
    return told


def _suspects(snapshot: Snapshot) -> list[str]:
    return [
        f"{one.pull.name} {one.pull.title} is suspected ({percent(one.score)}): {one.reason}"
        for one in snapshot.suspects.value[:3]
        if one.pull and one.score >= SUSPECTED and not (snapshot.open and one.pull.name in snapshot.open.gone)
    ]


def _short(line: str) -> str:
    line = clean(line)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
