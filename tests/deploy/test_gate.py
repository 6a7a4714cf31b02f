from typing import Any

import pytest

from cockpit.deploy.events import Call
from cockpit.deploy.gate import Evidence, GatePolicy, chance, judge
from cockpit.deploy.tiers import Audience
from cockpit.deploy.traffic import Count

POLICY = GatePolicy(ceiling=0.02, least_requests=100, fresh=60)


def verdict(**changes: Any) -> tuple[Call, str]:
    """Of a step of which all is well but for the changes."""
    calm: dict[str, Any] = {
        "step": "canary",
        "serves": Audience.PUBLIC,
        "watched": 120.0,
        "soak": 60.0,
        "wanted": 1,
        "converged": 1,
        "hosts": 1,
        "smoke": "",
        "new": Count(1000, 2),
        "control": Count(50_000, 100),
        "sample_age": 2.0,
    }
    said = judge(Evidence(**{**calm, **changes}), POLICY)
    return said.call, said.reason


def test_all_well_is_go_with_the_numbers() -> None:
    assert verdict() == (Call.GO, "canary 0.20 % (2 of 1,000) over 2 min vs old hosts 0.20 % (100 of 50,000)")


def test_much_worse_than_the_old_build_is_roll_back_also_before_the_soak_and_while_hosts_move() -> None:
    call, reason = verdict(new=Count(1000, 40), watched=5.0, converged=0, stragglers=("canary-1 (warming)",))
    assert call is Call.ROLL_BACK
    assert reason == "canary 4.00 % (40 of 1,000) over 5 s vs old hosts 0.20 % (100 of 50,000), 20.0x"


def test_somewhat_worse_is_hold() -> None:
    assert verdict(new=Count(1000, 11))[0] is Call.HOLD


def test_a_few_errors_are_not_believed_yet() -> None:
    assert verdict(new=Count(150, 4))[0] is Call.GO


def test_both_builds_over_the_ceiling_is_hold_and_not_this_builds_fault() -> None:
    call, reason = verdict(new=Count(1000, 60), control=Count(50_000, 3000))
    assert call is Call.HOLD
    assert "not this build alone" in reason


def test_without_old_hosts_the_ceiling_decides() -> None:
    assert verdict(control=None, new=Count(1000, 30))[0] is Call.ROLL_BACK
    assert verdict(control=None, new=Count(1000, 10)) == (
        Call.GO,
        "canary 1.00 % (10 of 1,000) over 2 min, under the ceiling; no old hosts to compare with",
    )


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ({"new": None}, "no data"),
        ({"sample_age": None}, "no data"),
        ({"sample_age": 61.0}, "last sample 61 s old"),
        ({"missing": ("production-3",)}, "no counters from production-3"),
        ({"new": Count(99, 0)}, "99 of 100 requests needed"),
        ({"new": Count(0, 0)}, "0 of 100 requests needed"),
    ],
)
def test_missing_data_is_never_go(missing: dict[str, Any], words: str) -> None:
    call, reason = verdict(**missing)
    assert call is Call.WAIT
    assert words in reason


@pytest.mark.parametrize(
    ("unsettled", "words"),
    [
        ({"hosts": 0, "converged": 0}, "no host of this tier has reported"),
        (
            {"hosts": 4, "converged": 3, "stragglers": ("p-4 (pulling, 8 s)",)},
            "3 of 4 hosts converged; waiting for p-4",
        ),
        ({"silent": ("p-2 (40 s)",)}, "1 host silent: p-2 (40 s)"),
        ({"watched": 20.0}, "soaking, 40 s of 60 s left"),
    ],
)
def test_what_is_not_settled_yet_is_wait(unsettled: dict[str, Any], words: str) -> None:
    call, reason = verdict(**unsettled)
    assert call is Call.WAIT
    assert words in reason


def test_a_refused_build_a_failed_smoke_test_and_an_unreadable_record_are_hold() -> None:
    assert verdict(failed=("p-1: health said 500",))[0] is Call.HOLD
    assert verdict(smoke="/ answered 500") == (Call.HOLD, "smoke test failed: / answered 500")
    assert verdict(unreadable=("releases/x/000003",))[0] is Call.HOLD


def test_staging_has_no_traffic_and_needs_its_smoke_test() -> None:
    staging: dict[str, Any] = {
        "step": "staging",
        "serves": Audience.NOBODY,
        "new": None,
        "control": None,
        "sample_age": None,
    }
    assert verdict(**staging, smoke=None) == (Call.WAIT, "smoke test running")
    assert verdict(**staging)[0] is Call.GO


def test_the_chance_is_the_exact_binomial_tail() -> None:
    # 8 of 10 errors on a build with half of the traffic: sum over k=8..10 of C(10, k) / 2^10 = 56/1024
    assert chance(Count(100, 8), Count(100, 2), tolerated=1.0) == pytest.approx(56 / 1024)
    assert chance(Count(100, 0), Count(100, 9), tolerated=1.0) == 1.0


def test_the_chance_of_a_huge_difference_is_small_and_of_none_is_not() -> None:
    assert chance(Count(10_000, 900), Count(10_000, 10), tolerated=1.2) < 1e-100
    assert chance(Count(1_000_000, 2000), Count(49_000_000, 98_000), tolerated=1.2) > 0.99


def test_no_traffic_is_never_go_even_where_no_requests_are_asked_for() -> None:
    calm = Evidence("canary", Audience.PUBLIC, 99, 1, 1, 1, 1, smoke="", new=Count(), control=Count(), sample_age=1)
    assert judge(calm, GatePolicy(least_requests=0)).call is Call.WAIT


def test_a_target_that_is_not_what_the_step_wrote_is_never_go() -> None:
    call, reason = verdict(astray=True)
    assert call is Call.WAIT
    assert "not what this step wrote" in reason


def test_without_a_passed_smoke_test_no_tier_goes() -> None:
    assert verdict(smoke=None)[0] is Call.WAIT
