"""A release as it stood at some moment, from its record: the snapshot that a replay shows.

The log up to then and the traffic counted up to then are what they were. Targets follow from the log. What each host
did is not on record, so hosts are shown as they were asked to be, and the picture says so.
"""

from collections.abc import Iterable, Sequence

from cockpit.deploy.cutoff import cutoff
from cockpit.deploy.events import Event
from cockpit.deploy.facts import (
    Abandoned,
    Advanced,
    Call,
    CommanderLost,
    CommandTaken,
    HandedOver,
    HostFailed,
    RevertAsked,
    RolledBack,
)
from cockpit.deploy.gate.traffic import Sample, Traffic
from cockpit.deploy.gate.verdict import Verdict
from cockpit.deploy.hosts.status import HostState, Status, Target
from cockpit.deploy.locks import Holder
from cockpit.deploy.policy import Policy
from cockpit.deploy.record.traffic_pages import Bucket
from cockpit.deploy.release import End, Release, fold
from cockpit.deploy.snapshot import Judgement, Log, Seen, Snapshot, StoredTarget

AS_ASKED = "hosts are shown as they were asked to be: what each did is not on record"
NOT_JUDGED = Verdict(Call.WAIT, "no verdict on this step is on record by then")


def picture_at(
    release: Release, before: Sequence[Release], policy: Policy, buckets: Iterable[Bucket], at: float
) -> Snapshot:
    """The snapshot of that moment; `before` are the releases before it, oldest first."""
    then = fold(release.id, tuple(event for event in release.events if event.at <= at))
    releases = (*before, then) if then.events else tuple(before)
    good = next((r.builds[-1].id for r in reversed(before) if r.end is End.FINISHED and r.builds), "")
    targets = _targets(then, policy, good)
    samples = tuple(Sample(one.until, one.counts) for one in buckets if one.until <= at)
    traffic = Traffic(samples)
    return Snapshot(
        policy,
        at,
        log=Seen(Log(releases, str(len(then.events))), at),
        targets=Seen({tier: StoredTarget(target, target.serial) for tier, (target, _) in targets.items()}, at),
        statuses=Seen(_statuses(then, policy, targets, at), at, AS_ASKED),
        judged=Seen(_judgement(then, traffic, at), at),
        engine=Seen(Holder("on record"), at),
        commander=Seen(Holder(_commander(then)), at),
        traffic=Seen(traffic, samples[-1].at if samples else 0.0),
    )


def _targets(release: Release, policy: Policy, good: str) -> dict[str, tuple[Target, float]]:
    """{tier: (its target, when it was written)}; before the first, every host is asked to run the good build."""
    found: dict[str, tuple[Target, float]] = {}
    began = release.events[0].at if release.events else 0.0
    for tier in policy.tiers if good else ():
        found[tier.name] = (_target(policy, release, tier.name, good, good, 100, 1), began)
    for event in release.events:
        match event.what:
            case Advanced(rung=rung, build=build) if 0 <= rung < len(release.ladder):
                step = release.ladder[rung]
                everywhere = [(tier.name, 100) for tier in policy.tiers]
                for name, percent in everywhere if release.install else [(step.tier, step.percent)]:
                    found[name] = (_target(policy, release, name, build, good, percent, event.number + 1), event.at)
            case RolledBack(tiers=tiers) | RevertAsked(withdrawn=tiers) | Abandoned(tiers=tiers):
                for name in tiers:
                    found[name] = (_target(policy, release, name, good, good, 100, event.number + 1), event.at)
            case _:
                pass
    return found


def _target(policy: Policy, release: Release, tier: str, build: str, good: str, percent: int, serial: int) -> Target:
    place = cutoff(release.id, policy.tier(tier).hosts, percent)
    return Target(tier, serial, build, good, place, percent, release.id, release.id)


def _statuses(
    release: Release, policy: Policy, targets: dict[str, tuple[Target, float]], at: float
) -> dict[str, Status]:
    found: dict[str, Status] = {}
    for tier in policy.tiers:
        if tier.name not in targets:
            continue
        target, since = targets[tier.name]
        for host in tier.hosts:
            state = HostState.SERVING if target.wants(host) else HostState.EMPTY
            found[host] = Status(host, tier.name, state, at, since, target.wants(host), serial=target.serial)
    for event in release.events:
        match event.what:
            case HostFailed(host=host, build=build, reason=reason) if host in found:
                was = found[host]
                if targets[was.tier][0].wants(host) == build:
                    found[host] = Status(
                        host, was.tier, HostState.FAILED, at, event.at, serial=was.serial, failed=build, detail=reason
                    )
            case _:
                pass
    return found


def _judgement(release: Release, traffic: Traffic, at: float) -> Judgement | None:
    """The verdict as it stood in the log: it holds until it turns, or a step is taken."""
    if not 0 <= release.rung < len(release.ladder) or release.build is None:
        return None
    step, build = release.ladder[release.rung], release.build.id
    said = release.judged
    verdict = Verdict(said.call, said.reason) if said else NOT_JUDGED
    new = traffic.during(release.since, at, ((step.tier, build),))
    others = {key for sample in traffic.samples for key in sample.counts if key[0] == step.tier and key[1] != build}
    old = traffic.during(release.since, at, others)
    return Judgement(
        at,
        release.id,
        release.rung,
        build,
        verdict,
        new=new if new.requests else None,
        control=old if new.requests and old.requests else None,
        watched=at - release.since,
        soak=step.soak,
    )


def _commander(release: Release) -> str:
    name = release.events[0].by if release.events else ""
    for event in release.events:
        name = _after(event, name)
    return name


def _after(event: Event, name: str) -> str:
    match event.what:
        case CommandTaken(by=by):
            return by
        case HandedOver(to=to):
            return to
        case CommanderLost():
            return ""
        case _:
            return name
