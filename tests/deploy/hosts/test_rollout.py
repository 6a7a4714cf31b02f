"""One pass over a tier counts what a check of each host finds."""

import random
from dataclasses import replace as replace_

from msgspec.structs import replace

from cockpit.deploy.cutoff import cutoff, rank
from cockpit.deploy.hosts.rollout import rollout
from cockpit.deploy.hosts.status import HostState, Pulling, Status, Swap, Target
from cockpit.deploy.tiers import Audience, Tier
from tests.builders import NOW as NOW_
from tests.builders import idle, pulling

OLD, NEW = "a" * 64, "b" * 64
NOW = 1000.0


def crowd(seed: int) -> tuple[Tier, Target, tuple[Status, ...]]:
    """Hosts in all states at all ages. Some hosts of the config never reported, and unknown hosts did."""
    dice = random.Random(seed)
    names = tuple(f"web-{dice.randrange(10**6)}" for _ in range(60))
    target = Target("web", 5, NEW, OLD, cutoff("salt", names, 40), 40, "salt", "r")
    statuses = tuple(
        Status(
            name,
            "web",
            dice.choice(list(HostState)),
            NOW - dice.choice([0, 5, 60, -60]),
            NOW - 70,
            dice.choice([OLD, NEW, ""]),
            dice.choice([(), (OLD,), (OLD, NEW)]),
            dice.randrange(9),
            dice.choice(["", NEW]),
            pulling=dice.choice([None, Pulling(NEW, NOW - 9)]),
            swap=dice.choice([None, Swap(NEW, NOW, 3.0)]),
        )
        for name in (*names[10:], "stranger")
    )
    return Tier("web", Audience.PUBLIC, names), target, statuses


def test_every_host_is_in_exactly_one_of_four_states() -> None:
    for seed in range(30):
        tier, target, statuses = crowd(seed)
        found = rollout(tier, target, statuses, NOW, 10.0)
        assert len(found.hosts) == found.ready + len(found.moving) + len(found.silent) + len(found.failed)
        assert found.hosts == tuple(sorted({*tier.hosts, "stranger"}))


def test_the_sums_equal_a_count_host_by_host() -> None:
    for seed in range(30):
        tier, target, statuses = crowd(seed)
        found = rollout(tier, target, statuses, NOW, 10.0)
        heard = [status for status in statuses if not status.is_silent(NOW, 10.0)]
        for build in (OLD, NEW):
            assert found.serving.get(build, 0) == sum(status.serves(build) for status in heard)
            assert found.on_disk.get(build, 0) == sum(status.has_on_disk(build) for status in heard)
        assert found.updated == sum(status.serves(NEW) for status in heard)
        assert found.desired == sum(rank("salt", host) <= target.cutoff for host in found.hosts)
        assert set(found.pulling) == {status for status in heard if status.pulling}
        assert len(found.swaps) == sum(status.swap is not None for status in statuses)
        assert set(found.failed_statuses) == {status for status in statuses if status.state is HostState.FAILED}
        assert found.highest_serial == max(status.serial for status in statuses)
        assert found.last_report == max(status.at for status in statuses)


def test_only_proved_cold_builds_count_as_on_disk_unless_the_agent_proves_none() -> None:
    cold = Status("one", "web", HostState.SERVING, NOW, NOW, NEW, (OLD,))
    statuses = (cold, replace(cold, host="two", proved=()), replace(cold, host="three", proved=(OLD,)))
    found = rollout(Tier("web", Audience.PUBLIC), None, statuses, NOW, 10.0)
    assert found.on_disk == {NEW: 3, OLD: 2}


def test_a_stuck_host_counts_as_failed_with_its_reason() -> None:
    stuck = Status("one", "web", HostState.DRAINING, NOW, NOW, NEW, detail="stuck for 2 min: hook drain", stuck=True)
    found = rollout(Tier("web", Audience.PUBLIC), None, (stuck,), NOW, 10.0)
    assert (found.failed, found.moving) == (("one: stuck for 2 min: hook drain",), ())


def test_a_tier_without_reports_has_no_sums() -> None:
    found = rollout(Tier("web", Audience.PUBLIC), None, (), NOW, 10.0)
    assert (found.hosts, found.complete, found.highest_serial, found.last_report) == ((), False, 0, 0.0)
    named = rollout(Tier("web", Audience.PUBLIC, ("one",)), None, (), NOW, 10.0)
    assert named.silent == ("one (never reported)",)


def test_a_target_of_100_percent_includes_every_rank() -> None:
    tier, target, statuses = crowd(1)
    full = replace(target, cutoff="f" * 16)
    assert rollout(tier, full, statuses, NOW, 10.0).desired == 61


def test_a_count_is_valid_until_a_host_falls_silent_and_never_with_ages_in_it() -> None:
    snapshot = idle()
    assert snapshot.at(NOW_ + 5).fleet == snapshot.fleet
    kept = snapshot.fleet
    assert snapshot.at(NOW_ + 5).fleet is kept
    late = snapshot.at(NOW_ + 60)
    assert late.fleet is not kept
    assert late.fleet["production"].ready == 0
    assert snapshot.at(NOW_ - 1).fleet is not kept
    moving = pulling()
    assert moving.fleet is not moving.at(NOW_ + 1).fleet
    assert moving.at(NOW_ + 3).fleet == replace_(moving, now=NOW_ + 3).fleet


def test_a_host_in_state_failed_is_failed_whichever_build_failed() -> None:
    tier = Tier("web", Audience.PUBLIC, ("one",))
    target = Target("web", 5, NEW, OLD, "f" * 16, 100, "salt", "r")
    status = Status("one", "web", HostState.FAILED, NOW, NOW, OLD, failed="c" * 64, detail="no space")
    found = rollout(tier, target, (status,), NOW, 10.0)
    assert (found.failed, found.moving) == (("one: no space",), ())
