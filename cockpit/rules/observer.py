"""The observer of an open release: the engine's running comparison of the new build's traffic with the old one's.

The new build is paired with the old builds on the same tier. If the whole tier runs the new build, it is paired with
the old builds on the public tiers. History is what the tier served before with other builds.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from cockpit.deploy.gate.observation import Observation, Poll, add_poll, begin_step
from cockpit.deploy.gate.polls import sample_interval
from cockpit.deploy.gate.sequential import NO_COUNTS, CountPair
from cockpit.deploy.gate.traffic import Count, Key, Sample
from cockpit.deploy.policy import GatePolicy
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.tiers import Audience


class Observer(Struct, frozen=True):
    """An observation of one build on one step. Times are seconds since the epoch."""

    release: str
    build: str
    rung: int
    tier: str
    since: float
    last_sample: float
    """The time of the last sample in the observation."""
    observation: Observation
    sample_interval: float
    """Seconds between samples."""


def observe(before: Observer | None, snapshot: Snapshot, release: Release) -> Observer:
    """Add the new samples to `before`; start over for another build, carry the evidence over to the next step.

    The release must have a build and a step.
    """
    build = release.build
    assert build is not None, "a step has a build"
    tier, policy = release.ladder[release.rung].tier, snapshot.policy.gate
    samples = snapshot.traffic.value.samples
    every = sample_interval([sample.at for sample in samples[-60:]])
    if before is None or (before.release, before.build, before.rung, before.since) != (
        release.id, build.id, release.rung, release.since,
    ):  # fmt: skip
        before = _next_step(before, snapshot, release, tier, every)
    old = control_builds(snapshot, tier, build.id)
    hosts = _relevant_hosts(snapshot, tier, old)
    observation, last = before.observation, before.last_sample
    for sample in _newer(samples, last):
        observation = add_poll(observation, _poll(sample, (tier, build.id), old, hosts, last, every), policy)
        last = sample.at
    return replace(before, observation=observation, last_sample=last, sample_interval=every)


def control_builds(snapshot: Snapshot, tier: str, build: str) -> tuple[Key, ...]:
    """(tier, build) pairs to compare with: other builds on this tier, else other builds on the public tiers."""
    others = [s for s in snapshot.statuses.value.values() if s.build and s.build != build]
    here = {(s.tier, s.build) for s in others if s.tier == tier}
    public = {(s.tier, s.build) for s in others if snapshot.policy.tier(s.tier).serves is Audience.PUBLIC}
    return tuple(sorted(here or public))


def _next_step(before: Observer | None, snapshot: Snapshot, release: Release, tier: str, every: float) -> Observer:
    policy, build = snapshot.policy.gate, release.build
    assert build is not None, "a step has a build"
    carried = before if before and (before.release, before.build) == (release.id, build.id) else None
    observation = carried.observation if carried and carried.tier == tier else _history(snapshot, release, tier, policy)
    if carried:
        observation = replace(observation, bets=carried.observation.bets)
    samples = snapshot.traffic.value.samples
    start = max(release.since, samples[0].at - every) if samples else release.since  # no samples before that
    return Observer(
        release.id, build.id, release.rung, tier, release.since, start, begin_step(observation, start, policy), every
    )


def _history(snapshot: Snapshot, release: Release, tier: str, policy: GatePolicy) -> Observation:
    """An observation of what this tier and the other public tiers served before this step, with other builds."""
    ours = {build.id for build in release.builds}
    public = {t.name for t in snapshot.policy.tiers if t.serves is Audience.PUBLIC and t.name != tier}
    observation = Observation()
    for sample in snapshot.traffic.value.samples:
        if sample.at > release.since:
            break
        new = _total(sample.counts, (key for key in sample.counts if key[0] == tier and key[1] not in ours))
        old = _total(sample.counts, (key for key in sample.counts if key[0] in public and key[1] not in ours))
        pair = CountPair(new.requests, new.errors, old.requests, old.errors)
        observation = add_poll(observation, Poll(sample.at, pair), policy)
    return observation


def _poll(sample: Sample, new: Key, old: tuple[Key, ...], hosts: frozenset[str], before: float, every: float) -> Poll:
    ours, theirs = _total(sample.counts, (new,)), _total(sample.counts, old)
    missing = hosts.intersection(sample.missing)
    share = 1 - len(missing) / len(hosts) if hosts else 0.0
    expected = max(1.0, (sample.at - before) / every)
    pair = CountPair(ours.requests, ours.errors, theirs.requests, theirs.errors) if share > 0 else None
    by_host = tuple((host, float(n.requests), float(n.errors)) for (host, build), n in sample.hosts if build == new[1])
    routes = _routes(sample, new, frozenset(old)) if old else {}
    failing = tuple((route, counts) for route, counts in routes.items() if counts.x1 or counts.x0)
    return Poll(
        sample.at, pair, bool(old), every, expected, share, len(missing), by_host,
        routes=failing, route_count=len(routes),
    )  # fmt: skip


def _routes(sample: Sample, new: Key, old: frozenset[Key]) -> dict[str, CountPair]:
    found: dict[str, CountPair] = {}
    for (tier, build, route), count in sample.routes:
        if (tier, build) == new:
            found[route] = found.get(route, NO_COUNTS) + CountPair(count.requests, count.errors, 0, 0)
        elif (tier, build) in old:
            found[route] = found.get(route, NO_COUNTS) + CountPair(0, 0, count.requests, count.errors)
    return found


def _relevant_hosts(snapshot: Snapshot, tier: str, old: tuple[Key, ...]) -> frozenset[str]:
    """Hosts of the tier, and of the tiers it is compared with."""
    tiers = {tier, *(name for name, _ in old)}
    return frozenset(s.host for s in snapshot.statuses.value.values() if s.tier in tiers)


def _newer(samples: tuple[Sample, ...], at: float) -> tuple[Sample, ...]:
    first = len(samples)
    while first and samples[first - 1].at > at:
        first -= 1
    return samples[first:]


def _total(counts: Mapping[Key, Count], keys: Iterable[Key]) -> Count:
    return sum((counts[key] for key in keys if key in counts), Count())
