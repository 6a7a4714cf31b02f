"""The scale of the chart is fixed until there are enough errors."""

from dataclasses import replace

from cockpit.deploy.gate.alerts import Alert
from cockpit.deploy.gate.traffic import Count, Sample, Traffic
from cockpit.deploy.snapshot import Seen
from cockpit.views.chart import chart, focused_tier
from tests.builders import NEW, NOW, at_canary, at_production, hold_at_dogfood, idle, no_data, rolled_back


def test_a_single_error_of_few_requests_does_not_move_the_scale() -> None:
    calm = at_canary()
    samples = (*calm.traffic.value.samples[:-1], Sample(NOW - 1, {("canary", NEW.id): Count(4, 1)}))
    noisy = replace(calm, traffic=Seen(Traffic(samples), NOW - 1))
    assert chart(noisy, "canary").top == 0.04


def test_an_incident_raises_the_scale() -> None:
    shown = chart(hold_at_dogfood(), "dogfood")
    assert shown.top >= 0.08
    assert shown.ceiling == 0.02


def test_a_tier_without_traffic_has_no_points() -> None:
    shown = chart(at_canary(), "staging")
    assert not shown.new
    assert shown.error == "this tier serves no traffic"


def test_missing_counters_are_named() -> None:
    assert "no host answered" in chart(no_data(), "canary").error
    assert chart(at_production(), "production").error == "no counters from web-07"


def test_steps_and_rollbacks_are_marked_at_their_time() -> None:
    steps = chart(rolled_back(), "canary").steps
    assert steps[-1][1] == "rolled back"
    assert all(0 <= place <= 1 for place, _ in steps)
    assert [place for place, _ in steps] == sorted(place for place, _ in steps)


def test_the_chart_follows_the_release_until_a_tier_is_chosen() -> None:
    assert focused_tier(at_canary()) == "canary"
    assert focused_tier(at_canary(), "dogfood") == "dogfood"
    assert focused_tier(at_canary(), "no such tier") == "canary"
    assert focused_tier(idle()) == "production"


def test_alerts_are_marked_at_their_start_and_silenced_ones_are_not() -> None:
    fired = (Alert("Slow", NOW - 30), Alert("Known", NOW - 30, silenced=True), Alert("Old", NOW - 86_400))
    marks = chart(replace(at_canary(), alerts=Seen(fired, NOW)), "canary").alerts
    assert marks[0][0] == 0.0
    assert [text for _, text in marks] == ["Old (24 h)", "Slow (30 s)"]
    assert 0.5 < marks[1][0] < 1


def test_failed_requests_are_those_beyond_the_old_rate() -> None:
    assert chart(hold_at_dogfood(), "dogfood").failed_requests is not None
    assert (chart(hold_at_dogfood(), "dogfood").failed_requests or 0) > 10
    assert chart(no_data(), "canary").failed_requests is None
