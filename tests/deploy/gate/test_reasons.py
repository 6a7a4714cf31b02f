from msgspec.structs import replace

from cockpit.deploy.gate.reasons import comparison, false_alarm_rate, go_reason, wait_reason
from cockpit.deploy.gate.sequential import CountPair
from tests.deploy.gate.observed import CALM, POLICY, findings_of, observed


def test_a_comparison_has_both_rates_the_span_and_the_ratio() -> None:
    text = comparison("canary", findings_of(observed(*[CountPair(1000, 20, 49_000, 196)] * 5)))
    assert text == "canary 2.00 % (100 of 5,000) vs old hosts 0.40 % over 25 s, 5.0x"


def test_an_equal_build_has_no_ratio() -> None:
    text = comparison("canary", findings_of(observed(*[CALM] * 5)))
    assert text == "canary 0.40 % (20 of 5,000) vs old hosts 0.40 % over 25 s"


def test_the_false_alarm_rate_is_one_step_in_a_number() -> None:
    assert false_alarm_rate(0.0005) == "fewer than 1 clean step in 2,000 is stopped like this"


def test_go_without_traffic_rests_on_the_smoke_test() -> None:
    assert go_reason("staging", 1, None, POLICY) == "smoke test passed, 1 host ready"


def test_a_wait_says_how_many_requests_are_needed_and_how_long_that_takes() -> None:
    text = wait_reason("canary", findings_of(observed(CountPair(200, 1, 9800, 39))), POLICY)
    assert "; about " in text
    assert text.endswith(" more to rule out 2x or +0.1 points")


def test_a_wait_gives_a_time_only_if_requests_arrive() -> None:
    findings = replace(findings_of(observed(CALM)), requests_needed=1200.0, request_rate=10.0)
    assert "; about 1,200 requests (2 min) more " in wait_reason("canary", findings, POLICY)
    assert "; about 1,200 requests more " in wait_reason("canary", replace(findings, request_rate=0.0), POLICY)
