"""The evidence for the gate."""

from dataclasses import replace as put

import pytest
from msgspec.structs import replace

from cockpit.deploy.facts import SmokeFailed, SmokePassed, Unreadable
from cockpit.deploy.gate.alerts import Alert
from cockpit.deploy.release_fold import fold
from cockpit.deploy.snapshot import Seen
from cockpit.rules.evidence import gather_evidence
from cockpit.rules.observer import observe
from tests.scenario import NOON, POLICY, Scenario, build


def test_evidence_names_unreadable_records_that_make_the_last_good_build_uncertain() -> None:
    scenario = Scenario().at(3)
    first, second = scenario.snapshot.log.value.releases
    finished = replace(first.events[-1], what=Unreadable("releases/2026-11-22.1/000005", "cut short"))
    log = put(scenario.snapshot.log.value, releases=(fold(first.id, (*first.events[:-1], finished)), second))
    snapshot = put(scenario.snapshot, log=Seen(log, NOON))
    assert snapshot.last_good is None
    assert [record.key for record in snapshot.unreadable_records] == ["releases/2026-11-22.1/000005"]
    assert gather_evidence(snapshot, second).unreadable == ("releases/2026-11-22.1/000005",)


def test_the_smoke_test_is_pending_passed_or_failed_with_its_reason() -> None:
    scenario = Scenario().at_staging()
    assert gather_evidence(scenario.snapshot, scenario.release).smoke == ""
    scenario.append(SmokeFailed(build(2).id, "/ answered 500"))
    assert gather_evidence(scenario.snapshot, scenario.release).smoke == "/ answered 500"
    scenario.append(SmokePassed(build(2).id, 1.0))
    assert gather_evidence(scenario.snapshot, replace(scenario.release, smoke=None)).smoke is None


def test_a_target_that_is_not_the_one_of_this_step_is_a_mismatch() -> None:
    scenario = Scenario().at(3)
    assert not gather_evidence(scenario.snapshot, scenario.release).target_mismatch
    targets = dict(scenario.snapshot.targets.value)
    stored = targets["production"]
    targets["production"] = replace(stored, target=replace(stored.target, percent=25))
    other = put(scenario.snapshot, targets=Seen(targets, NOON))
    assert gather_evidence(other, scenario.release).target_mismatch
    missing = put(scenario.snapshot, targets=Seen({}, NOON))
    assert gather_evidence(missing, scenario.release).target_mismatch


def test_findings_need_a_serving_tier_and_an_observer() -> None:
    scenario = Scenario().at(2)
    observer = observe(None, scenario.snapshot, scenario.release)
    assert gather_evidence(scenario.snapshot, scenario.release).findings is None
    assert gather_evidence(scenario.snapshot, scenario.release, observer).findings is not None
    staging = Scenario().at_staging()
    observer = observe(None, staging.snapshot, staging.release)
    assert gather_evidence(staging.snapshot, staging.release, observer).findings is None


@pytest.mark.parametrize(
    ("alerts", "age", "error", "text"),
    [
        ((), 5.0, "", ""),
        ((Alert("Slow", 0.0),), 5.0, "", "Slow"),
        (None, 0.0, "", "no data: the alerts have not been read yet"),
        (None, 0.0, "timeout", "no data: the alerts have not been read yet (timeout)"),
        ((), 61.0, "timeout", "no data: the alerts were read 61 s ago (timeout)"),
    ],
)
def test_alerts_are_firing_unknown_or_stale(
    alerts: tuple[Alert, ...] | None, age: float, error: str, text: str
) -> None:
    scenario = Scenario(replace(POLICY, watches_alerts=True)).at(2)
    seen = Seen(alerts, scenario.snapshot.now - age, error)
    found = gather_evidence(put(scenario.snapshot, alerts=seen), scenario.release).alerts
    assert text in found
    assert bool(text) is bool(found)


def test_a_sample_is_fresh_for_at_least_two_intervals() -> None:
    scenario = Scenario().at(2)
    observer = observe(None, scenario.snapshot, scenario.release)
    fresh = scenario.snapshot.policy.gate.fresh
    for interval, stale_after, current_for in ((5.0, fresh, 17.0), (45.0, 90.0, 90.0)):
        found = gather_evidence(scenario.snapshot, scenario.release, replace(observer, sample_interval=interval))
        assert (found.stale_after, found.current_for) == (stale_after, current_for)
