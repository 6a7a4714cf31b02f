"""The gate on a trace from a file: the same `judge` as live, tick by tick.

The trace is CSV `t,group,requests,errors`: `t` in seconds since the step began, the counts those of the interval that
starts at `t`, `group` new or control. No control rows at all means that no host ran the old build.
"""

import csv
from collections.abc import Iterable, Iterator
from math import isfinite

from msgspec import Struct

from cockpit.deploy.gate import Evidence, GatePolicy, Verdict, judge
from cockpit.deploy.text import clean
from cockpit.deploy.tiers import Audience
from cockpit.deploy.traffic import Count

COLUMNS = ("t", "group", "requests", "errors")


class NotATrace(ValueError):
    """The file is something else; the message says what was looked for."""


class Row(Struct, frozen=True):
    """One good row."""

    t: float
    group: str
    count: Count


class Trace(Struct, frozen=True):
    """What could be read, by time."""

    rows: tuple[Row, ...]
    ticks: tuple[float, ...]
    """Every distinct t >= 0, also where its rows were dropped."""
    dropped: tuple[float, ...]
    """The t of each row that was NaN, negative, doubled or had more errors than requests."""


class Tick(Struct, frozen=True):
    """The verdict after one tick."""

    t: float
    verdict: Verdict
    new: Count | None
    control: Count | None
    dropped: int

    def as_json(self) -> dict[str, object]:
        """{"t", "verdict", "reason", "evidence"}."""
        counts = {
            name: {"requests": count.requests, "errors": count.errors}
            for name, count in (("new", self.new), ("control", self.control))
            if count is not None
        }
        evidence: dict[str, object] = {**counts, "dropped": self.dropped}
        return {"t": self.t, "verdict": self.verdict.call, "reason": self.verdict.reason, "evidence": evidence}

    def line(self) -> str:
        """For people: time, verdict, reason."""
        return f"{self.t:>8g} s  {self.verdict.call:<9}  {self.verdict.reason}"


def read(lines: Iterable[str]) -> Trace:
    """The trace in the lines of a CSV file. Raises `NotATrace`."""
    reader = csv.DictReader(lines)
    given = tuple(name.strip() for name in reader.fieldnames or ())
    if not set(COLUMNS) <= set(given):
        raise NotATrace(f"needs the columns {','.join(COLUMNS)} and has {clean(','.join(given)) or 'none'}")
    reader.fieldnames = list(given)
    rows: dict[tuple[float, str], Row] = {}
    ticks: set[float] = set()
    dropped: list[float] = []
    for raw in reader:
        t = _number(raw["t"])
        group = (raw["group"] or "").strip()
        if t is None or group not in ("new", "control"):
            continue
        ticks.add(t)
        count = _count(raw)
        if count is None or (t, group) in rows:
            dropped.append(t)
        else:
            rows[t, group] = Row(t, group, count)
    ordered = tuple(sorted(rows.values(), key=lambda row: row.t))
    return Trace(ordered, tuple(sorted(t for t in ticks if t >= 0)), tuple(dropped))


def verdicts(trace: Trace, policy: GatePolicy, soak: float) -> Iterator[Tick]:
    """The verdict after every tick, from what had been counted by then since the step began."""
    controlled = any(row.group == "control" for row in trace.rows)
    totals: dict[str, Count] = {"control": Count()} if controlled else {}
    rows = [row for row in trace.rows if row.t >= 0]
    read_to, last = 0, None
    for t in trace.ticks:
        while read_to < len(rows) and rows[read_to].t <= t:
            row = rows[read_to]
            totals[row.group] = totals.get(row.group, Count()) + row.count
            last = row.t if row.group == "new" else last
            read_to += 1
        evidence = Evidence(
            step="new build",
            serves=Audience.PUBLIC,
            watched=t,
            soak=soak,
            wanted=1,
            converged=1,
            hosts=1,
            smoke="",
            new=totals.get("new"),
            control=totals.get("control"),
            sample_age=None if last is None else t - last,
        )
        dropped = sum(d <= t for d in trace.dropped)
        yield Tick(t, judge(evidence, policy), totals.get("new"), totals.get("control"), dropped)


def _count(raw: dict[str, str]) -> Count | None:
    requests, errors = _number(raw["requests"]), _number(raw["errors"])
    if requests is None or errors is None or not 0 <= errors <= requests:
        return None
    return Count(round(requests), round(errors))


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if isfinite(value) else None
