"""Findings from an observation, before any verdict."""

import pytest
from msgspec.structs import replace

from cockpit.deploy.gate.findings import evaluate, find_outlier_hosts
from cockpit.deploy.gate.sequential import CountPair
from cockpit.deploy.gate.traffic import Count
from tests.deploy.gate.observed import CALM, DT, POLICY, findings_of, observed

BAD = CountPair(1000, 20, 49_000, 196)


def test_a_healthy_step_has_evidence_against_a_regression_only() -> None:
    findings = findings_of(observed(*[CALM] * 24))
    assert findings.worse < 1.0
    assert findings.not_worse >= 1 / POLICY.missed
    assert findings.counts == (Count(24_000, 96), Count(1_176_000, 4_704))
    assert findings.baseline_rate == pytest.approx(0.004)
    assert (findings.watched, findings.age) == (23 * DT, 0.0)


def test_without_a_sample_there_is_no_age_and_no_counts() -> None:
    findings = findings_of(observed())
    assert (findings.age, findings.watched, findings.requests_needed) == (None, 0.0, None)
    assert findings.counts == (Count(), None)


def test_the_share_of_samples_counts_gaps() -> None:
    findings = findings_of(observed(CALM, None, CALM, None))
    assert findings.sample_share == pytest.approx(0.5)
    assert findings.expected_samples == 4
    assert not findings.newest_usable


def test_idle_builds_are_told_apart() -> None:
    new_idle = findings_of(observed(*[CountPair(0, 0, 49_000, 196)] * 16))
    control_idle = findings_of(observed(*[CountPair(1000, 4, 0, 0)] * 16))
    assert (new_idle.idle, new_idle.control_idle) == (True, False)
    assert (control_idle.idle, control_idle.control_idle) == (False, True)


def test_both_builds_failing_at_once_is_a_shared_failure() -> None:
    assert findings_of(observed(*[CALM] * 20, *[CountPair(1000, 40, 49_000, 1960)] * 24)).both_failing
    assert not findings_of(observed(*[BAD] * 24)).both_failing


def test_outlier_hosts_are_those_without_which_the_build_is_no_worse() -> None:
    one_bad = (("web-1", 250.0, 1.0), ("web-2", 250.0, 1.0), ("web-3", 250.0, 28.0), ("web-4", 250.0, 1.0))
    all_bad = tuple((f"web-{n}", 250.0, 8.0) for n in range(4))
    pair = CountPair(1000, 31, 49_000, 196)
    assert find_outlier_hosts(observed(*[pair] * 12, hosts=one_bad), 1.0, POLICY) == ("web-3",)
    assert find_outlier_hosts(observed(*[pair] * 12, hosts=all_bad), 1.0, POLICY) == ()


def test_a_rate_is_over_the_ceiling_by_two_standard_deviations() -> None:
    assert findings_of(observed(*[CountPair(1000, 100, 49_000, 196)] * 24)).over_ceiling(POLICY)
    assert not findings_of(observed(*[BAD] * 24)).over_ceiling(POLICY)


def test_fewer_requests_are_needed_for_go_as_samples_arrive() -> None:
    few, more = (findings_of(observed(*[CountPair(100, 0, 4_900, 20)] * count)) for count in (1, 4))
    assert few.requests_needed is not None
    assert more.requests_needed is not None
    assert few.requests_needed > more.requests_needed > 0


def test_a_sample_is_fresh_for_at_least_two_intervals() -> None:
    observation = observed(*[CALM] * 24, *[CountPair(0, 0, 49_000, 196)] * 16)  # 80 s without requests
    assert evaluate(observation, 200.0, DT, POLICY).idle
    assert not evaluate(observation, 200.0, 60.0, POLICY).idle


def test_a_build_is_idle_once_the_step_has_samples_for_as_long_as_one_is_fresh() -> None:
    quiet = CountPair(0, 0, 49_000, 196)
    assert not findings_of(observed(*[quiet] * 10)).idle
    assert findings_of(observed(*[quiet] * 11)).idle


def test_a_route_without_errors_counts_as_evidence_one() -> None:
    observation = observed(*[CALM] * 12, routes=(("/pay", CountPair(100, 1, 4_900, 40)),), route_count=10)
    ((_, pay),) = observation.routes
    assert 0 < pay.worse_evidence < 10
    by_route = (pay.worse_evidence + 9 * 1.0) / 10
    assert findings_of(observation).worse == pytest.approx((observation.bets.worse_evidence + by_route) / 2)


def test_a_history_without_errors_has_the_rate_of_one_error() -> None:
    findings = findings_of(observed(*[CountPair(1000, 40, 49_000, 196)] * 24))
    assert findings.over_ceiling(POLICY)
    assert not replace(findings, prior=CountPair(20, 0, 20, 0)).over_ceiling(POLICY)
