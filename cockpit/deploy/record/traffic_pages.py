"""The traffic of a release as it is kept: requests and errors by tier and build, in buckets, page after page.

The hosts' counters are in memory and gone with the engine; a report that is written next week needs what they came to.
Small on purpose: six buckets a page, of ten seconds in a release's first hour and longer ones later, so that a page is
a few kilobytes and a release that stays open for a day has some three hundred.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from cockpit.deploy.gate.traffic import Count, Key, Traffic

BUCKETS = 6
"""In one page."""
WIDTHS = ((3600.0, 10.0), (86_400.0, 60.0), (float("inf"), 600.0))
"""(until this age of the release, seconds a bucket is wide)."""
RECORDED_AFTER_END = 300.0
"""Seconds for which it is kept on after a release has ended: what an abandoned build did is over only then."""


class TrafficRow(Struct, frozen=True, array_like=True):
    """One tier and build."""

    tier: str
    build: str
    counts: tuple[tuple[int, int], ...]
    """(requests, errors) of each bucket."""


class TrafficPage(Struct, frozen=True):
    """Up to six buckets in a row."""

    since: float
    """When the first bucket begins."""
    width: float
    """Seconds."""
    reads: tuple[int, ...] = field(name="looks")
    """How often the counters were read in each bucket. 0 is unknown, not zero requests."""
    hosts_missing: tuple[int, ...] = field(name="lacking")
    """How many hosts were missing at most in each bucket: with any, the counts are too low."""
    rows: tuple[TrafficRow, ...]
    last_read: float = field(default=0.0, name="read")
    """When the counters were last read for it: what came later in its last bucket is not in it."""

    @property
    def until(self) -> float:
        """Where the last bucket ends."""
        return self.since + self.width * len(self.reads)


class Bucket(Struct, frozen=True):
    """A length of time that was counted whole, and what was counted in it."""

    since: float
    until: float
    reads: int
    hosts_missing: int
    counts: dict[Key, Count]


def width(age: float) -> float:
    """How wide the buckets of a page are that begins at that age of its release."""
    return next(wide for until, wide in WIDTHS if age < until)


def page(traffic: Traffic, since: float, wide: float, now: float) -> TrafficPage:
    """The page that begins at `since`, of the buckets that have begun by `now`. The last one may still grow."""
    count = min(BUCKETS, max(0, int((now - since) // wide) + 1))
    looks, lacking, read = [0] * count, [0] * count, 0.0
    sums: dict[Key, list[Count]] = {}
    for sample in reversed(traffic.samples):
        place = int((sample.at - since) // wide)
        if place < 0:
            break
        if place >= count:
            continue
        looks[place] += 1
        read = max(read, sample.at)
        lacking[place] = max(lacking[place], len(sample.missing))
        for key, grown in sample.counts.items():
            if grown.requests:
                row = sums.setdefault(key, [Count()] * count)
                row[place] += grown
    rows = tuple(TrafficRow(*key, tuple((c.requests, c.errors) for c in row)) for key, row in sorted(sums.items()))
    return TrafficPage(since, wide, tuple(looks), tuple(lacking), rows, read)


def buckets(pages: Iterable[TrafficPage]) -> Iterator[Bucket]:
    """Every bucket in which somebody counted, oldest first."""
    for one in sorted(pages, key=lambda page: page.since):
        for place, looks in enumerate(one.reads):
            if looks:
                since = one.since + place * one.width
                until = min(since + one.width, max(one.last_read, since)) if one.last_read else since + one.width
                counts = {(row.tier, row.build): Count(*row.counts[place]) for row in one.rows}
                yield Bucket(since, until, looks, one.hosts_missing[place], counts)
