"""The verdict, on evidence that an observation has really gathered."""

from typing import Any

import pytest
from msgspec.structs import replace

from cockpit.deploy.facts import Call
from cockpit.deploy.gate.findings import Findings
from cockpit.deploy.gate.sequential import CountPair
from cockpit.deploy.gate.verdict import Evidence, judge, judge_errors
from cockpit.deploy.policy import GatePolicy
from cockpit.deploy.tiers import Audience
from tests.deploy.gate.observed import CALM, POLICY, findings_of, observed


def verdict(findings: Findings | None = None, **changes: Any) -> tuple[Call, str]:
    """(call, reason) of a healthy step with these changes."""
    healthy: dict[str, Any] = {
        "step": "canary",
        "serves": Audience.PUBLIC,
        "watched": 120.0,
        "soak": 60.0,
        "desired": 1,
        "ready": 1,
        "hosts": 1,
        "smoke": "",
        "findings": findings or findings_of(observed(*[CALM] * 24)),
        "current_for": 10.0,
    }
    result = judge(Evidence(**{**healthy, **changes}), POLICY)
    return result.call, result.reason


def test_a_healthy_step_is_go_once_a_regression_is_ruled_out() -> None:
    assert verdict() == (
        Call.GO,
        "canary 0.40 % (96 of 24,000) vs old hosts 0.40 % over 2 min; not 2x worse (95 % sure)",
    )


def test_before_that_it_waits_and_says_how_many_requests_it_needs() -> None:
    call, reason = verdict(findings_of(observed(CountPair(200, 1, 9800, 39))))
    assert call is Call.WAIT
    assert reason.startswith("canary 0.50 % (1 of 200) vs old hosts 0.40 % over 5 s, 1.3x; about ")
    assert "more to rule out 2x" in reason


def test_go_with_rare_errors_says_what_is_still_possible() -> None:
    rare = CountPair(1000, 0, 49_000, 1)
    call, reason = verdict(findings_of(observed(*[rare] * 24, past=rare)))
    assert call is Call.GO
    assert "not worse by 0.1 points (95 % sure); 2x worse is still possible" in reason


def test_a_much_worse_build_is_roll_back_before_the_soak_and_while_hosts_move() -> None:
    bad = findings_of(observed(*[CountPair(1000, 20, 49_000, 196)] * 5))
    call, reason = verdict(bad, watched=5.0, ready=0, stragglers=("canary-1 (warming)",))
    assert call is Call.ROLL_BACK
    assert reason == (
        "canary 2.00 % (100 of 5,000) vs old hosts 0.40 % over 25 s, 5.0x; "
        "fewer than 1 clean step in 2,000 is stopped like this"
    )


def test_weak_evidence_for_a_worse_build_is_hold() -> None:
    call, reason = verdict(findings_of(observed(*[CountPair(1000, 20, 49_000, 196)] * 2)))
    assert call is Call.HOLD
    assert "of 2,000), not" not in reason


def test_fewer_errors_than_least_errors_are_never_roll_back() -> None:
    silent = CountPair(1000, 0, 49_000, 0)
    four = observed(*[CountPair(50, 1, 49_000, 0)] * 4, past=silent)
    sure = replace(four, bets=replace(four.bets, unspent=1e9))
    assert verdict(findings_of(sure))[0] is Call.HOLD


def test_a_tiny_excess_is_never_roll_back() -> None:
    tiny = observed(*[CountPair(1_000_000, 60, 49_000_000, 980)] * 40, past=CountPair(1_000_000, 20, 49_000_000, 980))
    assert findings_of(tiny).worse > 2000
    assert verdict(findings_of(tiny))[0] is Call.HOLD


def test_a_failure_of_old_and_new_hosts_is_hold() -> None:
    call, reason = verdict(findings_of(observed(*[CALM] * 20, *[CountPair(1000, 40, 49_000, 1960)] * 24)))
    assert call is Call.HOLD
    assert "both builds fail" in reason


