"""While you were away: what moved since somebody last looked, who did it, and what is due now."""

from collections import Counter
from typing import Any

from cockpit.deploy.events import Event
from cockpit.deploy.facts import (
    Abandoned,
    Advanced,
    Finished,
    Held,
    Resumed,
    Reverted,
    RolledBack,
    Started,
    pull_name,
)
from cockpit.deploy.plan import CommandRequest, Plan
from cockpit.deploy.release import Release
from cockpit.deploy.schedule.presence import LastVisit
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.store_keys import release_order
from cockpit.deploy.text import duration, names, plural
from cockpit.rules import decisions
from cockpit.rules.commander.acknowledgement import unread_handoff
from cockpit.rules.commander.handoff import compose_handoff, open_questions
from cockpit.views import event_log
from cockpit.views import json_output as values
from cockpit.views.rows import EMPTY, Line, Span, Tone, clock, fit, wrap

NOTHING_HAPPENED: Line = (Span("nothing has happened since", Tone.DIM),)
UNKNOWN_VISIT: Line = (Span("it is not known when you last looked: --since says when", Tone.DIM),)
FIRST_VISIT: Line = (
    Span("no earlier look of yours is on record here; from now on it is. y shows what releases did", Tone.DIM),
)

MissedEvents = tuple[tuple[Release, tuple[Event, ...]], ...]


def page(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    """The page for the person whose last look the snapshot knows."""
    looked = snapshot.last_visit.value
    return away(snapshot, looked, width) if looked else wrapped(FIRST_VISIT, width)


def wrapped(line: Line, width: int) -> tuple[Line, ...]:
    """That, between words."""
    return tuple(fit((Span(text, line[0].tone),), width) for text in wrap(line[0].text, width, 3))


def missed_events(snapshot: Snapshot, looked: LastVisit) -> MissedEvents:
    """The events that were not there yet, by release, oldest first; where no event is named, those since that time."""
    found = []
    for release in snapshot.log.value.releases:
        events = tuple(event for event in release.events if _is_after(release, event, looked))
        if events:
            found.append((release, events))
    return tuple(found)


def away(snapshot: Snapshot, looked: LastVisit, width: int, who: str = "") -> tuple[Line, ...]:
    """All of it in rows: what is due first, then what moved, who did it, and every event."""
    found = missed_events(snapshot, looked)
    since = f"since {clock(looked.at)} UTC, {duration(snapshot.now - looked.at)} ago"
    rows: list[Line] = [fit((Span(since, Tone.DIM),), width), EMPTY]
    if not found:
        return (*rows, fit(NOTHING_HAPPENED, width))
    parts = (("DUE NOW", _due(snapshot, who), Tone.WAITING), ("WHAT MOVED", _moved(found), Tone.STRONG))
    for title, lines, tone in (*parts, ("WHO", _who(found), Tone.PLAIN)):
        rows.append((Span(title, Tone.TITLE),))
        for line in lines or ("nothing",):
            first, *rest = wrap(line, max(1, width - 4), 3)
            rows.append((Span("  • ", Tone.DIM), Span(first, tone if lines else Tone.DIM)))
            rows += [(Span("    "), Span(more, tone)) for more in rest]
        rows.append(EMPTY)
    for release, events in found:
        rows.append((Span(f"EVENTS {release.id}", Tone.TITLE),))
        rows += [event_log.row(event, snapshot.now, width) for event in events]
        rows.append(EMPTY)
    return tuple(rows)


def as_json(snapshot: Snapshot, looked: LastVisit | None, who: str) -> dict[str, Any]:
    """The same as values."""
    found = missed_events(snapshot, looked) if looked else ()
    return {
        "since": looked.at if looked else None,
        "due": list(_due(snapshot, who)),
        "moved": list(_moved(found)),
        "who": _counted(found),
        "events": [{"release": release.id, **values.event(event)} for release, events in found for event in events],
    }


def _is_after(release: Release, event: Event, looked: LastVisit) -> bool:
    if not looked.release:
        return event.at > looked.at
    return (*release_order(release.id), event.number) > (*release_order(looked.release), looked.number)


def _due(snapshot: Snapshot, who: str) -> tuple[str, ...]:
    """What waits for a person."""
    release = snapshot.open
    if release is None:
        return compose_handoff(snapshot).state
    first = ("the hand-off card is to be read: N",) if who and unread_handoff(snapshot, who) else ()
    step: tuple[str, ...] = ()
    if release.on_last_step and isinstance(decisions.finish(snapshot, CommandRequest(who)), Plan):
        step = ("finish it: every host runs it",)
    elif not release.on_last_step and isinstance(decisions.advance(snapshot, CommandRequest(who)), Plan):
        step = ("the next step may be taken",)
    return (*first, *open_questions(snapshot), *step) or compose_handoff(snapshot).state


def _moved(found: MissedEvents) -> tuple[str, ...]:
    return tuple(f"{release.id}: {', '.join(steps)}" for release, events in found if (steps := _steps(events)))


def _steps(events: tuple[Event, ...]) -> list[str]:
    """What each event moved, in a few words."""
    words: list[str] = []
    for event in events:
        match event.what:
            case Started():
                words.append("started")
            case Advanced(step=step):
                words.append(f"to {step}")
            case Held():
                words.append(f"held{f' ({event.why})' if event.why else ''}")
            case Resumed():
                words.append("resumed")
            case Reverted() as done:
                words.append(f"{pull_name(done)} taken out")
            case RolledBack(tiers=tiers):
                words.append(f"ROLLED BACK {names(tiers)}")
            case Finished():
                words.append("finished")
            case Abandoned():
                words.append("abandoned")
            case _:
                continue
    return words


def _counted(found: MissedEvents) -> dict[str, int]:
    return dict(Counter(event.by or "-" for _, events in found for event in events).most_common())


def _who(found: MissedEvents) -> tuple[str, ...]:
    return tuple(f"{by}: {plural(count, 'event')}" for by, count in _counted(found).items())
