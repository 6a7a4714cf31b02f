"""DORA's four figures as rows: each with its definition, and what is not on record counted beside it."""

from datetime import UTC, datetime
from typing import Any

from msgspec import to_builtins

from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration, percent, plural
from cockpit.rules.record import dora
from cockpit.rules.record.dora import Figures, Spread
from cockpit.views.rows import EMPTY, Line, Span, Tone, column, fit, wrap

PERIOD = 28 * dora.DAY
"""Seconds that the page on the screen looks back."""
SOURCE = "definitions: dora.dev/guides/dora-metrics-four-keys, counted from the log"
HERE = "time to restore counts from the step here, in `cockpit figures` from the first errors on record"


def page(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    """The figures of the last four weeks, from what is on the screen already."""
    found = dora.figures(snapshot.log.value.releases, snapshot.policy, snapshot.now - PERIOD, snapshot.now)
    return (*rows(found, width), *(fit((Span(text, Tone.DIM),), width) for text in wrap(HERE, width, 3)))


def rows(found: Figures, width: int) -> tuple[Line, ...]:
    """One figure a line; what has no number says why."""
    told = (
        ("deploys", f"{found.deploys:,}", f"that reached the public; {found.finished:,} reached every host"),
        ("deployment frequency", f"{found.frequency:.2f} a day", "releases that reached every host"),
        ("lead time for changes", _median(found.lead_time), _lead(found)),
        ("change failure rate", _rate(found.failure_rate), f"{found.failed:,} of {plural(found.deploys, 'deploy')}"),
        ("time to restore", _median(found.restore), _restore(found)),
    )
    lines = [fit((Span(f"{_day(found.since)} to {_day(found.until)} UTC", Tone.STRONG),), width), EMPTY]
    for name, value, note in told:
        unknown = value == "unknown"
        tone = Tone.UNKNOWN if unknown else Tone.STRONG
        head: Line = (column(name, 24), column(value, 14, tone))
        for text in wrap(note, max(1, width - 38), 3):
            lines.append(fit((*head, Span(text, Tone.DIM)), width))
            head = (Span(" " * 38),)
    return (*lines, EMPTY, fit((Span(SOURCE, Tone.DIM),), width))


def as_json(found: Figures) -> dict[str, Any]:
    """Times in seconds, rates as shares of 1; what is unknown is null."""
    return dict(to_builtins(found))


def _median(spread: Spread | None) -> str:
    return duration(spread.median) if spread else "unknown"


def _rate(rate: float | None) -> str:
    return percent(rate) if rate is not None else "unknown"


def _lead(found: Figures) -> str:
    missing = f"; {found.lead_unknown:,} with no time of merge" if found.lead_unknown else ""
    if found.lead_time is None:
        return f"no PR with a time of merge reached every host{missing}"
    of = plural(found.lead_time.count, "PR")
    return f"median of {of}, 90 % within {duration(found.lead_time.p90)}{missing}"


def _restore(found: Figures) -> str:
    missing = f"; {found.restore_unknown:,} not on record" if found.restore_unknown else ""
    if found.restore is None:
        return f"no failure{missing}" if not found.failed else f"none is on record{missing}"
    of = plural(found.restore.count, "failure")
    return f"median of {of}, 90 % within {duration(found.restore.p90)}{missing}"


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
