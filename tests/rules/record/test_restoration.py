"""When every host serves another build again than the withdrawn one."""

from dataclasses import replace

from msgspec import structs

from cockpit.deploy.facts import Restored
from cockpit.rules import decisions
from cockpit.rules.record.restoration import detect_restoration, pending_restoration
from tests.scenario import Scenario, build


def rolled_back() -> Scenario:
    scenario = Scenario().at(3)
    scenario.run(decisions.roll_back, "checkout fails")
    return scenario


def test_a_rollback_is_restored_when_the_last_host_serves_the_good_build() -> None:
    scenario = rolled_back()
    assert detect_restoration(scenario.snapshot) is None
    hosts = scenario.snapshot.statuses.value.values()
    last = next(host.host for host in hosts if (host.tier, host.build) == ("production", build(2).id))
    scenario.converge(last)
    assert detect_restoration(scenario.snapshot) is None
    scenario.wait(7)
    scenario.converge()
    assert detect_restoration(scenario.snapshot) == Restored(
        ("dogfood", "canary", "production"), build(2).id, scenario.snapshot.now
    )


def test_hosts_that_already_serve_the_hotfix_are_restored_too() -> None:
    scenario = Scenario().at(1)
    scenario.run(decisions.revert, "search fails", pull=12)
    pending = pending_restoration(scenario.release)
    assert pending
    assert (pending.build, pending.tiers) == (build(2).id, ("dogfood",))
    scenario.converge()
    for host in ("dogfood-1", "dogfood-2"):
        scenario.report(structs.replace(scenario.snapshot.statuses.value[host], build=build(3).id))
    assert detect_restoration(scenario.snapshot) == Restored(("dogfood",), build(2).id, scenario.snapshot.now)


def test_a_restoration_is_recorded_once() -> None:
    scenario = rolled_back()
    scenario.converge()
    fact = detect_restoration(scenario.snapshot)
    assert fact
    scenario.append(fact)
    assert detect_restoration(scenario.snapshot) is None
    assert pending_restoration(scenario.release) is None


def test_a_silent_host_is_not_restored() -> None:
    scenario = rolled_back()
    scenario.converge()
    later = replace(scenario.snapshot, now=scenario.snapshot.now + 60)
    assert detect_restoration(later) is None


def test_nothing_is_pending_without_a_withdrawn_build() -> None:
    assert pending_restoration(Scenario().at(2).release) is None
    assert detect_restoration(Scenario().snapshot) is None


def test_hosts_of_a_tier_that_the_config_no_longer_names_must_be_back_too() -> None:
    scenario = Scenario().at(6)
    tiers = tuple(tier for tier in scenario.snapshot.policy.tiers if tier.name != "production")
    scenario.snapshot = replace(scenario.snapshot, policy=structs.replace(scenario.snapshot.policy, tiers=tiers))
    scenario.run(decisions.roll_back)
    scenario.converge()
    assert detect_restoration(scenario.snapshot) is None
    for status in tuple(scenario.snapshot.statuses.value.values()):
        if status.tier == "production":
            scenario.report(structs.replace(status, build=build(1).id))
    restored = detect_restoration(scenario.snapshot)
    assert restored is not None
    assert restored.tiers == ("dogfood", "canary", "production")
