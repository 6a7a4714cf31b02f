"""Counts of the demo's requests by tier, build, route and outcome, and the cause of each failure."""

from collections.abc import Collection
from pathlib import Path

import msgspec
from msgspec import Struct

OK = ""
"""The kind of a request with the expected reply."""
MIXED = "mixed build"
"""The kind of a reply that names one build and shows another."""


class RequestCount(Struct, frozen=True):
    """The number of requests with the same outcome."""

    tier: str
    build: str
    """The build that answered; empty for none."""
    route: str
    kind: str
    """Empty for success, else the failure: `500 KeyError`, `refused`, `reset`, `timeout`."""
    count: int


class Tally(Struct, frozen=True):
    """All requests so far."""

    rows: tuple[RequestCount, ...] = ()
    resent: int = 0
    """Requests that were sent again because a kept connection had been closed, as load balancers do."""
    seconds: float = 0.0
    """The duration of the traffic."""

    @property
    def sent(self) -> int:
        """All requests, each counted once."""
        return sum(row.count for row in self.rows)

    @property
    def failed(self) -> int:
        """All requests that failed."""
        return sum(row.count for row in self.rows if row.kind != OK)

    def failed_by_bad_pr(self, builds: Collection[str], route: str) -> int:
        """Failures caused by the bad PR: errors of the builds that contain it, on the route it breaks (empty: any)."""
        return sum(row.count for row in self.rows if _is_by_bad_pr(row, builds, route))

    def other_failures(self, builds: Collection[str], route: str) -> tuple[RequestCount, ...]:
        """Failures that the bad PR did not cause."""
        return tuple(row for row in self.rows if row.kind != OK and not _is_by_bad_pr(row, builds, route))


def read_tally(path: Path) -> Tally:
    """The tally in that file; an empty one if there is no file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Tally)
    except FileNotFoundError:
        return Tally()


def write_tally(path: Path, tally: Tally) -> None:
    """Replace the file atomically."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(tally))
    fresh.replace(path)


def _is_by_bad_pr(row: RequestCount, builds: Collection[str], route: str) -> bool:
    return row.build in builds and row.kind.startswith("500 ") and row.route == (route or row.route)
