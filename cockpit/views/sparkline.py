"""Error rates as a row of block characters on a fixed scale, so that noise does not look like an incident."""

from collections.abc import Sequence
from itertools import groupby

from cockpit.deploy.gate.traffic import Count
from cockpit.views.rows import Line, Span, Tone

BLOCKS = "▁▂▃▄▅▆▇█"
GAP = "·"
"""No requests, or no counters."""


def sparkline(counts: Sequence[Count], ceiling: float, tone: Tone, least_errors: int) -> Line:
    """Return one character for each count, on a scale from 0 to twice `ceiling` (a share of 1).

    A run of counts over the ceiling is BAD if it has at least `least_errors` errors, else WAITING: a single error in
    few requests is a high rate and means nothing yet.
    """
    spans: list[Span] = []
    for mark, run in groupby(counts, lambda count: _mark(count, ceiling)):
        some = tuple(run)
        text = "".join(_block(count, ceiling) for count in some)
        spans.append(Span(text, _tone(mark, some, tone, least_errors)))
    return tuple(spans)


def total(counts: Sequence[Count]) -> Count:
    """Add up counts."""
    return sum(counts, Count())


def _mark(count: Count, ceiling: float) -> str:
    if not count.requests:
        return "gap"
    return "over" if count.rate > ceiling else "under"


def _tone(mark: str, run: tuple[Count, ...], tone: Tone, least_errors: int) -> Tone:
    if mark == "gap":
        return Tone.DIM
    if mark == "under":
        return tone
    return Tone.BAD if total(run).errors >= least_errors else Tone.WAITING


def _block(count: Count, ceiling: float) -> str:
    if not count.requests:
        return GAP
    share = count.rate / (2 * ceiling) if ceiling > 0 else float(count.errors > 0)
    return BLOCKS[min(len(BLOCKS) - 1, int(share * len(BLOCKS)))]
