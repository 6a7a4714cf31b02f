"""The verdict, on evidence that a watch has really gathered."""

from typing import Any

import pytest
from msgspec.structs import replace

from cockpit.deploy.facts import Call
from cockpit.deploy.gate.findings import Findings, evaluate
from cockpit.deploy.gate.observation import Observation, Poll, add_poll, begin_step
from cockpit.deploy.gate.sequential import CountPair
from cockpit.deploy.gate.verdict import Evidence, judge
from cockpit.deploy.policy import GatePolicy
from cockpit.deploy.tiers import Audience

POLICY = GatePolicy(ceiling=0.02, least_requests=100, fresh=60)
DT = 5.0
CALM = CountPair(1000, 4, 49_000, 196)


def watched(
    *pairs: CountPair | None, past: CountPair | None = CALM, controlled: bool = True, **poll: Any
) -> Observation:
    """An hour of clean history and then a step with these samples, five seconds apart."""
    watch = Observation()
    for minute in range(-60, 0):
        watch = add_poll(watch, Poll(60.0 * minute, past, controlled), POLICY)
    watch = begin_step(watch, 0.0, POLICY)
    for k, pair in enumerate(pairs, 1):
        watch = add_poll(watch, Poll(DT * k, pair, controlled, got=float(pair is not None), **poll), POLICY)
    return watch


def found(watch: Observation, late: float = 0.0) -> Findings:
    return evaluate(watch, (watch.last_poll_at or 0.0) + late, DT, POLICY)


def verdict(seen: Findings | None = None, **changes: Any) -> tuple[Call, str]:
    """Of a step of which all is well but for the changes."""
    calm: dict[str, Any] = {
        "step": "canary",
        "serves": Audience.PUBLIC,
        "watched": 120.0,
        "soak": 60.0,
        "desired": 1,
        "ready": 1,
        "hosts": 1,
        "smoke": "",
        "findings": seen or found(watched(*[CALM] * 24)),
        "current_for": 10.0,
    }
    said = judge(Evidence(**{**calm, **changes}), POLICY)
    return said.call, said.reason


def test_all_well_is_go_once_a_regression_is_excluded() -> None:
    assert verdict() == (
        Call.GO,
        "canary 0.40 % (96 of 24,000) vs old hosts 0.40 % over 2 min; not 2x worse (95 % sure)",
    )


def test_until_then_it_is_wait_with_what_is_still_needed() -> None:
    call, reason = verdict(found(watched(CountPair(200, 1, 9800, 39))))
    assert call is Call.WAIT
    assert reason.startswith("canary 0.50 % (1 of 200) vs old hosts 0.40 % over 5 s, 1.3x; about ")
    assert "more to rule out 2x" in reason


def test_where_errors_are_rare_go_says_that_less_is_excluded() -> None:
    rare = CountPair(1000, 0, 49_000, 1)
    call, reason = verdict(found(watched(*[rare] * 24, past=rare)))
    assert call is Call.GO
    assert "not worse by 0.1 points (95 % sure); 2x worse is still possible" in reason


def test_much_worse_than_the_old_build_is_roll_back_also_before_the_soak_and_while_hosts_move() -> None:
    bad = found(watched(*[CountPair(1000, 20, 49_000, 196)] * 5))
    call, reason = verdict(bad, watched=5.0, ready=0, stragglers=("canary-1 (warming)",))
    assert call is Call.ROLL_BACK
    assert reason == (
        "canary 2.00 % (100 of 5,000) vs old hosts 0.40 % over 25 s, 5.0x; "
        "fewer than 1 clean step in 2,000 is stopped like this"
    )


def test_what_may_still_be_chance_is_hold() -> None:
    call, reason = verdict(found(watched(*[CountPair(1000, 20, 49_000, 196)] * 2)))
    assert call is Call.HOLD
    assert "of 2,000), not" not in reason


def test_fewer_errors_than_the_least_are_never_roll_back() -> None:
    silent = CountPair(1000, 0, 49_000, 0)
    four = watched(*[CountPair(50, 1, 49_000, 0)] * 4, past=silent)
    sure = replace(four, bets=replace(four.bets, unspent=1e9))
    assert verdict(found(sure))[0] is Call.HOLD


def test_an_excess_that_hurts_nobody_is_never_roll_back() -> None:
    tiny = watched(*[CountPair(1_000_000, 60, 49_000_000, 980)] * 40, past=CountPair(1_000_000, 20, 49_000_000, 980))
    assert found(tiny).worse > 2000
    assert verdict(found(tiny))[0] is Call.HOLD


def test_what_hits_old_and_new_hosts_at_once_is_not_this_build_alone() -> None:
    call, reason = verdict(found(watched(*[CALM] * 20, *[CountPair(1000, 40, 49_000, 1960)] * 24)))
    assert call is Call.HOLD
    assert "both builds fail" in reason


def test_without_old_hosts_it_is_compared_with_its_own_history_and_the_ceiling_decides() -> None:
    def alone(errors: int) -> Findings:
        return found(watched(*[CountPair(1000, errors, 0, 0)] * 24, past=CountPair(1000, 4, 0, 0), controlled=False))

    assert verdict(alone(40))[0] is Call.ROLL_BACK
    call, reason = verdict(alone(15))
    assert call is Call.HOLD
    assert "vs its own 0.40 % (60 min of history)" in reason
    assert verdict(alone(4))[0] is Call.GO


