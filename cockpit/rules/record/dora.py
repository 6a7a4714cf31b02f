"""The four figures of software delivery over a period, from the log alone.

The definitions are DORA's (https://dora.dev/guides/dora-metrics-four-keys/, and Forsgren, Humble and Kim, Accelerate,
2018); beneath each field stands how the log tells it here.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from types import MappingProxyType

from msgspec import Struct

from cockpit.deploy.facts import Advanced, Finished
from cockpit.deploy.policy import Policy
from cockpit.deploy.record.traffic_pages import TrafficPage
from cockpit.deploy.release import Release
from cockpit.deploy.tiers import Audience
from cockpit.rules.record.incidents import Incident, incidents

DAY = 86_400.0


class Spread(Struct, frozen=True):
    """Several lengths of time, in seconds."""

    median: float
    p90: float
    count: int


class Figures(Struct, frozen=True):
    """What was delivered in [since, until)."""

    since: float
    until: float
    deploys: int
    """Releases whose first step that serves the public fell into the period; the first build of a fleet is none."""
    finished: int
    """Releases that reached every host in the period."""
    frequency: float
    """Deployment frequency, "how often an organization successfully releases to production": `finished` a day."""
    lead_time: Spread | None
    """Lead time for changes, "the time it takes a commit to get into production": from a PR's merge into main until
    its release was on every host, of the PRs that were not taken out of it; None where there are none."""
    lead_unknown: int
    """PRs among them whose time of merge was not recorded: they are not in it."""
    failed: int
    """Of `deploys`, those that were rolled back, had a PR reverted or were abandoned after they had reached the
    public."""
    failure_rate: float | None
    """Change failure rate, "the percentage of deployments causing a failure in production" that needs a remedy:
    `failed` / `deploys`, 0 to 1; None without deploys."""
    restore: Spread | None
    """Time to restore (failed deployment recovery time), "how long it takes to recover from a failure in production":
    from the first errors on record, else the step, until every host was back on a good build; None where no failure
    has it on record."""
    restore_unknown: int
    """Failures whose recovery was not recorded: they are not in it."""


def figures(
    releases: Iterable[Release],
    policy: Policy,
    since: float,
    until: float,
    pages: Mapping[str, tuple[TrafficPage, ...]] = MappingProxyType({}),
) -> Figures:
    """The figures of a period, times in seconds since the epoch; `pages` is the traffic on record, by release.

    Raises `ValueError` for an empty period.
    """
    if not since < until:
        raise ValueError("the period must end after it begins")
    deploys = finished = failed = lead_unknown = restore_unknown = 0
    leads: list[float] = []
    restores: list[float] = []
    for release in releases:
        if release.install:
            continue
        end = next((event.at for event in release.events if isinstance(event.what, Finished)), None)
        if end is not None and since <= end < until:
            finished += 1
            kept = [pull for pull in release.pulls if pull.name not in release.gone]
            leads += [max(0.0, end - pull.merged) for pull in kept if pull.merged]
            lead_unknown += sum(not pull.merged for pull in kept)
        began = first_public(release, policy)
        if began is None or not since <= began < until:
            continue
        deploys += 1
        harmful = [one for one in incidents(release, policy, pages.get(release.id, ())) if is_public(one, policy)]
        failed += bool(harmful)
        restores += [one.restore for one in harmful if one.restore is not None]
        restore_unknown += sum(one.restore is None for one in harmful)
    days = (until - since) / DAY
    rate = failed / deploys if deploys else None
    return Figures(
        since, until, deploys, finished, finished / days,
        spread(leads), lead_unknown, failed, rate, spread(restores), restore_unknown,
    )  # fmt: skip


def first_public(release: Release, policy: Policy) -> float | None:
    """When the release first pointed a host of the public at a build of its; None for never."""
    for event in release.events:
        match event.what:
            case Advanced(rung=rung) if 0 <= rung < len(release.ladder):
                if policy.tier(release.ladder[rung].tier).serves is Audience.PUBLIC:
                    return event.at
            case _:
                pass
    return None


def is_public(incident: Incident, policy: Policy) -> bool:
    """Whether the public was pointed at the build that was taken back."""
    return any(policy.tier(tier).serves is Audience.PUBLIC for tier in incident.reached)


def spread(values: Sequence[float]) -> Spread | None:
    """Median and 90th percentile by nearest rank (the smallest value that has that share at or below it)."""
    if not values:
        return None
    ranked = sorted(values)
    return Spread(_rank(ranked, 0.5), _rank(ranked, 0.9), len(ranked))


def _rank(ranked: Sequence[float], share: float) -> float:
    return ranked[max(0, ceil(share * len(ranked)) - 1)]
