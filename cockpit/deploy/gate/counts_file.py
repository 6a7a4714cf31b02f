"""Recorded request and error counts in CSV files of two formats. Invalid rows are reported, never guessed.

`t,group,requests,errors`: the counts of the interval that starts at `t`, in seconds since the step began.
`t_arrived,t,group,host,requests_total,errors_total`: each host's counters at `t`, which arrived at `t_arrived`.
`group` is new or control. Before 0 the hosts of group new ran the old build.
"""

import csv
from collections.abc import Iterable, Iterator
from math import isfinite

from msgspec import Struct

from cockpit.deploy.text import clean

COUNTS = ("t", "group", "requests", "errors")
COUNTERS = ("t_arrived", "t", "group", "host", "requests_total", "errors_total")
GROUPS = ("new", "control")
MAX_TIME = 1e8
"""The largest valid time, in seconds before or after the start: three years."""
MAX_COUNT = 2.0**53
"""The largest count that a float holds exactly."""
MAX_CLOCK_SKEW = 5.0
"""Seconds by which a row may be from the future, for clocks differ."""


class InvalidTrace(ValueError):
    """The file has another format; the message names the missing columns."""


class CountsRow(Struct, frozen=True):
    """One row."""

    arrived: float
    t: float
    group: str
    host: str
    requests: float | None
    errors: float | None
    """Both are None if the counts are invalid."""


class CountsTrace(Struct, frozen=True):
    """The rows that could be read, in the order of their arrival."""

    rows: tuple[CountsRow, ...]
    lost_at: tuple[float, ...]
    """The arrival times of rows without a valid time or group; -inf if the arrival is unknown too."""
    counters: bool

    @property
    def ticks(self) -> tuple[float, ...]:
        """Every distinct t >= 0, also of invalid rows."""
        return tuple(sorted({row.t for row in self.rows if row.t >= 0}))


def read(lines: Iterable[str], counters: bool = False) -> CountsTrace:
    """Read a trace from the lines of a CSV file. Raises `InvalidTrace`."""
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
    """The row; if it has no valid time or group, its arrival time."""
    if not counters:
        cells = [cells[0], cells[0], cells[1], "", *cells[2:]]
    arrived, t = _number(cells[0]), _number(cells[1])
    if arrived is None or abs(arrived) > MAX_TIME:
        return float("-inf")
    if (
        t is None
        or abs(t) > MAX_TIME
        or cells[2] not in GROUPS
        or t > arrived + MAX_CLOCK_SKEW
        or (counters and not cells[3])
    ):
        return arrived
    requests, errors = _number(cells[4]), _number(cells[5])
    if requests is None or errors is None or not 0 <= errors <= requests <= MAX_COUNT:
        return CountsRow(arrived, t, cells[2], clean(cells[3]), None, None)
    return CountsRow(arrived, t, cells[2], clean(cells[3]), round(requests, 6), round(errors, 6))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) and "_" not in text else None


def _cells(lines: Iterable[str]) -> Iterator[list[str]]:
    """The cells of each non-empty line. Each line is parsed alone, so that a stray quote affects no other."""
    for line in lines:
        text = line.strip("\r\n").replace("\0", "\ufffd")
        try:
            cells = next(csv.reader((text,)), []) if '"' in text else text.split(",")
        except csv.Error:
            cells = ["?"]
        if any(cell.strip() for cell in cells):
            yield cells
