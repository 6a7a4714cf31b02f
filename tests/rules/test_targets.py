"""What tiers are told to run: serials, bases, bounds and withdrawn builds."""

from msgspec.structs import replace

from cockpit.deploy.hosts.status import HostState
from cockpit.rules import decisions
from cockpit.rules.targets import next_target, target_all_hosts, withdraw_builds
from tests.scenario import Scenario, build


def test_serials_only_grow() -> None:
    scenario = Scenario().at(4)
    before = scenario.snapshot.targets.value["production"].target.serial
    scenario.run(decisions.roll_back)
    assert scenario.snapshot.targets.value["production"].target.serial == before + 1


def test_a_serial_is_above_every_serial_that_hosts_have_obeyed() -> None:
    scenario = Scenario().at(4)
    host = next(s for s in scenario.snapshot.statuses.value.values() if s.tier == "production")
    scenario.report(replace(host, serial=900))
    scenario.run(decisions.roll_back)
    assert scenario.snapshot.targets.value["production"].target.serial == 901


def test_the_base_is_the_last_good_build_and_the_version_is_the_one_replaced() -> None:
    scenario = Scenario().at(3)
    target, version = next_target(scenario.snapshot, scenario.release, "production", build(2).id, 25)
    assert (target.build, target.base, target.percent) == (build(2).id, build(1).id, 25)
    stored = scenario.snapshot.targets.value["production"]
    assert version == stored.version
    assert target.serial == stored.target.serial + 1


def test_tiers_that_have_the_target_are_left_alone() -> None:
    scenario = Scenario().at(3)
    tiers = [tier.name for tier in scenario.snapshot.policy.tiers]
    writes = target_all_hosts(scenario.snapshot, scenario.release, build(2).id, tiers)
    assert [write.target.tier for write in writes] == ["production"]


def test_withdrawing_touches_only_serving_tiers_with_builds_of_the_release() -> None:
    scenario = Scenario().at(2)
    writes = withdraw_builds(scenario.snapshot, scenario.release)
    assert [(write.target.tier, write.target.build) for write in writes] == [
        ("dogfood", build(1).id),
        ("canary", build(1).id),
    ]
    assert withdraw_builds(Scenario().snapshot, scenario.release) == ()


def test_a_target_that_takes_a_build_back_says_so_and_keeps_the_bound() -> None:
    scenario = Scenario().at(6)
    forward = scenario.snapshot.targets.value["production"].target
    assert (forward.max_unavailable > 0, forward.rollback) == (True, False)
    for number in (1, 2):
        host = scenario.snapshot.statuses.value[f"production-{number}"]
        scenario.report(replace(host, state=HostState.FAILED, build=build(2).id))
    back = withdraw_builds(scenario.snapshot, scenario.release)[-1].target
    assert (back.tier, back.build) == ("production", build(1).id)
    assert (back.max_unavailable, back.rollback) == (forward.max_unavailable, True)
    assert target_all_hosts(scenario.snapshot, scenario.release, build(3).id, ["canary"])[0].target.rollback is False
