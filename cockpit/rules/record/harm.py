"""What the errors of a build came to: requests that failed and would not have with the build it replaced."""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from cockpit.deploy.gate.traffic import Count, Key
from cockpit.deploy.record.traffic_pages import Bucket

BEARABLE = 2.0
"""How many times the other builds' error rate a build may have before its errors count as the beginning of trouble."""

SLACK = 5.0
"""Seconds that the last look may be before the end."""
WHOLE = 0.9
"""Share of the time that must have been counted for the count to be whole."""


class Harm(Struct, frozen=True):
    """What is known of it over a length of time."""

    counted: Count
    """Requests to the build, and how many of them failed."""
    harmed: int | None
    """Of those, more than at the other builds' rate; None where there is nothing to compare with."""
    at_least: bool
    """Whether some hosts were not read, or nobody counted for a part of the time: then it may be more."""


def harm(
    buckets: Sequence[Bucket], builds: frozenset[str], tiers: frozenset[str], since: float, until: float
) -> Harm | None:
    """The harm that `builds` did on `tiers` between `since` and `until`; None where nobody counted.

    Summed over tiers, `x - n * X / N`, at least 0 each: n and x are the requests and errors of the builds there and
    then, N and X those of all other builds on the same tier over the whole record, or where there were none, on any
    tier. This is the excess risk times the exposed of epidemiology (Rothman, Epidemiology, ch. 4: risk
    difference), with the old build as the unexposed.
    """
    seen = [bucket for bucket in buckets if bucket.until > since and bucket.since < until]
    if not seen:
        return None
    rates = {tier: control_rate(buckets, builds, tier) for tier in tiers}
    total, excess, known = Count(), 0.0, True
    for tier in sorted(tiers):
        there = _served(seen, builds, tier)
        total += there
        rate = rates[tier]
        if there.requests and rate is None:
            known = False
        elif there.requests and rate is not None:
            excess += max(0.0, there.errors - there.requests * rate)
    watched = sum(bucket.until - bucket.since for bucket in seen)
    gaps = watched < WHOLE * (seen[-1].until - seen[0].since)
    partial = gaps or seen[0].since > since or until - seen[-1].until > SLACK or any(bucket.lacking for bucket in seen)
    return Harm(total, round(excess) if known else None, partial)


def first_harm(
    buckets: Sequence[Bucket], builds: frozenset[str], tiers: frozenset[str], since: float, until: float
) -> float | None:
    """When the errors began that were found by `until`: the beginning of the bucket after which the builds' errors
    stayed above what is bearable; None where the record shows no such moment.

    The usual estimate of a change point, the last zero of a cumulative sum S = max(0, S + x - k n) before the alarm
    (E. S. Page, Continuous Inspection Schemes, Biometrika 41, 1954), with k of `BEARABLE` times the others' rate.
    """
    total, began = 0.0, None
    rates = {tier: control_rate(buckets, builds, tier) for tier in tiers}
    for bucket in buckets:
        if bucket.until <= since or bucket.since >= until:
            continue
        step = 0.0
        for (tier, build), count in bucket.counts.items():
            if tier in tiers and build in builds:
                step += count.errors - BEARABLE * (rates[tier] or 0.0) * count.requests
        if total <= 0.0 < step:
            began = max(since, bucket.since)
        total = max(0.0, total + step)
        if total <= 0.0:
            began = None
    return began


def control_rate(buckets: Iterable[Bucket], builds: frozenset[str], tier: str) -> float | None:
    """The error rate of all other builds on the tier, else on any; None where they had no request."""
    seen = tuple(buckets)
    here = _sum(seen, lambda key: key[0] == tier and key[1] not in builds)
    control = here if here.requests else _sum(seen, lambda key: key[1] not in builds)
    return control.rate if control.requests else None


def _served(buckets: Iterable[Bucket], builds: frozenset[str], tier: str) -> Count:
    return _sum(buckets, lambda key: key[0] == tier and key[1] in builds)


def _sum(buckets: Iterable[Bucket], wanted: Callable[[Key], bool]) -> Count:
    return sum((count for bucket in buckets for key, count in bucket.counts.items() if wanted(key)), Count())
