"""Requests and errors over time by tier and build, from the hosts' counters.

A `Scrape` holds the counters at one instant. `Traffic` is the fold of scrapes: increments by tier and build, with
counter resets handled. A host that could not be read is named, never counted as zero.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from msgspec import Struct

MAX_SAMPLES = 5400
"""Samples kept: three hours at one every two seconds."""


class Count(Struct, frozen=True):
    """Requests, and how many of them failed."""

    requests: int = 0
    errors: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.requests + other.requests, self.errors + other.errors)

    @property
    def rate(self) -> float:
        """The share of failed requests, 0 to 1. Needs at least one request."""
        return self.errors / self.requests


class Counter(Struct, frozen=True):
    """One host's counters for one build since its server process started."""

    host: str
    tier: str
    build: str
    total: Count
    routes: tuple[tuple[str, Count], ...] = ()
    """The same by route, if the host reports routes."""


class Scrape(Struct, frozen=True):
    """The counters of all hosts at one instant."""

    at: float
    counters: tuple[Counter, ...]
    missing: tuple[str, ...] = ()
    """Hosts without an answer or with invalid counters."""


Key = tuple[str, str]
"""(tier, build id)."""


@dataclass(frozen=True)
class Sample:
    """The increments between the previous scrape and this one."""

    at: float
    counts: Mapping[Key, Count]
    missing: tuple[str, ...] = ()
    hosts: tuple[tuple[tuple[str, str], Count], ...] = ()
    """((host, build), count); of the newest sample only, because a large fleet over hours would not fit."""

    routes: tuple[tuple[tuple[str, str, str], Count], ...] = ()
    """((tier, build, route), count); of the newest sample only."""


@dataclass(frozen=True)
class Traffic:
    """The last hours of samples, oldest first."""

    samples: tuple[Sample, ...] = ()
    last: Mapping[tuple[str, str], Count] = field(default_factory=dict)
    """{(host, build): its counters when last read}."""
    resets: int = 0
    """The number of counter resets."""
    last_routes: Mapping[tuple[str, str, str], Count] = field(default_factory=dict)
    """{(host, build, route): its counters when last read}."""

    def during(self, since: float, until: float, keep: Iterable[Key] | None = None) -> Count:
        """The sum over samples taken in (since, until], of the given (tier, build) pairs or of all."""
        wanted = None if keep is None else frozenset(keep)
        total = Count()
        for sample in reversed(self.samples):
            if sample.at <= since:
                break
            if sample.at <= until:
                for key, count in sample.counts.items():
                    if wanted is None or key in wanted:
                        total += count
        return total

    def rates(self, key: Key, now: float, width: float, buckets: int) -> tuple[float | None, ...]:
        """Error rates of the last `buckets` intervals of `width` seconds, oldest first; None without requests."""
        sums = [Count()] * buckets
        newest = int(now // width)
        for sample in reversed(self.samples):
            index = buckets - 1 - (newest - int(sample.at // width))
            if index < 0:
                break
            if index < buckets and key in sample.counts:
                sums[index] += sample.counts[key]
        return tuple(count.rate if count.requests else None for count in sums)


def add_scrape(traffic: Traffic, scrape: Scrape) -> Traffic:
    """Add a scrape as one sample.

    The first read of a counter only gives its base. If its host was read before, the server process is new: the counter
    started at 0 and all of it is new. A counter below its last value was reset and counts from 0. A host with invalid
    counters (negative, more errors than requests, or errors that went back alone) is treated as missing.
    """
    known_hosts = {host for host, _ in traffic.last}
    last = dict(traffic.last)
    counts: dict[Key, Count] = {}
    hosts: dict[tuple[str, str], Count] = {}
    routes: dict[tuple[str, str, str], Count] = {}
    last_routes = dict(traffic.last_routes)
    missing = list(scrape.missing)
    resets = traffic.resets
    for counter in scrape.counters:
        now = counter.total
        if not 0 <= now.errors <= now.requests:
            missing.append(counter.host)
            continue
        place = (counter.host, counter.build)
        then = last.get(place, Count() if counter.host in known_hosts else now)
        if now.errors < then.errors and now.requests >= then.requests:
            missing.append(counter.host)
            last[place] = now
            continue
        fresh = now.requests < then.requests
        if fresh:
            resets += 1
            then = Count()
        began = fresh or (place not in last and counter.host in known_hosts)
        _grow_routes(counter, began, last_routes, routes)
        last[place] = now
        key = (counter.tier, counter.build)
        grown = Count(now.requests - then.requests, now.errors - then.errors)
        counts[key] = counts.get(key, Count()) + grown
        hosts[place] = grown
    sample = Sample(scrape.at, counts, tuple(dict.fromkeys(missing)), tuple(hosts.items()), tuple(routes.items()))
    before = (*traffic.samples[:-1], *(replace(sample, hosts=(), routes=()) for sample in traffic.samples[-1:]))
    return Traffic((*before, sample)[-MAX_SAMPLES:], last, resets, last_routes)


def _grow_routes(
    counter: Counter,
    began: bool,
    last: dict[tuple[str, str, str], Count],
    grown: dict[tuple[str, str, str], Count],
) -> None:
    """Add the increments of a host's routes to `grown`, {(tier, build, route): count}, and update `last`.

    A new route on a host that was read before started at 0: a counter appears with its first request.
    """
    known = began or any((counter.host, counter.build, route) in last for route, _ in counter.routes)
    for route, now in counter.routes:
        place, key = (counter.host, counter.build, route), (counter.tier, counter.build, route)
        then = Count() if began else last.get(place, Count() if known else now)
        last[place] = now
        if then.requests <= now.requests and 0 <= now.errors - then.errors <= now.requests - then.requests:
            more = Count(now.requests - then.requests, now.errors - then.errors)
            grown[key] = grown.get(key, Count()) + more
