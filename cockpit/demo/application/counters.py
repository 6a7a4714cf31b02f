"""Requests and errors of one worker, told in the Prometheus text format."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

MOST_ROUTES = 50
"""Beyond these, requests count under `other`: strangers choose paths, and each label costs memory."""
OTHER = "other"
_ROUTE = re.compile(r"/[a-z0-9_-]*")


@dataclass
class RequestOutcome:
    """How the request that is being counted ends."""

    failed: bool = False


class Counters:
    """Begin at 0 with the worker, and only grow."""

    def __init__(self, build: str) -> None:
        self._build = build
        self._lock = threading.Lock()
        self._routes = {"/": [0, 0]}
        self.inflight = 0
        """Requests under way now."""

    @contextmanager
    def counted(self, route: str) -> Iterator[RequestOutcome]:
        """Counts one request when it is done."""
        with self._lock:
            self.inflight += 1
        outcome = RequestOutcome()
        try:
            yield outcome
        finally:
            with self._lock:
                self.inflight -= 1
                tally = self._tally(route)
                tally[0] += 1
                tally[1] += outcome.failed

    def exposition(self) -> str:
        """All counters in the text format, version 0.0.4."""
        with self._lock:
            rows = [(route, *tally) for route, tally in sorted(self._routes.items())]
        build = "".join(c for c in self._build if c.isalnum() or c in "-_.")
        lines = ["# TYPE http_requests_total counter"]
        lines += [f'http_requests_total{{build="{build}",route="{route}"}} {all_}' for route, all_, _ in rows]
        lines.append("# TYPE http_request_errors_total counter")
        lines += [f'http_request_errors_total{{build="{build}",route="{route}"}} {bad}' for route, _, bad in rows]
        return "\n".join(lines) + "\n"

    def _tally(self, route: str) -> list[int]:
        known = _ROUTE.fullmatch(route) and (route in self._routes or len(self._routes) < MOST_ROUTES)
        return self._routes.setdefault(route if known else OTHER, [0, 0])
