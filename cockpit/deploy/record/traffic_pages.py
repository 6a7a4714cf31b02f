"""The stored traffic of a release: requests and errors by tier and build, in pages of time buckets.

The counters of the engine are in memory only, but a later report needs them. A page has six buckets, of ten seconds in
the release's first hour and longer ones later. So a page has a few kilobytes, and a release that is open for a day has
about three hundred pages.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from cockpit.deploy.gate.traffic import Count, Key, Traffic

BUCKETS = 6
"""The buckets of one page."""
WIDTHS = ((3600.0, 10.0), (86_400.0, 60.0), (float("inf"), 600.0))
"""(up to this age of the release, seconds of a bucket)."""
RECORDED_AFTER_END = 300.0
"""Seconds for which traffic is recorded after the end of a release: an abandoned build runs on for a while."""


class TrafficRow(Struct, frozen=True, array_like=True):
    """The counts of one tier and build."""

    tier: str
    build: str
    counts: tuple[tuple[int, int], ...]
    """(requests, errors) of each bucket."""


class TrafficPage(Struct, frozen=True):
    """Up to six consecutive buckets."""

    since: float
    """The start of the first bucket."""
    width: float
    """Seconds of a bucket."""
    reads: tuple[int, ...] = field(name="looks")
    """How often the counters were read in each bucket. 0 means unknown, not zero requests."""
    hosts_missing: tuple[int, ...] = field(name="lacking")
    """The most hosts that were missing in each bucket. The counts are too low if any were."""
    rows: tuple[TrafficRow, ...]
    last_read: float = field(default=0.0, name="read")
    """When the counters were last read. Later requests of the last bucket are not counted."""

    @property
    def until(self) -> float:
        """The end of the last bucket."""
        return self.since + self.width * len(self.reads)


class Bucket(Struct, frozen=True):
    """The counts of one span of time."""

    since: float
    until: float
    reads: int
    hosts_missing: int
    counts: dict[Key, Count]


def width(age: float) -> float:
    """The seconds of a bucket, for a page that starts at this age of its release."""
    return next(wide for until, wide in WIDTHS if age < until)


def page(traffic: Traffic, since: float, width: float, now: float) -> TrafficPage:
    """The page from `since`, with the buckets that have begun by `now`. The last bucket may still grow."""
    count = min(BUCKETS, max(0, int((now - since) // width) + 1))
    reads, lacking, last_read = [0] * count, [0] * count, 0.0
    sums: dict[Key, list[Count]] = {}
    for sample in reversed(traffic.samples):
        place = int((sample.at - since) // width)
        if place < 0:
            break
        if place >= count:
            continue
        reads[place] += 1
        last_read = max(last_read, sample.at)
        lacking[place] = max(lacking[place], len(sample.missing))
        for key, grown in sample.counts.items():
            if grown.requests:
                row = sums.setdefault(key, [Count()] * count)
                row[place] += grown
    rows = tuple(TrafficRow(*key, tuple((c.requests, c.errors) for c in row)) for key, row in sorted(sums.items()))
    return TrafficPage(since, width, tuple(reads), tuple(lacking), rows, last_read)


def buckets(pages: Iterable[TrafficPage]) -> Iterator[Bucket]:
    """Every bucket in which the counters were read, oldest first."""
    for stored in sorted(pages, key=lambda page: page.since):
        for place, reads in enumerate(stored.reads):
            if reads:
                since = stored.since + place * stored.width
                until = (
                    min(since + stored.width, max(stored.last_read, since))
                    if stored.last_read
                    else since + stored.width
                )
                counts = {(row.tier, row.build): Count(*row.counts[place]) for row in stored.rows}
                yield Bucket(since, until, reads, stored.hosts_missing[place], counts)
