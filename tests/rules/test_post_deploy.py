"""The watch after a deploy: what it judges, what it records once, and what it leaves alone."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as put

from cockpit.deploy.facts import Call, Regressed
from cockpit.deploy.gate.alerts import Alert
from cockpit.deploy.gate.traffic import Count, Sample, Traffic
from cockpit.deploy.policy import GatePolicy
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.rules import decisions
from cockpit.rules.post_deploy import current_regression, new_regression, watch_tiers, watched_release
from tests.scenario import ADA, POLICY, Scenario, build

OLD, NEW = build(1).id, build(2).id
HOUR = 3600.0
SERVING = ("dogfood", "canary", "production")


def finished(gate: GatePolicy = POLICY.gate) -> Scenario:
    """A release that just finished."""
    scenario = Scenario(put(POLICY, gate=gate)).at(7)
    scenario.judge(Call.GO)
    scenario.run(decisions.finish)
    return scenario


def serve(scenario: Scenario, errors: dict[str, int], seconds: float = 300.0, history: float = 1200.0) -> None:
    """Traffic of every tier with so many errors in 1,000 requests, after `history` seconds with one."""
    began = scenario.release.ended_at
    samples = []
    for at in range(int(began - history), int(began + seconds) + 1, 2):
        after = at > began
        found = {(t, NEW if after else OLD): Count(1000, errors.get(t, 1) if after else 1) for t in SERVING}
        samples.append(Sample(float(at), found))
    scenario.wait(began + seconds - scenario.snapshot.now)
    scenario.snapshot = replace(scenario.snapshot, traffic=Seen(Traffic(tuple(samples)), scenario.snapshot.now))


def regression(snapshot: Snapshot) -> Regressed | None:
    release = watched_release(snapshot)
    return new_regression(watch_tiers({}, snapshot, release), snapshot, release) if release else None


def test_a_finished_release_that_stays_well_is_not_reported() -> None:
    scenario = finished()
    serve(scenario, {}, 3000.0)
    assert regression(scenario.snapshot) is None


def test_a_tier_that_turns_bad_after_the_finish_is_reported_once_and_the_commander_rolls_back() -> None:
    scenario = finished()
    serve(scenario, {"production": 60})
    found = regression(scenario.snapshot)
    assert found
    assert (found.release, found.build, found.tier, found.call) == (
        scenario.release.id,
        NEW,
        "production",
        Call.ROLL_BACK,
    )
    assert "vs its own 0.10 % (21 min of history)" in found.reason
    scenario.append(found)
    assert regression(scenario.snapshot) is None
    event = current_regression(scenario.snapshot)
    assert event
    assert event.what == found
    scenario.run(decisions.roll_back, "checkout fails")
    assert scenario.snapshot.targets.value["production"].target.build == OLD
    assert current_regression(scenario.snapshot) is None
    assert watched_release(scenario.snapshot) is None


def test_a_hold_that_becomes_a_roll_back_is_a_second_report_and_the_last() -> None:
    scenario = finished()
    known = Regressed(scenario.release.id, NEW, "canary", Call.HOLD, "2x")
    scenario.append(known)
    serve(scenario, {"production": 60})
    found = regression(scenario.snapshot)
    assert found
    assert found.call is Call.ROLL_BACK
    scenario.append(found)
    event = current_regression(scenario.snapshot)
    assert event
    assert event.what == found
    assert regression(scenario.snapshot) is None


def test_errors_that_begin_after_two_good_hours_are_seen() -> None:
    scenario = finished()
    serve(scenario, {}, 2 * HOUR)
    release = watched_release(scenario.snapshot)
    assert release
    observers = watch_tiers({}, scenario.snapshot, release)
    assert new_regression(observers, scenario.snapshot, release) is None
    now = scenario.snapshot.now
    later = tuple(Sample(now + 2.0 * n, {("canary", NEW): Count(1000, 60)}) for n in range(1, 151))
    scenario.wait(300.0)
    traffic = Traffic((*scenario.snapshot.traffic.value.samples, *later))
    scenario.snapshot = replace(scenario.snapshot, traffic=Seen(traffic, scenario.snapshot.now))
    found = new_regression(watch_tiers(observers, scenario.snapshot, release), scenario.snapshot, release)
    assert found
    assert (found.tier, found.call) == ("canary", Call.ROLL_BACK)


def test_an_alert_that_fires_after_the_finish_is_reported_and_one_from_before_is_not() -> None:
    scenario = finished()
    serve(scenario, {})
    now = scenario.snapshot.now
    for since, reported in ((now - 3 * HOUR, False), (now - 10.0, True)):
        alerts = (Alert("HighLatency", since),)
        found = regression(replace(scenario.snapshot, alerts=Seen(alerts, now)))
        assert (found is not None) is reported
    assert regression(replace(scenario.snapshot, alerts=Seen(alerts, now - HOUR))) is None


def test_missing_counters_or_history_are_no_reason_to_report() -> None:
    scenario = finished()
    assert regression(scenario.snapshot) is None
    serve(scenario, {"production": 60}, history=-2.0)
    assert regression(scenario.snapshot) is None


def test_an_open_release_has_precedence_and_an_abandoned_one_hides_nothing() -> None:
    scenario = finished()
    serve(scenario, {"production": 60})
    bad = scenario.release
    scenario.run(decisions.start)
    assert regression(scenario.snapshot) is None
    scenario.run(decisions.abandon)
    found = regression(scenario.snapshot)
    assert found
    assert found.release == bad.id
    scenario.append(found)
    assert scenario.release.id != bad.id
    assert current_regression(scenario.snapshot) is not None
    assert regression(scenario.snapshot) is None


@pytest.mark.parametrize("after", [0.0, 200.0])
def test_the_watch_ends_after_its_time_and_can_be_turned_off(after: float) -> None:
    scenario = finished(put(POLICY.gate, watch_after=after))
    serve(scenario, {"production": 60}, 300.0)
    assert regression(scenario.snapshot) is None


def test_the_first_build_of_a_fleet_is_not_watched() -> None:
    assert watched_release(Scenario().installed().snapshot) is None


def test_the_commander_is_notified_or_else_the_person_on_duty() -> None:
    scenario = finished()
    serve(scenario, {"production": 60})
    found = regression(
        replace(scenario.snapshot, commander=Seen(put(scenario.snapshot.commander.value, name=ADA), 1.0))
    )
    assert found
    assert found.commander == ADA
