"""One host's request and error counters: their increments, and which rows are invalid.

A counter that went back was reset and starts again at 0. A reset must be plausible: a process that restarts resets both
counters, and does not serve a hundred times its usual rate. Otherwise a short fault of an exporter would count all
requests since the start as the traffic of one moment.
"""

from collections import deque
from statistics import median

MAX_ROWS = 60
"""Rows that are kept."""
SURGE_FACTOR = 20.0
"""After a reset, a row is doubted above this multiple of the host's usual rate"""
SURGE_SLACK = 10.0
"""plus this many requests a second,"""
MIN_PACES = 5
"""if at least this many rows have shown the usual rate,"""
CONVINCING_ROWS = 3
"""until this many rows in a row agree."""

CONTRADICTED = (-1.0, -1.0)
"""Marks an instant whose rows contradict each other."""

Increments = tuple[float, float, int, int]
"""(requests, errors, valid rows, invalid rows)."""


class HostCounter:
    """The counted rows of one host, and those that arrived and are not counted yet."""

    def __init__(self, first_seen_at: float) -> None:
        self.first_seen_at = first_seen_at
        self.latest = first_seen_at
        self.times: deque[float] = deque(maxlen=MAX_ROWS)
        self._counted: tuple[float, float, float] | None = None
        self._waiting: dict[float, tuple[float, float]] = {}
        self._said: dict[float, tuple[float, float]] = {}
        self._torn = 0
        """Rows that were counted before another row contradicted them."""
        self._paces: deque[float] = deque(maxlen=MAX_ROWS)
        self._top = 0.0
        """The request count before the last reset; 0 once the counter is past it."""
        self._doubted = 0

    def add(self, t: float, n: float, x: float) -> bool:
        """Add a row. Returns whether it is new: not a duplicate, and not older than the counted rows.

        Rows of one instant that contradict each other are dropped.
        """
        if t in self._said:
            if self._said[t] not in ((n, x), CONTRADICTED):
                self._said[t] = CONTRADICTED
                self._torn += self._waiting.pop(t, None) is None
            return False
        self._remember(t, n, x)
        if self._counted is not None and t <= self._counted[0]:
            return False
        self._waiting[t] = (n, x)
        self.latest = max(self.latest, t)
        return True

    def increments(self, until: float, deployed: bool) -> Increments:
        """The increments from the last call up to `until`.

        The first row only gives the counter's base. An increment of a `deployed` host across time 0 without a reset is
        left out: a part of it belongs to the old build.
        """
        n = x = 0.0
        rows, bad, self._torn = -self._torn, 0, 0
        for t in sorted(t for t in self._waiting if t <= until):
            now = self._waiting.pop(t)
            rows += 1
            if (then := self._counted) is not None:
                more = self._more(then, t, now)
                if more is None:
                    bad, rows = bad + 1, rows - 1
                elif now[0] < then[1] or not (deployed and then[0] < 0 < t):
                    n, x = n + more[0], x + more[1]
            self._counted = (t, *now)
        return n, x, rows, bad

    def _more(self, then: tuple[float, float, float], t: float, now: tuple[float, float]) -> tuple[float, float] | None:
        """(requests, errors) since `then`; None if that is implausible."""
        back = now[0] < then[1]
        if back:
            self._top, self._doubted = max(self._top, then[1]), 0
        elif now[1] < then[2]:
            return None  # errors alone: no restart does that
        more = now if back else (now[0] - then[1], now[1] - then[2])
        if more[1] > more[0]:
            return None
        pace = more[0] / (t - then[0])
        odd = (
            bool(self._top)
            and len(self._paces) >= MIN_PACES
            and pace > SURGE_FACTOR * median(self._paces) + SURGE_SLACK
        )
        self._doubted = self._doubted + 1 if odd else 0
        if now[0] >= self._top or self._doubted >= CONVINCING_ROWS:
            self._top = 0.0
        if odd:
            return None
        if not back:
            self._paces.append(pace)
        return more

    def _remember(self, t: float, n: float, x: float) -> None:
        self._said[t] = (n, x)
        if len(self._said) > 2 * MAX_ROWS:
            for old in sorted(self._said)[:MAX_ROWS]:
                del self._said[old]