def test_without_old_hosts_and_without_history_it_is_hold_and_says_what_is_needed() -> None:
    call, reason = verdict(found(watched(*[CountPair(1000, 4, 0, 0)] * 24, past=None, controlled=False)))
    assert call is Call.HOLD
    assert "leave some hosts on the old build, or let the engine watch this tier before the deploy" in reason


def test_a_bad_host_is_named_and_is_not_the_build() -> None:
    bad = (("web-1", 250.0, 1.0), ("web-2", 250.0, 1.0), ("web-3", 250.0, 28.0), ("web-4", 250.0, 1.0))
    call, reason = verdict(found(watched(*[CountPair(1000, 31, 49_000, 196)] * 12, hosts=bad)))
    assert call is Call.HOLD
    assert "no worse without web-3: check web-3, not the build" in reason


def test_a_bad_build_on_many_hosts_is_the_build() -> None:
    bad = tuple((f"web-{n}", 250.0, 8.0) for n in range(4))
    assert verdict(found(watched(*[CountPair(1000, 32, 49_000, 196)] * 12, hosts=bad)))[0] is Call.ROLL_BACK


def test_a_route_that_fails_wholly_is_found_although_it_is_a_hundredth_of_the_traffic() -> None:
    pair = CountPair(1000, 5, 49_000, 196)
    routes = (("/", CountPair(999, 4, 48_951, 196)), ("/rare", CountPair(1, 1, 49, 0)))
    without, by_route = watched(*[pair] * 12), watched(*[pair] * 12, routes=routes, route_count=40)
    assert found(by_route).worse > 20 > found(without).worse
    assert found(watched(*[pair] * 12, routes=routes[:1], route_count=40)).worse < 2


def test_evidence_against_the_build_that_is_not_enough_keeps_it_from_going() -> None:
    watch = watched(*[CALM] * 24)
    nearly = found(replace(watch, bets=replace(watch.bets, unspent=10.0)))
    assert verdict(nearly)[0] is Call.WAIT


BAD = CountPair(1000, 20, 49_000, 196)


@pytest.mark.parametrize(
    ("pairs", "late", "words"),
    [
        ([*[BAD] * 20, *[None] * 13], 0.0, "last usable sample 65 s old"),
        ([BAD] * 20, 61.0, "last usable sample 61 s old"),
        ([None] * 20, 0.0, "no usable sample for 2 min"),
        ([BAD, None, BAD] * 8, 0.0, "67 % of the samples"),
        ([*[BAD] * 8, *[CountPair(0, 0, 49_000, 196)] * 16], 0.0, "no traffic on the new build for 60 s"),
        ([*[BAD] * 8, *[CountPair(1000, 20, 0, 0)] * 16], 0.0, "no traffic on the old hosts for 60 s"),
    ],
)
def test_bad_or_missing_data_holds_whatever_the_evidence_was(
    pairs: list[CountPair | None], late: float, words: str
) -> None:
    call, reason = verdict(found(watched(*pairs), late))
    assert call is Call.HOLD
    assert words in reason


def test_the_newest_sample_must_be_current_for_go() -> None:
    assert verdict(found(watched(*[CALM] * 24), 10.0))[0] is Call.GO
    assert verdict(found(watched(*[CALM] * 24), 11.0))[0] is Call.WAIT
    assert verdict(found(watched(*[CALM] * 24, None)))[0] is Call.WAIT


def test_a_build_without_a_request_at_this_moment_is_not_go() -> None:
    assert verdict(found(watched(*[CALM] * 24, *[CountPair(0, 0, 49_000, 196)] * 2)))[0] is Call.WAIT
    assert verdict(found(watched(*[CALM] * 24, *[CountPair(1000, 4, 0, 0)] * 2)))[0] is Call.WAIT


def test_a_fleet_that_always_fails_more_often_than_the_ceiling_is_no_news() -> None:
    usual = CountPair(1000, 50, 49_000, 2450)
    assert verdict(found(watched(*[usual] * 48, past=usual)))[0] is Call.GO
    assert verdict(found(watched(*[usual] * 48, past=None)))[0] is Call.HOLD


def test_a_build_that_is_clearly_worse_is_so_also_while_both_are_bad() -> None:
    assert verdict(found(watched(*[CountPair(1000, 100, 49_000, 980)] * 24)))[0] is Call.ROLL_BACK


def test_before_the_first_sample_it_is_wait() -> None:
    assert verdict(found(watched()), watched=3.0) == (
        Call.WAIT,
        "no data: no usable sample of the error counters yet",
    )


def test_requests_are_counted_and_none_is_never_enough() -> None:
    assert verdict(found(watched(CountPair(99, 0, 4900, 20))))[1] == "99 of 100 requests needed on the new build"
    nothing = found(watched(CountPair(0, 0, 4900, 20)))
    calm = Evidence("canary", Audience.PUBLIC, 9, 1, 1, 1, 1, smoke="", findings=nothing)
    assert judge(calm, GatePolicy(least_requests=0)).call is Call.WAIT


@pytest.mark.parametrize(
    ("unsettled", "words"),
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
        "watched": 90.0,
        "soak": 0.0,
        "findings": None,
    }
    assert verdict(**staging, smoke=None) == (Call.WAIT, "smoke test running")
    assert verdict(**staging)[0] is Call.GO
