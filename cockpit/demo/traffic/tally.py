"""What became of the demo's requests, counted by tier, build, route and kind, and whose fault the failures were."""

from collections.abc import Collection
from pathlib import Path

import msgspec
from msgspec import Struct

FINE = ""
"""The kind of a request that got what it should."""
MIXED = "mixed build"
"""The kind of an answer that names one build and shows another."""


class RequestCount(Struct, frozen=True):
    """How many requests had the same fate."""

    tier: str
    build: str
    """The build that answered; empty where none did."""
    route: str
    kind: str
    """Empty where all was well, else what went wrong: `500 KeyError`, `refused`, `reset`, `timeout` ..."""
    count: int


class Tally(Struct, frozen=True):
    """All requests so far."""

    rows: tuple[RequestCount, ...] = ()
    resent: int = 0
    """Sent again because the kept connection had been closed before a byte came back, as balancers do."""
    seconds: float = 0.0
    """How long there was traffic."""

    @property
    def sent(self) -> int:
        """Requests that came to an end, each counted once."""
        return sum(row.count for row in self.rows)

    def blamed(self, builds: Collection[str], fault: str) -> int:
        """Failures that the bad PR caused: errors of a build that holds it, on the route it breaks (empty: any)."""
        return sum(row.count for row in self.rows if _is_blamed(row, builds, fault))

    def others(self, builds: Collection[str], fault: str) -> tuple[RequestCount, ...]:
        """Failures that it did not cause."""
        return tuple(row for row in self.rows if row.kind != FINE and not _is_blamed(row, builds, fault))


def read_tally(path: Path) -> Tally:
    """The tally in that file; an empty one where there is none yet."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Tally)
    except FileNotFoundError:
        return Tally()


def write_tally(path: Path, tally: Tally) -> None:
    """Replace the file; a reader sees the old one or the new one."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(tally))
    fresh.replace(path)


def _is_blamed(row: RequestCount, builds: Collection[str], fault: str) -> bool:
    return row.build in builds and row.kind.startswith("500 ") and row.route == (fault or row.route)
