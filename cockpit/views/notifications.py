"""What people have still to be told, why they have not been, and since when."""

from cockpit.deploy.outbox import AUTHOR, Destination, Outbox
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration, names, plural
from cockpit.rules.notifications.messages import FORGE
from cockpit.views.rows import EMPTY, Line, Span, Tone, column, fit, rule

PATIENCE = 20.0
"""Seconds for which a message may be on its way before anybody is told of it."""


def undelivered(snapshot: Snapshot) -> str:
    """`3 messages undelivered for 12 min: slack answers 503`; empty while all goes well."""
    box = snapshot.outbox.value
    waiting = box.waiting
    if not waiting or snapshot.now - waiting[0].message.at < PATIENCE:
        return ""
    why = tuple(dict.fromkeys(f"{shown(to)} {place.error}" for to, place in _failing(box)))
    age = duration(snapshot.now - waiting[0].message.at)
    return f"{plural(len(waiting), 'message')} undelivered for {age}: {names(why) or 'no engine tells people'}"


def page(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    """Every place, then what waits, then what was given up."""
    box = snapshot.outbox.value
    if not box.places:
        return (fit((Span("nobody is told of a release: [people] in config.toml says who is", Tone.DIM),), width),)
    lines = [fit(_place(snapshot, to), width) for to in sorted(box.places)]
    for heading, rows in (("WAITING", _waiting(snapshot, width)), ("GIVEN UP", _given_up(snapshot, width))):
        if rows:
            lines += [EMPTY, rule(heading, (), width), *rows]
    return tuple(lines)


def as_json(snapshot: Snapshot) -> dict[str, object]:
    """The same for programs."""
    box, now = snapshot.outbox.value, snapshot.now
    return {
        "places": [
            {
                "to": shown(to),
                "delivered": box.delivered.get(to, 0),
                "waiting": sum(one.message.to == to for one in box.waiting),
                "trouble": place.error or None,
                "failing_for": round(now - place.at, 1) if place.error else None,
            }
            for to, place in sorted(box.places.items())
        ],
        "waiting": [
            {
                "id": one.message.id,
                "age": round(now - one.message.at, 1),
                "text": one.message.text,
                "trouble": one.error,
            }
            for one in box.waiting
        ],
        "given_up": [{"id": one.id, "text": one.text} for one in box.given_up],
    }


def shown(to: str) -> str:
    """A place as people read it."""
    return to.removeprefix(AUTHOR).removeprefix(FORGE)


def _failing(box: Outbox) -> list[tuple[str, Destination]]:
    return [(to, place) for to, place in sorted(box.places.items()) if place.error]


def _place(snapshot: Snapshot, to: str) -> Line:
    box = snapshot.outbox.value
    place, waits = box.places[to], sum(one.message.to == to for one in box.waiting)
    said: Line = (column(shown(to), 18), Span(f" {plural(box.delivered.get(to, 0), 'message')} told", Tone.PLAIN))
    if waits:
        said = (*said, Span(f", {waits} waiting", Tone.WAITING))
    if place.error:
        said = (*said, Span(f"  {place.error}, for {duration(snapshot.now - place.at)}", Tone.BAD))
    return said


def _waiting(snapshot: Snapshot, width: int) -> list[Line]:
    return [
        _row(f"{duration(snapshot.now - one.message.at)}", shown(one.message.to), one.message.text, width)
        for one in snapshot.outbox.value.waiting
    ]


def _given_up(snapshot: Snapshot, width: int) -> list[Line]:
    return [_row(one.release, shown(one.to), one.text, width) for one in snapshot.outbox.value.given_up]


def _row(first: str, to: str, text: str, width: int) -> Line:
    return fit(
        (column(first, 14, Tone.DIM), Span(" "), column(to, 14, Tone.DIM), Span(" "), Span(_one_line(text))), width
    )


def _one_line(text: str) -> str:
    return " · ".join(text.split("\n"))
