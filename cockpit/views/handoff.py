"""The hand-off card: what whoever handed over has written, how things stand now, and how they stood then."""

from typing import Any

from msgspec import to_builtins

from cockpit.deploy.events import Event
from cockpit.deploy.facts import CommanderLost, CommandTaken, HandedOver
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration
from cockpit.rules.commander import handoff as cards
from cockpit.rules.commander.acknowledgement import unread_handoff
from cockpit.views import event_log
from cockpit.views.rows import EMPTY, Line, Span, Tone, clock, wrap

MAX_LINES = 6
"""Lines of the screen that one line of the card may take."""


def page(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    """The whole card, in the order in which it is to be read."""
    now, came = cards.compose_handoff(snapshot), _last(snapshot)
    rows: list[Line] = []
    if came:
        ago = duration(snapshot.now - came.at)
        why = came.why if came.why != cards.note_text(came) else ""
        rows += _text(f"{_change(came)}, {ago} ago{f': {why}' if why else ''}", Tone.PLAIN, width)
        rows.append(EMPTY)
    parts = (("NOTES", now.notes, Tone.STRONG), ("NOW", now.state, Tone.STRONG))
    more = (("OPEN QUESTIONS", now.questions, Tone.WAITING), ("OVERRODE", now.overrode, Tone.BAD))
    for title, lines, tone in (*parts, *more):
        rows += _part(title, lines or ("none",), tone if lines else Tone.DIM, width)
    then = came.what.handoff if came and isinstance(came.what, HandedOver | CommandTaken) else ()
    if came and then:
        rows += _part(f"AS IT WAS AT {clock(came.at)} UTC", then, Tone.DIM, width)
    return tuple(rows)


def as_json(snapshot: Snapshot, who: str) -> dict[str, Any]:
    """The card as values, and whether `who` has yet to read it."""
    came = _last(snapshot)
    handed = None
    if came:
        handed = {"at": came.at, "by": came.by, "why": came.why, "what": to_builtins(came.what)}
    release = snapshot.latest
    return {
        "release": release.id if release else None,
        "due": unread_handoff(snapshot, who) is not None,
        "handed": handed,
        **to_builtins(cards.compose_handoff(snapshot)),
    }


def _last(snapshot: Snapshot) -> Event | None:
    """How the conn changed hands last, or was lost."""
    release = snapshot.open
    if release is None:
        return None
    for event in reversed(release.events):
        if isinstance(event.what, HandedOver | CommanderLost) or (
            isinstance(event.what, CommandTaken) and event.what.handoff
        ):
            return event
    return None


def _change(event: Event) -> str:
    """How it changed hands, without the note, which stands by itself."""
    match event.what:
        case HandedOver(to):
            return f"{event.by} gave the conn to {to or 'whoever takes it next'}"
        case _:
            return event_log.sentence(event)


def _part(title: str, lines: tuple[str, ...], tone: Tone, width: int) -> list[Line]:
    rows: list[Line] = [(Span(title, Tone.TITLE),)]
    for line in lines:
        first, *rest = wrap(line, max(1, width - 4), MAX_LINES)
        rows.append((Span("  • ", Tone.DIM), Span(first, tone)))
        rows += [(Span("    "), Span(more, tone)) for more in rest]
    return [*rows, EMPTY]


def _text(text: str, tone: Tone, width: int) -> list[Line]:
    return [(Span(line, tone),) for line in wrap(text, max(1, width), MAX_LINES)]
