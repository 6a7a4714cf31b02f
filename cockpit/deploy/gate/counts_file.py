"""Traces of error counts as files: two CSV dialects, read whole, with what is wrong in them noted and never guessed.

`t,group,requests,errors`: `t` in seconds since the step began, the counts those of the interval that starts at `t`.
`t_arrived,t,group,host,requests_total,errors_total`: each host's counters as they stood at `t` and were known at
`t_arrived`. `group` is new or control; before 0 the hosts of group new ran the old build.
"""

import csv
from collections.abc import Iterable, Iterator
from math import isfinite

from msgspec import Struct

from cockpit.deploy.text import clean

COUNTS = ("t", "group", "requests", "errors")
COUNTERS = ("t_arrived", "t", "group", "host", "requests_total", "errors_total")
GROUPS = ("new", "control")
LONGEST = 1e8
"""Seconds before and after the beginning that are believed: three years."""
EXACT = 2.0**53
"""Above this a counter, a float on its way, no longer counts every request."""
SKEW = 5.0
"""Seconds by which a row may be from the future: clocks differ that much."""


class InvalidTrace(ValueError):
    """The file is something else; the message says what was looked for."""


class CountsRow(Struct, frozen=True):
    """One row."""

    arrived: float
    t: float
    group: str
    host: str
    requests: float | None
    errors: float | None
    """None, both of them, where the counts make no sense."""


class CountsTrace(Struct, frozen=True):
    """What could be read, in the order in which it arrived."""

    rows: tuple[CountsRow, ...]
    lost_at: tuple[float, ...]
    """When rows arrived of which not even time and group could be read; before all others where that is unknown."""
    counters: bool

    @property
    def ticks(self) -> tuple[float, ...]:
        """Every distinct t >= 0, also where its rows make no sense."""
        return tuple(sorted({row.t for row in self.rows if row.t >= 0}))


def read(lines: Iterable[str], counters: bool = False) -> CountsTrace:
    """The trace in the lines of a CSV file. Raises `InvalidTrace`."""
    columns = COUNTERS if counters else COUNTS
    table = _cells(lines)
    header = [name.strip("\ufeff \t").lower() for name in next(table, [])]
    if not set(columns) <= set(header):
        raise InvalidTrace(f"needs the columns {','.join(columns)} and has {clean(','.join(header))[:200] or 'none'}")
    places = [header.index(name) for name in columns]
    rows, lost = [], []
    for cells in table:
        row = _row([cells[i].strip() if i < len(cells) else "" for i in places], counters)
        rows.append(row) if isinstance(row, CountsRow) else lost.append(row)
    return CountsTrace(tuple(sorted(rows, key=lambda row: (row.arrived, row.t))), tuple(sorted(lost)), counters)


def _row(cells: list[str], counters: bool) -> CountsRow | float:
    """The row; where it is not even known what it is about, when it arrived."""
    if not counters:
        cells = [cells[0], cells[0], cells[1], "", *cells[2:]]
    arrived, t = _number(cells[0]), _number(cells[1])
    if arrived is None or abs(arrived) > LONGEST:
        return float("-inf")
    if t is None or abs(t) > LONGEST or cells[2] not in GROUPS or t > arrived + SKEW or (counters and not cells[3]):
        return arrived
    requests, errors = _number(cells[4]), _number(cells[5])
    if requests is None or errors is None or not 0 <= errors <= requests <= EXACT:
        return CountsRow(arrived, t, cells[2], clean(cells[3]), None, None)
    return CountsRow(arrived, t, cells[2], clean(cells[3]), round(requests, 6), round(errors, 6))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) and "_" not in text else None


def _cells(lines: Iterable[str]) -> Iterator[list[str]]:
    """The cells of every line that has any. Each line is read for itself, so that a stray quote costs no other."""
    for line in lines:
        text = line.strip("\r\n").replace("\0", "\ufffd")
        try:
            cells = next(csv.reader((text,)), []) if '"' in text else text.split(",")
        except csv.Error:
            cells = ["?"]
        if any(cell.strip() for cell in cells):
            yield cells
