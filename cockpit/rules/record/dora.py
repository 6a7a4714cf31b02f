"""The four DORA metrics over a period, from the log alone.

Definitions: https://dora.dev/guides/dora-metrics-four-keys/ and Forsgren, Humble and Kim, Accelerate, 2018. Each field
says how it is measured here.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from types import MappingProxyType

from msgspec import Struct

from cockpit.deploy import facts
from cockpit.deploy.policy import Policy
from cockpit.deploy.record.traffic_pages import TrafficPage
from cockpit.deploy.release import Release
from cockpit.deploy.tiers import Audience
from cockpit.rules.record.incidents import Incident, incidents

DAY = 86_400.0


class DurationStats(Struct, frozen=True):
    """Statistics of several durations, in seconds."""

    median: float
    p90: float
    count: int


class DoraMetrics(Struct, frozen=True):
    """The metrics of [since, until)."""

    since: float
    until: float
    deploys: int
    """Releases whose first public step is in the period; a fleet's first build does not count."""
    finished: int
    """Releases that reached every host in the period."""
    frequency: float
    """Deployment frequency, "how often an organization successfully releases to production": `finished` per day."""
    lead_time: DurationStats | None
    """Lead time for changes, "the time it takes a commit to get into production": from a PR's merge into main until
    its release was on every host. Reverted PRs do not count; None without PRs."""
    lead_unknown: int
    """PRs without a recorded merge time; `lead_time` leaves them out."""
    failed: int
    """Deploys that were rolled back, had a PR reverted or were abandoned after they reached the public."""
    failure_rate: float | None
    """Change failure rate, "the percentage of deployments causing a failure in production" that needs a remedy:
    `failed` / `deploys`, 0 to 1; None without deploys."""
    restore: DurationStats | None
    """Time to restore (failed deployment recovery time), "how long it takes to recover from a failure in production":
    from the first recorded errors, else the step, until every host was back on a good build; None if no failure has
    a recorded recovery."""
    restore_unknown: int
    """Failures without a recorded recovery; `restore` leaves them out."""


def dora_metrics(
    releases: Iterable[Release],
    policy: Policy,
    since: float,
    until: float,
    pages: Mapping[str, tuple[TrafficPage, ...]] = MappingProxyType({}),
) -> DoraMetrics:
    """The metrics of a period, in seconds since the epoch; `pages` is the recorded traffic by release.

    Raises `ValueError` for an empty period.
    """
    if not since < until:
        raise ValueError("the period must end after it begins")
    deploys = finished = failed = lead_unknown = restore_unknown = 0
    lead_times: list[float] = []
    restore_times: list[float] = []
    for release in releases:
        if release.install:
            continue
        end = next((event.at for event in release.events if isinstance(event.what, facts.Finished)), None)
        if end is not None and since <= end < until:
            finished += 1
            kept = [pull for pull in release.pulls if pull.name not in release.reverted_names]
            lead_times += [max(0.0, end - pull.merged) for pull in kept if pull.merged]
            lead_unknown += sum(not pull.merged for pull in kept)
        public_at = first_public_step(release, policy)
        if public_at is None or not since <= public_at < until:
            continue
        deploys += 1
        all_incidents = incidents(release, policy, pages.get(release.id, ()))
        public = [incident for incident in all_incidents if reached_public(incident, policy)]
        failed += bool(public)
        restore_times += [incident.time_to_restore for incident in public if incident.time_to_restore is not None]
        restore_unknown += sum(incident.time_to_restore is None for incident in public)
    days = (until - since) / DAY
    rate = failed / deploys if deploys else None
    return DoraMetrics(
        since, until, deploys, finished, finished / days,
        duration_stats(lead_times), lead_unknown, failed, rate, duration_stats(restore_times), restore_unknown,
    )  # fmt: skip


def first_public_step(release: Release, policy: Policy) -> float | None:
    """When the release first targeted a public host its build; None if it never did."""
    for event in release.events:
        match event.what:
            case facts.Advanced(rung=rung) if 0 <= rung < len(release.ladder):
                if policy.tier(release.ladder[rung].tier).serves is Audience.PUBLIC:
                    return event.at
            case _:
                pass
    return None


def reached_public(incident: Incident, policy: Policy) -> bool:
    """Whether a public tier was told to run the withdrawn build."""
    return any(policy.tier(tier).serves is Audience.PUBLIC for tier in incident.reached)


def duration_stats(values: Sequence[float]) -> DurationStats | None:
    """Median and 90th percentile by nearest rank (the smallest value that has that share at or below it)."""
    if not values:
        return None
    ranked = sorted(values)
    return DurationStats(_rank(ranked, 0.5), _rank(ranked, 0.9), len(ranked))


def _rank(ranked: Sequence[float], share: float) -> float:
    return ranked[max(0, ceil(share * len(ranked)) - 1)]
