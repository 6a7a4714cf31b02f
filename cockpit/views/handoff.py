"""The handoff: what the last commander wrote, the state now, and the state at the handover."""

from typing import Any

from msgspec import to_builtins

from cockpit.deploy import facts
from cockpit.deploy.events import Event
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration
from cockpit.rules.commander.acknowledgement import unread_handoff
from cockpit.rules.commander.handoff import compose_handoff, note_text
from cockpit.views import event_log
from cockpit.views.rows import EMPTY, Line, Span, Tone, clock, wrap

MAX_LINES = 6
"""Rows that one line of the handoff may take."""


def page(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    """Return the whole handoff: the handover, notes, state, open questions, overrides, and the state at that time."""
    current, handover = compose_handoff(snapshot), _last_handover(snapshot)
    rows: list[Line] = []
    if handover:
        ago = duration(snapshot.now - handover.at)
        why = handover.why if handover.why != note_text(handover) else ""
        rows += _text(f"{_sentence(handover)}, {ago} ago{f': {why}' if why else ''}", Tone.PLAIN, width)
        rows.append(EMPTY)
    sections = (
        ("NOTES", current.notes, Tone.STRONG),
        ("NOW", current.state, Tone.STRONG),
        ("OPEN QUESTIONS", current.questions, Tone.WAITING),
        ("OVERRIDDEN", current.overrode, Tone.BAD),
    )
    for title, lines, tone in sections:
        rows += _section(title, lines or ("none",), tone if lines else Tone.DIM, width)
    if handover and (then := _stored_handoff(handover)):
        rows += _section(f"AT THE HANDOVER, {clock(handover.at)} UTC", then, Tone.DIM, width)
    return tuple(rows)


def as_json(snapshot: Snapshot, who: str) -> dict[str, Any]:
    """Return the handoff for `--json`; `unread` says whether `who` must read it before giving commands."""
    handover, current = _last_handover(snapshot), compose_handoff(snapshot)
    last = None
    if handover:
        last = {"at": handover.at, "by": handover.by, "why": handover.why, "what": to_builtins(handover.what)}
    release = snapshot.latest
    return {
        "release": release.id if release else None,
        "unread": unread_handoff(snapshot, who) is not None,
        "handover": last,
        "state": list(current.state),
        "overridden": list(current.overrode),
        "questions": list(current.questions),
        "notes": list(current.notes),
    }


def _last_handover(snapshot: Snapshot) -> Event | None:
    """Return the event by which the commander of the open release last changed or was lost."""
    release = snapshot.open
    return next((event for event in reversed(release.events) if _is_handover(event)), None) if release else None


def _is_handover(event: Event) -> bool:
    match event.what:
        case facts.HandedOver() | facts.CommanderLost():
            return True
        case facts.CommandTaken(handoff=handoff):
            return bool(handoff)
        case _:
            return False


def _stored_handoff(event: Event) -> tuple[str, ...]:
    match event.what:
        case facts.HandedOver(handoff=handoff) | facts.CommandTaken(handoff=handoff):
            return handoff
        case _:
            return ()


def _sentence(event: Event) -> str:
    """Describe the handover without its note, which has a section of its own."""
    match event.what:
        case facts.HandedOver(to=to):
            return f"{event.by} handed over to {to or 'the next commander'}"
        case _:
            return event_log.sentence(event)


def _section(title: str, lines: tuple[str, ...], tone: Tone, width: int) -> list[Line]:
    rows: list[Line] = [(Span(title, Tone.TITLE),)]
    for line in lines:
        first, *rest = wrap(line, max(1, width - 4), MAX_LINES)
        rows.append((Span("  • ", Tone.DIM), Span(first, tone)))
        rows += [(Span("    "), Span(more, tone)) for more in rest]
    return [*rows, EMPTY]


def _text(text: str, tone: Tone, width: int) -> list[Line]:
    return [(Span(line, tone),) for line in wrap(text, max(1, width), MAX_LINES)]
