"""Notifications: what is undelivered, why and since when, and what was given up."""

from cockpit.deploy.outbox import AUTHOR, Destination, Outbox
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration, names, plural
from cockpit.rules.notifications.messages import FORGE_PREFIX
from cockpit.views.rows import EMPTY, Line, Span, Tone, column, fit, rule

GRACE_SECONDS = 20.0
"""Seconds a notification may be under way before it is reported as undelivered."""


def undelivered(snapshot: Snapshot) -> str:
    """Return `3 notifications undelivered for 12 min: slack answered 503`; empty if there is no problem."""
    box = snapshot.outbox.value
    waiting = box.waiting
    if not waiting or snapshot.now - waiting[0].message.at < GRACE_SECONDS:
        return ""
    why = tuple(dict.fromkeys(f"{display_name(to)} {destination.error}" for to, destination in _failing(box)))
    age = duration(snapshot.now - waiting[0].message.at)
    return f"{plural(len(waiting), 'notification')} undelivered for {age}: {names(why) or 'no engine is running'}"


def page(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    """List every destination, then waiting notifications, then those given up."""
    box = snapshot.outbox.value
    if not box.destinations:
        return (fit((Span("no notifications: add [people] to config.toml", Tone.DIM),), width),)
    lines = [fit(_destination(snapshot, to), width) for to in sorted(box.destinations)]
    for heading, rows in (("WAITING", _waiting(snapshot, width)), ("GIVEN UP", _given_up(snapshot, width))):
        if rows:
            lines += [EMPTY, rule(heading, (), width), *rows]
    return tuple(lines)


def as_json(snapshot: Snapshot) -> dict[str, object]:
    """Return the same for `--json`."""
    box, now = snapshot.outbox.value, snapshot.now
    return {
        "destinations": [
            {
                "to": display_name(to),
                "delivered": box.delivered.get(to, 0),
                "waiting": _waiting_count(box, to),
                "error": destination.error or None,
                "failing_for": round(now - destination.at, 1) if destination.error else None,
            }
            for to, destination in sorted(box.destinations.items())
        ],
        "waiting": [
            {
                "id": waiting.message.id,
                "age": round(now - waiting.message.at, 1),
                "text": waiting.message.text,
                "error": waiting.error,
            }
            for waiting in box.waiting
        ],
        "given_up": [{"id": message.id, "text": message.text} for message in box.given_up],
    }


def display_name(to: str) -> str:
    """Return a destination as people read it."""
    return to.removeprefix(AUTHOR).removeprefix(FORGE_PREFIX)


def _failing(box: Outbox) -> list[tuple[str, Destination]]:
    return [(to, destination) for to, destination in sorted(box.destinations.items()) if destination.error]


def _waiting_count(box: Outbox, to: str) -> int:
    return sum(waiting.message.to == to for waiting in box.waiting)


def _destination(snapshot: Snapshot, to: str) -> Line:
    box = snapshot.outbox.value
    destination, waiting = box.destinations[to], _waiting_count(box, to)
    line: Line = (column(display_name(to), 18), Span(f" {box.delivered.get(to, 0):,} delivered"))
    if waiting:
        line = (*line, Span(f", {waiting} waiting", Tone.WAITING))
    if destination.error:
        line = (*line, Span(f"  {destination.error}, for {duration(snapshot.now - destination.at)}", Tone.BAD))
    return line


def _waiting(snapshot: Snapshot, width: int) -> list[Line]:
    messages = (waiting.message for waiting in snapshot.outbox.value.waiting)
    return [
        _row(duration(snapshot.now - message.at), display_name(message.to), message.text, width) for message in messages
    ]


def _given_up(snapshot: Snapshot, width: int) -> list[Line]:
    return [
        _row(message.release, display_name(message.to), message.text, width)
        for message in snapshot.outbox.value.given_up
    ]


def _row(first: str, to: str, text: str, width: int) -> Line:
    line = (column(first, 14, Tone.DIM), Span(" "), column(to, 14, Tone.DIM), Span(" "), Span(_one_line(text)))
    return fit(line, width)


def _one_line(text: str) -> str:
    return " · ".join(text.split("\n"))
