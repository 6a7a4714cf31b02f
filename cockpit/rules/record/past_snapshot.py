"""A past snapshot: a release as it stood at some moment, from its record, for a replay.

The log and the traffic up to that moment are exact, and targets follow from the log. What each host did is not on
record, so hosts are shown as their targets asked, and the snapshot says so.
"""

from collections.abc import Iterable, Sequence

from cockpit.deploy import facts
from cockpit.deploy.build_marks import with_flaws
from cockpit.deploy.cutoff import cutoff
from cockpit.deploy.events import Event
from cockpit.deploy.facts import Call
from cockpit.deploy.gate.traffic import Sample, Traffic
from cockpit.deploy.gate.verdict import Verdict
from cockpit.deploy.hosts.status import HostState, Status, Target
from cockpit.deploy.locks import Holder
from cockpit.deploy.policy import Policy
from cockpit.deploy.record.traffic_pages import Bucket
from cockpit.deploy.release import End, Release
from cockpit.deploy.release_fold import fold
from cockpit.deploy.snapshot import Judgement, Log, Seen, Snapshot, StoredTarget

AS_TARGETED = "hosts are shown as targeted: their actual state is not on record"
NOT_JUDGED = Verdict(Call.WAIT, "no recorded verdict for this step yet")


def snapshot_at(
    release: Release, before: Sequence[Release], policy: Policy, buckets: Iterable[Bucket], at: float
) -> Snapshot:
    """The snapshot of that moment; `before` are the earlier releases, oldest first."""
    then = fold(release.id, tuple(event for event in release.events if event.at <= at))
    releases = (*before, then) if then.events else tuple(before)
    good = next((r.builds[-1].id for r in reversed(before) if r.end is End.FINISHED and r.builds), "")
    targets = _targets(then, policy, good)
    samples = tuple(Sample(bucket.until, bucket.counts) for bucket in buckets if bucket.until <= at)
    traffic = Traffic(samples)
    return Snapshot(
        policy,
        at,
        log=Seen(Log(with_flaws(releases), str(len(then.events))), at),
        targets=Seen({tier: StoredTarget(target, target.serial) for tier, (target, _) in targets.items()}, at),
        statuses=Seen(_statuses(then, policy, targets, at), at, AS_TARGETED),
        judgement=Seen(_judgement(then, traffic, at), at),
        engine=Seen(Holder("on record"), at),
        commander=Seen(Holder(_commander(then)), at),
        traffic=Seen(traffic, samples[-1].at if samples else 0.0),
    )


def _targets(release: Release, policy: Policy, good: str) -> dict[str, tuple[Target, float]]:
    """{tier: (its target, when it was written)}; before the first step, every host runs the good build."""
    targets: dict[str, tuple[Target, float]] = {}
    opened = release.events[0].at if release.events else 0.0
    for tier in policy.tiers if good else ():
        targets[tier.name] = (_target(policy, release, tier.name, good, good, 100, 1), opened)
    for event in release.events:
        serial = event.number + 1
        match event.what:
            case facts.Advanced(rung=rung, build=build) if 0 <= rung < len(release.ladder):
                step = release.ladder[rung]
                everywhere = [(tier.name, 100) for tier in policy.tiers]
                for name, percent in everywhere if release.install else [(step.tier, step.percent)]:
                    targets[name] = (_target(policy, release, name, build, good, percent, serial), event.at)
            case facts.RolledBack(build=build, tiers=tiers):
                for name in tiers:
                    targets[name] = (_target(policy, release, name, build, build, 100, serial), event.at)
            case facts.RevertAsked(withdrawn=tiers) | facts.Abandoned(tiers=tiers):
                for name in tiers:
                    targets[name] = (_target(policy, release, name, good, good, 100, serial), event.at)
            case _:
                pass
    return targets


def _target(policy: Policy, release: Release, tier: str, build: str, good: str, percent: int, serial: int) -> Target:
    highest = cutoff(release.id, policy.tier(tier).hosts, percent)
    return Target(tier, serial, build, good, highest, percent, release.id, release.id)


def _statuses(
    release: Release, policy: Policy, targets: dict[str, tuple[Target, float]], at: float
) -> dict[str, Status]:
    statuses: dict[str, Status] = {}
    for tier in policy.tiers:
        if tier.name not in targets:
            continue
        target, since = targets[tier.name]
        for host in tier.hosts:
            state = HostState.SERVING if target.wants(host) else HostState.EMPTY
            statuses[host] = Status(host, tier.name, state, at, since, target.wants(host), serial=target.serial)
    for event in release.events:
        match event.what:
            case facts.HostFailed(host=host, build=build, reason=reason) if host in statuses:
                status = statuses[host]
                if targets[status.tier][0].wants(host) == build:
                    statuses[host] = Status(
                        host, status.tier, HostState.FAILED, at, event.at,
                        serial=status.serial, failed=build, detail=reason,
                    )  # fmt: skip
            case _:
                pass
    return statuses


def _judgement(release: Release, traffic: Traffic, at: float) -> Judgement | None:
    """The verdict in the log: it is in force until it changes or a step is taken."""
    if not 0 <= release.rung < len(release.ladder) or release.build is None:
        return None
    step, build = release.ladder[release.rung], release.build.id
    judged = release.last_verdict
    verdict = Verdict(judged.call, judged.reason) if judged else NOT_JUDGED
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
        step_number=release.step_number,
    )


def _commander(release: Release) -> str:
    name = release.events[0].by if release.events else ""
    for event in release.events:
        name = _commander_after(event, name)
    return name


def _commander_after(event: Event, name: str) -> str:
    match event.what:
        case facts.CommandTaken(commander=commander):
            return commander
        case facts.HandedOver(to=to):
            return to
        case facts.CommanderLost():
            return ""
        case _:
            return name