def test_without_old_hosts_history_and_the_ceiling_decide() -> None:
    def findings_without_control(errors: int) -> Findings:
        return findings_of(
            observed(*[CountPair(1000, errors, 0, 0)] * 24, past=CountPair(1000, 4, 0, 0), controlled=False)
        )

    assert verdict(findings_without_control(40))[0] is Call.ROLL_BACK
    call, reason = verdict(findings_without_control(15))
    assert call is Call.HOLD
    assert "vs its own 0.40 % (60 min of history)" in reason
    assert verdict(findings_without_control(4))[0] is Call.GO


def test_without_old_hosts_and_history_it_holds_and_says_what_is_needed() -> None:
    call, reason = verdict(findings_of(observed(*[CountPair(1000, 4, 0, 0)] * 24, past=None, controlled=False)))
    assert call is Call.HOLD
    assert "leave some hosts on the old build, or let the engine watch this tier before the deploy" in reason


def test_a_single_bad_host_is_named_and_is_hold() -> None:
    bad = (("web-1", 250.0, 1.0), ("web-2", 250.0, 1.0), ("web-3", 250.0, 28.0), ("web-4", 250.0, 1.0))
    call, reason = verdict(findings_of(observed(*[CountPair(1000, 31, 49_000, 196)] * 12, hosts=bad)))
    assert call is Call.HOLD
    assert "no worse without web-3: check web-3, not the build" in reason


def test_a_build_that_fails_on_many_hosts_is_roll_back() -> None:
    bad = tuple((f"web-{n}", 250.0, 8.0) for n in range(4))
    assert verdict(findings_of(observed(*[CountPair(1000, 32, 49_000, 196)] * 12, hosts=bad)))[0] is Call.ROLL_BACK


def test_a_failing_route_with_little_traffic_gives_evidence() -> None:
    pair = CountPair(1000, 5, 49_000, 196)
    routes = (("/", CountPair(999, 4, 48_951, 196)), ("/rare", CountPair(1, 1, 49, 0)))
    without, by_route = observed(*[pair] * 12), observed(*[pair] * 12, routes=routes, route_count=40)
    assert findings_of(by_route).worse > 20 > findings_of(without).worse
    assert findings_of(observed(*[pair] * 12, routes=routes[:1], route_count=40)).worse < 2


def test_some_evidence_against_the_build_prevents_go() -> None:
    observation = observed(*[CALM] * 24)
    nearly = findings_of(replace(observation, bets=replace(observation.bets, unspent=10.0)))
    assert verdict(nearly)[0] is Call.WAIT


BAD = CountPair(1000, 20, 49_000, 196)


@pytest.mark.parametrize(
    ("pairs", "late", "text"),
    [
        ([*[BAD] * 20, *[None] * 13], 0.0, "last usable sample 65 s old"),
        ([BAD] * 20, 61.0, "last usable sample 61 s old"),
        ([None] * 20, 0.0, "no usable sample for 2 min"),
        ([BAD, None, BAD] * 8, 0.0, "67 % of the samples"),
        ([*[BAD] * 8, *[CountPair(0, 0, 49_000, 196)] * 16], 0.0, "no traffic on the new build for 60 s"),
        ([*[BAD] * 8, *[CountPair(1000, 20, 0, 0)] * 16], 0.0, "no traffic on the old hosts for 60 s"),
    ],
)
def test_bad_or_missing_data_is_hold_despite_the_evidence(
    pairs: list[CountPair | None], late: float, text: str
) -> None:
    call, reason = verdict(findings_of(observed(*pairs), late))
    assert call is Call.HOLD
    assert text in reason


def test_the_newest_sample_must_be_current_for_go() -> None:
    assert verdict(findings_of(observed(*[CALM] * 24), 10.0))[0] is Call.GO
    assert verdict(findings_of(observed(*[CALM] * 24), 11.0))[0] is Call.WAIT
    assert verdict(findings_of(observed(*[CALM] * 24, None)))[0] is Call.WAIT


def test_a_build_without_recent_requests_is_not_go() -> None:
    assert verdict(findings_of(observed(*[CALM] * 24, *[CountPair(0, 0, 49_000, 196)] * 2)))[0] is Call.WAIT
    assert verdict(findings_of(observed(*[CALM] * 24, *[CountPair(1000, 4, 0, 0)] * 2)))[0] is Call.WAIT


