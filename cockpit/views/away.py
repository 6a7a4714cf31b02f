"""While you were away: what is to do now, what changed since the last visit, who did it, and every event."""

from collections import Counter
from typing import Any

from cockpit.deploy import facts
from cockpit.deploy.events import Event
from cockpit.deploy.plan import CommandRequest, Plan
from cockpit.deploy.release import Release
from cockpit.deploy.schedule.presence import LastVisit
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.store_keys import release_order
from cockpit.deploy.text import duration, names, plural
from cockpit.rules import decisions
from cockpit.rules.commander.acknowledgement import unread_handoff
from cockpit.rules.commander.handoff import compose_handoff, open_questions
from cockpit.views import event_log, json_output
from cockpit.views.rows import EMPTY, Line, Span, Tone, clock, fit, wrap

NO_EVENTS: Line = (Span("no events since then", Tone.DIM),)
UNKNOWN_VISIT: Line = (Span("your last visit is not on record: give --since", Tone.DIM),)
FIRST_VISIT: Line = (Span("this is your first visit on record; press y for past releases", Tone.DIM),)

MissedEvents = tuple[tuple[Release, tuple[Event, ...]], ...]


def page(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    """Return the page for the person at this terminal."""
    visit = snapshot.last_visit.value
    return away(snapshot, visit, width) if visit else wrapped(FIRST_VISIT, width)


def wrapped(line: Line, width: int) -> tuple[Line, ...]:
    """Break a line of one span between words."""
    return tuple(fit((Span(text, line[0].tone),), width) for text in wrap(line[0].text, width, 3))


def missed_events(snapshot: Snapshot, visit: LastVisit) -> MissedEvents:
    """Return the events after the visit by release, oldest first.

    They are counted from the event that the visit names, or from its time if it names none.
    """
    missed = []
    for release in snapshot.log.value.releases:
        events = tuple(event for event in release.events if _is_after(release, event, visit))
        if events:
            missed.append((release, events))
    return tuple(missed)


def away(snapshot: Snapshot, visit: LastVisit, width: int, who: str = "") -> tuple[Line, ...]:
    """Return the page: what is to do first, then changes, people and events."""
    missed = missed_events(snapshot, visit)
    since = f"since {clock(visit.at)} UTC, {duration(snapshot.now - visit.at)} ago"
    rows: list[Line] = [fit((Span(since, Tone.DIM),), width), EMPTY]
    if not missed:
        return (*rows, fit(NO_EVENTS, width))
    sections = (
        ("TO DO", _to_do(snapshot, who), Tone.WAITING),
        ("CHANGES", _changes(missed), Tone.STRONG),
        ("PEOPLE", _people(missed), Tone.PLAIN),
    )
    for title, lines, tone in sections:
        rows.append((Span(title, Tone.TITLE),))
        for line in lines or ("none",):
            first, *rest = wrap(line, max(1, width - 4), 3)
            rows.append((Span("  • ", Tone.DIM), Span(first, tone if lines else Tone.DIM)))
            rows += [(Span("    "), Span(more, tone)) for more in rest]
        rows.append(EMPTY)
    for release, events in missed:
        rows.append((Span(f"EVENTS {release.id}", Tone.TITLE),))
        rows += [event_log.row(event, snapshot.now, width) for event in events]
        rows.append(EMPTY)
    return tuple(rows)


def as_json(snapshot: Snapshot, visit: LastVisit | None, who: str) -> dict[str, Any]:
    """Return the same for `--json`."""
    missed = missed_events(snapshot, visit) if visit else ()
    return {
        "since": visit.at if visit else None,
        "to_do": list(_to_do(snapshot, who)),
        "changes": list(_changes(missed)),
        "people": _event_counts(missed),
        "events": [
            {"release": release.id, **json_output.event(event)} for release, events in missed for event in events
        ],
    }


def _is_after(release: Release, event: Event, visit: LastVisit) -> bool:
    if not visit.release:
        return event.at > visit.at
    return (*release_order(release.id), event.number) > (*release_order(visit.release), visit.number)


def _to_do(snapshot: Snapshot, who: str) -> tuple[str, ...]:
    """List what waits for a person."""
    release = snapshot.open
    if release is None:
        return compose_handoff(snapshot).state
    handoff = ("read the handoff: N",) if who and unread_handoff(snapshot, who) else ()
    step: tuple[str, ...] = ()
    if release.on_last_step and isinstance(decisions.finish(snapshot, CommandRequest(who)), Plan):
        step = (f"finish {release.id}: every host runs it",)
    elif not release.on_last_step and isinstance(decisions.advance(snapshot, CommandRequest(who)), Plan):
        step = (f"advance {release.id}: the next step is open",)
    return (*handoff, *open_questions(snapshot), *step) or compose_handoff(snapshot).state


def _changes(missed: MissedEvents) -> tuple[str, ...]:
    return tuple(f"{release.id}: {', '.join(changes)}" for release, events in missed if (changes := _brief(events)))


def _brief(events: tuple[Event, ...]) -> list[str]:
    """Describe the events that changed a release, each in a few words."""
    texts: list[str] = []
    for event in events:
        match event.what:
            case facts.Started():
                texts.append("started")
            case facts.Advanced(step=step):
                texts.append(f"to {step}")
            case facts.Held():
                texts.append(f"held{f' ({event.why})' if event.why else ''}")
            case facts.Resumed():
                texts.append("resumed")
            case facts.Reverted() as reverted:
                texts.append(f"{facts.pull_name(reverted)} reverted")
            case facts.RolledBack(tiers=tiers):
                texts.append(f"ROLLED BACK {names(tiers)}")
            case facts.Finished():
                texts.append("finished")
            case facts.Abandoned():
                texts.append("abandoned")
            case _:
                continue
    return texts


def _event_counts(missed: MissedEvents) -> dict[str, int]:
    return dict(Counter(event.by or "-" for _, events in missed for event in events).most_common())


def _people(missed: MissedEvents) -> tuple[str, ...]:
    return tuple(f"{by}: {plural(count, 'event')}" for by, count in _event_counts(missed).items())
