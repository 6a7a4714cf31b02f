"""The rows of a trace as polls of a gate. Each poll sees only the rows that had arrived by then.

Counts are paired by their `t`. Counters are paired up to the instant that both groups have reached, and later rows are
counted later: a counter loses nothing in a gap.
"""

from collections import deque
from collections.abc import Iterator
from itertools import groupby, pairwise

from cockpit.deploy.gate.counters import MAX_ROWS, HostCounter
from cockpit.deploy.gate.counts_file import CountsRow, CountsTrace
from cockpit.deploy.gate.observation import Poll
from cockpit.deploy.gate.sequential import NO_COUNTS, CountPair

DEFAULT_INTERVAL = 10.0
MAX_SEGMENT = 60.0
"""The most seconds of one sample of counters; longer ones are split."""
EPSILON = 1e-9
"""The tolerance, in seconds, between a poll and its row."""
ENOUGH_HOSTS = 0.8
"""The share of a group's hosts that must have reached an instant."""
DEAD_AFTER = 60.0
"""Seconds behind the others after which a host is ignored."""


def sample_interval(times: list[float]) -> float:
    """Seconds between samples: the lower quartile of the distances, which gaps do not affect."""
    steps = sorted(b - a for a, b in pairwise(times[-MAX_ROWS - 1 :]) if b > a)
    return steps[len(steps) // 4] if steps else DEFAULT_INTERVAL


class CountPolls:
    """Polls of a trace with counts by interval."""

    def __init__(self, trace: CountsTrace) -> None:
        self._times = [(t, list(rows)) for t, rows in groupby(trace.rows, key=lambda row: row.t)]
        self._next = 0
        self._seen: list[float] = []
        self._controlled = False

    @property
    def interval(self) -> float:
        """Seconds between samples, estimated so far."""
        return sample_interval(self._seen)

    @property
    def current_for(self) -> float:
        """Seconds for which the newest sample is current."""
        return 1.5 * self.interval

    def until(self, now: float) -> Iterator[Poll]:
        """The polls since the last call that end at or before `now`, oldest first."""
        while self._next < len(self._times) and self._times[self._next][0] <= now + EPSILON:
            t, rows = self._times[self._next]
            self._next += 1
            before = self._seen[-1] if self._seen else None
            self._seen = [*self._seen[-MAX_ROWS:], t]
            step = self.interval
            since = max(before, -step) if before is not None and t >= 0 else (-step if t >= 0 else t - step)
            yield self._poll(t, rows, max(1.0, (t - since) / step))

    def _poll(self, t: float, rows: list[CountsRow], expected: float) -> Poll:
        self._controlled = self._controlled or any(row.group == "control" for row in rows)
        new, old = _agreed_counts(rows, "new"), _agreed_counts(rows, "control")
        used = (new is not None) + (old is not None)
        pair: CountPair | None = None
        if new is not None and not self._controlled:
            pair = CountPair(*new, 0, 0)
        elif new is not None and old is not None:
            pair = CountPair(*new, *old)
        lacks = "" if pair else _gap(new is None, self._controlled and old is None)
        dropped = len(rows) - (used if pair else 0)
        return Poll(t, pair, self._controlled, self.interval, expected, 1.0 if pair else 0.0, dropped, gap=lacks)


class CounterPolls:
    """Polls of a trace with hosts' counters."""

    def __init__(self, trace: CountsTrace) -> None:
        self._rows = trace.rows
        self._next = 0
        self._hosts: dict[tuple[str, str], HostCounter] = {}
        self._reached: float | None = None
        self._looked = float("-inf")
        self._dropped = 0
        self._late = {"new": 0, "control": 0}
        self._gaps: deque[float] = deque(maxlen=MAX_ROWS)
        self._interval: float | None = None
        self._shares: deque[dict[str, float]] = deque(maxlen=MAX_ROWS)
        """The recent shares of expected rows, by group. The worse group counts."""

    @property
    def interval(self) -> float:
        """Seconds between samples of one host, estimated so far."""
        if self._interval is None:
            steps = sorted(self._gaps)
            self._interval = steps[len(steps) // 4] if steps else DEFAULT_INTERVAL
        return self._interval

    @property
    def current_for(self) -> float:
        """Seconds for which the newest sample is current. Rows need time to arrive."""
        return 3 * self.interval + 10

    def until(self, now: float) -> Iterator[Poll]:
        """The polls since the last call from rows that had arrived by `now`, oldest first."""
        while self._next < len(self._rows) and self._rows[self._next].arrived <= now + EPSILON:
            arrived = self._rows[self._next].arrived
            while self._next < len(self._rows) and self._rows[self._next].arrived == arrived:
                self._take(self._rows[self._next])
                self._next += 1
            if arrived - self._looked >= self.interval / 4:  # more often would only cost time
                self._looked = arrived
                yield from self._paired()
        yield from self._paired()

    def _take(self, row: CountsRow) -> None:
        host = self._hosts.setdefault((row.group, row.host), HostCounter(row.t))
        if row.requests is None or row.errors is None:
            self._dropped += 1
            return
        if host.times and row.t > host.times[-1]:
            self._gaps.append(row.t - host.times[-1])
            self._interval = None
        if not host.add(row.t, row.requests, row.errors):
            self._dropped += 1
            if self._reached is not None and row.t <= self._reached and row.t not in host.times:
                self._late[row.group] += 1
        host.times.append(row.t)

    def _paired(self) -> Iterator[Poll]:
        fronts = [front for group in ("new", "control") if (front := self._front(group)) is not None]
        if not any(group == "new" for group, _ in self._hosts) or not fronts:
            return
        front = min(fronts)
        if self._reached is None:
            self._reached = min(counter.first_seen_at for counter in self._hosts.values())
        while front - self._reached >= 0.9 * self.interval or self._reached < 0 <= front:
            edge = min(front, self._reached + max(MAX_SEGMENT, self.interval))
            edge = 0.0 if self._reached < 0 < edge else edge
            yield self._segment(self._reached, edge)
            self._reached = edge

    def _front(self, group: str) -> float | None:
        """The instant that enough of the group's hosts have reached; None if the group has no host."""
        latest = sorted((c.latest for (g, _), c in self._hosts.items() if g == group), reverse=True)
        if not latest:
            return None
        live = [t for t in latest if t >= latest[0] - DEAD_AFTER]
        return live[-(-len(live) * 4 // 5) - 1]

    def _segment(self, since: float, until: float) -> Poll:
        sums = {"new": NO_COUNTS, "control": NO_COUNTS}
        hosts: list[tuple[str, float, float]] = []
        shares: dict[str, float] = {}
        for group in sums:
            expected = got = 0.0
            for (name, host), counter in self._hosts.items():
                if name != group:
                    continue
                n, x, rows, bad = counter.increments(until, group == "new")
                self._dropped += bad
                sums[group] += CountPair(n, x, 0, 0)
                if group == "new":
                    hosts.append((host, n, x))
                expected += max(0.0, until - max(since, counter.first_seen_at)) / self.interval
                got += rows
            shares[group] = (got + self._late[group]) / expected if expected else 1.0
            self._late[group] = 0
        controlled = any(group == "control" for group, _ in self._hosts)
        dropped, self._dropped = self._dropped, 0
        new, old = sums["new"], sums["control"]
        self._shares.append(shares)
        share = max(0.0, shares[min(shares, key=lambda group: sum(then[group] for then in self._shares))])
        lacks = "some hosts are missing" if share < ENOUGH_HOSTS else ""
        pair = CountPair(new.n1, new.x1, old.n1, old.x1)
        wanted = (until - since) / self.interval
        return Poll(until, pair, controlled, until - since, wanted, wanted * share, dropped, tuple(hosts), lacks)


def _agreed_counts(rows: list[CountsRow], group: str) -> tuple[float, float] | None:
    """The counts of the group; None if there are none, or if rows contradict each other."""
    counts = {(row.requests, row.errors) for row in rows if row.group == group and row.requests is not None}
    if len(counts) != 1:
        return None
    requests, errors = counts.pop()
    assert requests is not None, "invalid rows are left out"
    assert errors is not None, "invalid rows are left out"
    return requests, errors


def _gap(new: bool, old: bool) -> str:
    if new and old:
        return "neither build has valid counts"
    return "the new build has no valid counts" if new else "the old build has no valid counts"