def test_a_fleet_that_is_always_above_the_ceiling_is_go() -> None:
    usual = CountPair(1000, 50, 49_000, 2450)
    assert verdict(findings_of(observed(*[usual] * 48, past=usual)))[0] is Call.GO
    assert verdict(findings_of(observed(*[usual] * 48, past=None)))[0] is Call.HOLD


def test_a_clearly_worse_build_is_roll_back_while_both_fail() -> None:
    assert verdict(findings_of(observed(*[CountPair(1000, 100, 49_000, 980)] * 24)))[0] is Call.ROLL_BACK


def test_before_the_first_sample_it_waits() -> None:
    assert verdict(findings_of(observed()), watched=3.0) == (
        Call.WAIT,
        "no data: no usable sample of the error counters yet",
    )


def test_too_few_requests_are_wait_and_none_is_never_enough() -> None:
    assert verdict(findings_of(observed(CountPair(99, 0, 4900, 20))))[1] == "99 of 100 requests needed on the new build"
    nothing = findings_of(observed(CountPair(0, 0, 4900, 20)))
    evidence = Evidence("canary", Audience.PUBLIC, 9, 1, 1, 1, 1, smoke="", findings=nothing)
    assert judge(evidence, GatePolicy(least_requests=0)).call is Call.WAIT


@pytest.mark.parametrize(
    ("unsettled", "text"),
    [
        ({"hosts": 0, "ready": 0}, "no host of this tier has reported"),
        (
            {"hosts": 4, "ready": 3, "stragglers": ("p-4 (pulling, 8 s)",)},
            "3 of 4 hosts ready; waiting for p-4",
        ),
        ({"silent": ("p-2 (40 s)",)}, "1 host silent: p-2 (40 s)"),
        ({"watched": 20.0}, "soaking, 40 s of 60 s left"),
        ({"missing": ("production-3",)}, "no counters from production-3"),
        ({"target_mismatch": True}, "not what this step wrote"),
        ({"smoke": None}, "smoke test running"),
    ],
)
def test_an_unsettled_step_is_wait(unsettled: dict[str, Any], text: str) -> None:
    call, reason = verdict(**unsettled)
    assert call is Call.WAIT
    assert text in reason


def test_a_failed_host_a_failed_smoke_test_and_an_unreadable_record_are_hold() -> None:
    assert verdict(failed=("p-1: health said 500",))[0] is Call.HOLD
    assert verdict(smoke="/ answered 500") == (Call.HOLD, "smoke test failed: / answered 500")
    assert verdict(unreadable=("releases/x/000003",))[0] is Call.HOLD


def test_a_tier_without_traffic_needs_only_its_smoke_test() -> None:
    staging: dict[str, Any] = {
        "step": "staging",
        "serves": Audience.NOBODY,
        "watched": 90.0,
        "soak": 0.0,
        "findings": None,
    }
    assert verdict(**staging, smoke=None) == (Call.WAIT, "smoke test running")
    assert verdict(**staging)[0] is Call.GO


def test_a_tier_without_users_needs_no_requests() -> None:
    worse = findings_of(observed(CountPair(10, 1, 490, 2)))
    assert verdict(worse)[0] is Call.WAIT
    assert verdict(worse, serves=Audience.NOBODY)[0] is Call.GO


def test_the_errors_of_a_finished_build_are_judged_by_the_clearest_span_and_missing_data_by_none() -> None:
    good, bad, past = CountPair(1000, 4, 0, 0), CountPair(1000, 60, 0, 0), CountPair(1000, 4, 0, 0)
    late = findings_of(observed(*[good] * 600, *[bad] * 12, past=past, controlled=False))
    evidence = Evidence("production", Audience.PUBLIC, 7200, 0, 10, 10, 10, smoke="", findings=late)
    assert judge(evidence, POLICY).call is Call.HOLD
    worse = judge_errors(evidence, POLICY)
    assert worse
    assert worse.call is Call.ROLL_BACK
    calm = findings_of(observed(*[good] * 600, past=past, controlled=False))
    unknown = findings_of(observed(*[bad] * 24, past=None, controlled=False))
    for findings in (calm, unknown, None):
        assert judge_errors(replace(evidence, findings=findings), POLICY) is None
