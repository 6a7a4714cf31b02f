"""Request and error counters of one worker in the Prometheus text format."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

MAX_ROUTES = 50
"""Further routes count as `other`: clients choose the paths, and each label costs memory."""
OTHER = "other"
_ROUTE = re.compile(r"/[a-z0-9_-]*")


@dataclass
class RequestOutcome:
    """The outcome of a request that is being counted."""

    failed: bool = False


class Counters:
    """Counts from 0 at the start of the worker."""

    def __init__(self, build: str) -> None:
        self._build = build
        self._lock = threading.Lock()
        self._routes = {"/": [0, 0]}
        self.inflight = 0
        """Requests that are being answered now."""

    @contextmanager
    def counted(self, route: str) -> Iterator[RequestOutcome]:
        """Count one request when it is done."""
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
        """All counters in the Prometheus text format, version 0.0.4."""
        with self._lock:
            rows = [(route, *tally) for route, tally in sorted(self._routes.items())]
        build = "".join(c for c in self._build if c.isalnum() or c in "-_.")
        lines = ["# TYPE http_requests_total counter"]
        lines += [f'http_requests_total{{build="{build}",route="{route}"}} {total}' for route, total, _ in rows]
        lines.append("# TYPE http_request_errors_total counter")
        lines += [f'http_request_errors_total{{build="{build}",route="{route}"}} {errors}' for route, _, errors in rows]
        return "\n".join(lines) + "\n"

    def _tally(self, route: str) -> list[int]:
        known = _ROUTE.fullmatch(route) and (route in self._routes or len(self._routes) < MAX_ROUTES)
        return self._routes.setdefault(route if known else OTHER, [0, 0])
