"""Starting a release and installing the first build."""

from dataclasses import replace

from msgspec.structs import replace as put

from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.rules import decisions
from tests.scenario import NOON, Scenario, build


def test_an_empty_fleet_needs_an_install_before_a_release_starts() -> None:
    scenario = Scenario()
    assert "install" in scenario.refusal(decisions.start)
    scenario.installed()
    assert scenario.snapshot.last_good == build(1)
    assert scenario.refusal(decisions.install) == f"the fleet already runs {build(1).id[:10]}: `start` a release"


def test_a_second_release_is_refused_while_one_is_open() -> None:
    assert Scenario().at_staging().refusal(decisions.start).startswith("2026-11-22.2 is open at staging")


def test_events_have_the_time_of_the_snapshot() -> None:
    assert Scenario().installed().release.events[0].at == NOON


def test_a_release_that_was_held_and_abandoned_does_not_block_the_next() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.hold)
    scenario.run(decisions.abandon)
    scenario.run(decisions.start)


def test_a_first_install_is_refused_if_hosts_obeyed_targets_that_the_store_lost() -> None:
    snapshot = Scenario().at(2).snapshot
    obeyed = Seen({host: put(status, serial=7) for host, status in snapshot.statuses.value.items()}, NOON)
    wiped = Scenario()
    wiped.snapshot = replace(Snapshot(snapshot.policy, NOON), statuses=obeyed, targets=Seen({}, NOON))
    assert wiped.snapshot.ahead_of_store == tuple(sorted(obeyed.value))
    assert "restore its backup" in wiped.refusal(decisions.install)
    assert "restore its backup" in wiped.refusal(decisions.install, override=True)
    plan = wiped.run(decisions.install, "there is no backup", override=True)
    assert "tell every tier to run it" in plan.steps[0].summary
