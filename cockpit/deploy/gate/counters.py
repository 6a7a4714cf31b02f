"""One host's two counters as they arrive: what they grew by, and which rows cannot be true.

A counter that went back began again at 0. That is believed only as far as it makes sense: a process that restarts
takes both counters back, and serves no hundred times what it did before. Otherwise an exporter that blinks would have
its whole life counted as one moment's traffic.
"""

from collections import deque
from statistics import median

MAX_ROWS = 60
"""Rows that are remembered."""
SURGE = 20.0
"""How many times its usual pace a host may serve right after its counters began again,"""
SLACK = 10.0
"""and so many requests a second besides;"""
KNOWN = 5
"""that is, where so many rows have shown its usual pace,"""
CONVINCED = 3
"""and until so many rows in a row say the same."""

TORN = (-1.0, -1.0)
"""What an instant says whose rows contradict each other."""

Counted = tuple[float, float, int, int]
"""(requests, errors, rows, rows that make no sense)."""


class HostCounter:
    """What has been counted of one host, and what has arrived and not been counted yet."""

    def __init__(self, begun: float) -> None:
        self.begun = begun
        self.latest = begun
        self.times: deque[float] = deque(maxlen=MAX_ROWS)
        self._counted: tuple[float, float, float] | None = None
        self._waiting: dict[float, tuple[float, float]] = {}
        self._said: dict[float, tuple[float, float]] = {}
        self._torn = 0
        """Rows that were counted before another contradicted them."""
        self._paces: deque[float] = deque(maxlen=MAX_ROWS)
        self._top = 0.0
        """Where the requests stood before they last began again; 0 once they are past that."""
        self._doubted = 0

    def add(self, t: float, n: float, x: float) -> bool:
        """Whether the row says anything new; not where it is doubled, or later rows have been counted already.

        Rows of one instant that contradict each other count as none.
        """
        if t in self._said:
            if self._said[t] not in ((n, x), TORN):
                self._said[t] = TORN
                self._torn += self._waiting.pop(t, None) is None
            return False
        self._remember(t, n, x)
        if self._counted is not None and t <= self._counted[0]:
            return False
        self._waiting[t] = (n, x)
        self.latest = max(self.latest, t)
        return True

    def increments(self, until: float, deployed: bool) -> Counted:
        """What has been counted since the last call up to `until`.

        The first row tells only where the counter stands. What a counter of a `deployed` host grew by across 0 without
        beginning again is partly the old build's and left out.
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
        """(requests, errors) since `then`; None where that cannot be."""
        back = now[0] < then[1]
        if back:
            self._top, self._doubted = max(self._top, then[1]), 0
        elif now[1] < then[2]:
            return None  # errors alone: nothing that restarts does that
        more = now if back else (now[0] - then[1], now[1] - then[2])
        if more[1] > more[0]:
            return None
        pace = more[0] / (t - then[0])
        odd = bool(self._top) and len(self._paces) >= KNOWN and pace > SURGE * median(self._paces) + SLACK
        self._doubted = self._doubted + 1 if odd else 0
        if now[0] >= self._top or self._doubted >= CONVINCED:
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
