"""DORA's four metrics as rows: each with its definition and the count of what is not on record."""

from datetime import UTC, datetime
from typing import Any

from msgspec import to_builtins

from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration, percent, plural
from cockpit.rules.record import dora
from cockpit.rules.record.dora import DoraMetrics, DurationStats
from cockpit.views.rows import EMPTY, Line, Span, Tone, column, fit, wrap

PERIOD = 28 * dora.DAY
"""Seconds covered by the page on the screen."""
SOURCE = "definitions: dora.dev/guides/dora-metrics-four-keys, counted from the log"
RESTORE_NOTE = "time to restore counts from the step here, and from the first recorded errors in `cockpit dora`"


def page(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    """Return the metrics of the last four weeks, from the snapshot alone."""
    metrics = dora.dora_metrics(snapshot.log.value.releases, snapshot.policy, snapshot.now - PERIOD, snapshot.now)
    return (*rows(metrics, width), *(fit((Span(text, Tone.DIM),), width) for text in wrap(RESTORE_NOTE, width, 3)))


def rows(metrics: DoraMetrics, width: int) -> tuple[Line, ...]:
    """Return one metric on each line, with the reason if it is unknown."""
    table = (
        ("deploys", f"{metrics.deploys:,}", f"reached the public; {metrics.finished:,} reached every host"),
        ("deployment frequency", f"{metrics.frequency:.2f} a day", "releases that reached every host"),
        ("lead time for changes", _median(metrics.lead_time), _lead(metrics)),
        (
            "change failure rate",
            _rate(metrics.failure_rate),
            f"{metrics.failed:,} of {plural(metrics.deploys, 'deploy')}",
        ),
        ("time to restore", _median(metrics.restore), _restore(metrics)),
    )
    lines = [fit((Span(f"{_day(metrics.since)} to {_day(metrics.until)} UTC", Tone.STRONG),), width), EMPTY]
    for name, value, note in table:
        unknown = value == "unknown"
        tone = Tone.UNKNOWN if unknown else Tone.STRONG
        head: Line = (column(name, 24), column(value, 14, tone))
        for text in wrap(note, max(1, width - 38), 3):
            lines.append(fit((*head, Span(text, Tone.DIM)), width))
            head = (Span(" " * 38),)
    return (*lines, EMPTY, fit((Span(SOURCE, Tone.DIM),), width))


def as_json(metrics: DoraMetrics) -> dict[str, Any]:
    """Return times in seconds and rates as shares of 1; unknown is null."""
    return dict(to_builtins(metrics))


def _median(stats: DurationStats | None) -> str:
    return duration(stats.median) if stats else "unknown"


def _rate(rate: float | None) -> str:
    return percent(rate) if rate is not None else "unknown"


def _lead(metrics: DoraMetrics) -> str:
    missing = f"; {metrics.lead_unknown:,} without a merge time" if metrics.lead_unknown else ""
    if metrics.lead_time is None:
        return f"no PR with a merge time reached every host{missing}"
    of = plural(metrics.lead_time.count, "PR")
    return f"median of {of}, 90 % within {duration(metrics.lead_time.p90)}{missing}"


def _restore(metrics: DoraMetrics) -> str:
    missing = f"; {metrics.restore_unknown:,} not on record" if metrics.restore_unknown else ""
    if metrics.restore is None:
        return f"no failure{missing}" if not metrics.failed else f"none on record{missing}"
    of = plural(metrics.restore.count, "failure")
    return f"median of {of}, 90 % within {duration(metrics.restore.p90)}{missing}"


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
