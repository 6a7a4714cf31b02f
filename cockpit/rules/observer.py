"""The watch over an open release, fed from the snapshot's traffic: what the engine keeps between two judgements.

The new build is paired with the old one on the same tier; where a whole tier of the public runs the new build, with
the public's other old hosts. History is what the tier served before with other builds.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from cockpit.deploy.gate.observation import Observation, Poll, after, begun
from cockpit.deploy.gate.polls import interval
from cockpit.deploy.gate.sequential import NOTHING, CountPair
from cockpit.deploy.gate.traffic import Count, Key, Sample
from cockpit.deploy.policy import GatePolicy
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.tiers import Audience


class Observer(Struct, frozen=True):
    """A watch and what it is over."""

    release: str
    build: str
    rung: int
    tier: str
    since: float
    read: float
    """The time of the last sample that has been folded in."""
    watch: Observation
    interval: float


def follow(before: Observer | None, snapshot: Snapshot, release: Release) -> Observer:
    """`before` with the samples that have come since; begun anew for another build, carried over to the next step.

    `release` must stand on a step with a build.
    """
    build = release.build
    assert build is not None, "a step has a build"
    tier, policy = release.ladder[release.rung].tier, snapshot.policy.gate
    samples = snapshot.traffic.value.samples
    every = interval([sample.at for sample in samples[-60:]])
    if before is None or (before.release, before.build, before.rung, before.since) != (
        release.id, build.id, release.rung, release.since,
    ):  # fmt: skip
        before = _stepped(before, snapshot, release, tier, every)
    old = old_builds(snapshot, tier, build.id)
    watch, read = before.watch, before.read
    for sample in _newer(samples, read):
        watch = after(watch, _poll(sample, (tier, build.id), old, _relevant(snapshot, tier, old), read, every), policy)
        read = sample.at
    return replace(before, watch=watch, read=read, interval=every)


def old_builds(snapshot: Snapshot, tier: str, build: str) -> tuple[Key, ...]:
    """(tier, build) pairs to compare with: this tier's hosts that serve something else now, or where all of them
    serve the new build, the public's."""
    others = [s for s in snapshot.statuses.value.values() if s.build and s.build != build]
    here = {(s.tier, s.build) for s in others if s.tier == tier}
    public = {(s.tier, s.build) for s in others if snapshot.policy.tier(s.tier).serves is Audience.PUBLIC}
    return tuple(sorted(here or public))


def _stepped(before: Observer | None, snapshot: Snapshot, release: Release, tier: str, every: float) -> Observer:
    policy, build = snapshot.policy.gate, release.build
    assert build is not None, "a step has a build"
    carried = before if before and (before.release, before.build) == (release.id, build.id) else None
    watch = carried.watch if carried and carried.tier == tier else _history(snapshot, release, tier, policy)
    if carried:
        watch = replace(watch, bets=carried.watch.bets)
    samples = snapshot.traffic.value.samples
    began = max(release.since, samples[0].at - every) if samples else release.since  # nobody watched before
    watch = begun(watch, began, policy)
    return Observer(release.id, build.id, release.rung, tier, release.since, began, watch, every)


def _history(snapshot: Snapshot, release: Release, tier: str, policy: GatePolicy) -> Observation:
    """A watch that has seen what this tier and the public's others served before this step, of other builds."""
    ours = {build.id for build in release.builds}
    public = {t.name for t in snapshot.policy.tiers if t.serves is Audience.PUBLIC and t.name != tier}
    watch = Observation()
    for sample in snapshot.traffic.value.samples:
        if sample.at > release.since:
            break
        new = _total(sample.counts, (key for key in sample.counts if key[0] == tier and key[1] not in ours))
        old = _total(sample.counts, (key for key in sample.counts if key[0] in public and key[1] not in ours))
        watch = after(watch, Poll(sample.at, CountPair(new.requests, new.errors, old.requests, old.errors)), policy)
    return watch


def _poll(sample: Sample, new: Key, old: tuple[Key, ...], hosts: frozenset[str], before: float, every: float) -> Poll:
    ours, theirs = _total(sample.counts, (new,)), _total(sample.counts, old)
    missing = hosts.intersection(sample.missing)
    share = 1 - len(missing) / len(hosts) if hosts else 0.0
    expected = max(1.0, (sample.at - before) / every)
    pair = CountPair(ours.requests, ours.errors, theirs.requests, theirs.errors) if share > 0 else None
    seen = tuple((host, float(n.requests), float(n.errors)) for (host, build), n in sample.hosts if build == new[1])
    routes = _routes(sample, new, frozenset(old)) if old else {}
    wrong = tuple((route, part) for route, part in routes.items() if part.x1 or part.x0)
    return Poll(
        sample.at, pair, bool(old), every, expected, share, len(missing), seen, routes=wrong, many=len(routes)
    )  # fmt: skip


def _routes(sample: Sample, new: Key, old: frozenset[Key]) -> dict[str, CountPair]:
    found: dict[str, CountPair] = {}
    for (tier, build, route), count in sample.routes:
        if (tier, build) == new:
            found[route] = found.get(route, NOTHING) + CountPair(count.requests, count.errors, 0, 0)
        elif (tier, build) in old:
            found[route] = found.get(route, NOTHING) + CountPair(0, 0, count.requests, count.errors)
    return found


def _relevant(snapshot: Snapshot, tier: str, old: tuple[Key, ...]) -> frozenset[str]:
    """Hosts whose counters matter: the tier's, and those compared with."""
    tiers = {tier, *(name for name, _ in old)}
    return frozenset(s.host for s in snapshot.statuses.value.values() if s.tier in tiers)


def _newer(samples: tuple[Sample, ...], at: float) -> tuple[Sample, ...]:
    first = len(samples)
    while first and samples[first - 1].at > at:
        first -= 1
    return samples[first:]


def _total(counts: Mapping[Key, Count], keys: Iterable[Key]) -> Count:
    return sum((counts[key] for key in keys if key in counts), Count())
