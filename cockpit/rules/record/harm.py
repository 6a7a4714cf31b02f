"""The harm of a build: requests that failed and would not have with the build it replaced."""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from cockpit.deploy.gate.traffic import Count, Key
from cockpit.deploy.record.traffic_pages import Bucket

TOLERATED = 2.0
"""Times the other builds' error rate that a build may have before its errors count as the beginning of an incident."""

SLACK = 5.0
"""Seconds by which the last count may be before the end."""
WHOLE = 0.9
"""Share of the time that must have been counted for the count to be complete."""


class Harm(Struct, frozen=True):
    """The harm over a length of time."""

    counted: Count
    """Requests to the build, and how many of them failed."""
    excess_errors: int | None
    """Errors above the other builds' rate; None if there is nothing to compare with."""
    at_least: bool
    """Whether it may be more, because hosts or times are missing in the count."""


def harm(
    buckets: Sequence[Bucket], builds: frozenset[str], tiers: frozenset[str], since: float, until: float
) -> Harm | None:
    """The harm that `builds` did on `tiers` between `since` and `until`; None if nothing was counted.

    Summed over tiers, `x - n * X / N`, at least 0 each. n and x are the requests and errors of the builds there and
    then. N and X are those of all other builds on the same tier over the whole record, or on any tier if it had none.
    This is the excess risk times the exposed of epidemiology (Rothman, Epidemiology, ch. 4: risk difference), with
    the old build as the unexposed.
    """
    counted = [bucket for bucket in buckets if bucket.until > since and bucket.since < until]
    if not counted:
        return None
    rates = {tier: control_rate(buckets, builds, tier) for tier in tiers}
    total, excess, comparable = Count(), 0.0, True
    for tier in sorted(tiers):
        served = _served(counted, builds, tier)
        total += served
        rate = rates[tier]
        if served.requests and rate is None:
            comparable = False
        elif served.requests and rate is not None:
            excess += max(0.0, served.errors - served.requests * rate)
    seconds = sum(bucket.until - bucket.since for bucket in counted)
    partial = (
        seconds < WHOLE * (counted[-1].until - counted[0].since)
        or counted[0].since > since
        or until - counted[-1].until > SLACK
        or any(bucket.hosts_missing for bucket in counted)
    )
    return Harm(total, round(excess) if comparable else None, partial)


def first_harm(
    buckets: Sequence[Bucket], builds: frozenset[str], tiers: frozenset[str], since: float, until: float
) -> float | None:
    """When the errors detected by `until` began: the start of the bucket from which the builds' errors stayed above
    what is tolerated; None if the record shows no such moment.

    The usual estimate of a change point, the last zero of a cumulative sum S = max(0, S + x - k n) before the alarm
    (E. S. Page, Continuous Inspection Schemes, Biometrika 41, 1954), with k of `TOLERATED` times the others' rate.
    """
    total, began = 0.0, None
    rates = {tier: control_rate(buckets, builds, tier) for tier in tiers}
    for bucket in buckets:
        if bucket.until <= since or bucket.since >= until:
            continue
        increase = 0.0
        for (tier, build), count in bucket.counts.items():
            if tier in tiers and build in builds:
                increase += count.errors - TOLERATED * (rates[tier] or 0.0) * count.requests
        if total <= 0.0 < increase:
            began = max(since, bucket.since)
        total = max(0.0, total + increase)
        if total <= 0.0:
            began = None
    return began


def control_rate(buckets: Iterable[Bucket], builds: frozenset[str], tier: str) -> float | None:
    """The error rate of all other builds on the tier, else on any tier; None if they had no request."""
    counted = tuple(buckets)
    here = _sum(counted, lambda key: key[0] == tier and key[1] not in builds)
    control = here if here.requests else _sum(counted, lambda key: key[1] not in builds)
    return control.rate if control.requests else None


def _served(buckets: Iterable[Bucket], builds: frozenset[str], tier: str) -> Count:
    return _sum(buckets, lambda key: key[0] == tier and key[1] in builds)


def _sum(buckets: Iterable[Bucket], wanted: Callable[[Key], bool]) -> Count:
    return sum((count for bucket in buckets for key, count in bucket.counts.items() if wanted(key)), Count())
