"""The chart's scale is fixed until there are errors enough to believe."""

from dataclasses import replace

from cockpit.deploy.gate.alerts import Alert
from cockpit.deploy.gate.traffic import Count, Sample, Traffic
from cockpit.deploy.snapshot import Seen
from cockpit.views.chart import chart, focus
from tests.builders import NEW, NOW, at_canary, at_production, hold_at_dogfood, idle, no_data, rolled_back


def test_a_single_error_of_few_requests_does_not_move_the_scale() -> None:
    calm = at_canary()
    samples = (*calm.traffic.value.samples[:-1], Sample(NOW - 1, {("canary", NEW.id): Count(4, 1)}))
    noisy = replace(calm, traffic=Seen(Traffic(samples), NOW - 1))
    assert chart(noisy, "canary").top == 0.04


def test_an_incident_does() -> None:
    shown = chart(hold_at_dogfood(), "dogfood")
    assert shown.top >= 0.08
    assert shown.ceiling == 0.02


def test_a_tier_that_serves_nobody_says_so() -> None:
    shown = chart(at_canary(), "staging")
    assert not shown.new
    assert "no traffic" in shown.error


def test_what_is_missing_is_said() -> None:
    assert "no host answered" in chart(no_data(), "canary").error
    assert chart(at_production(), "production").error == "no counters from web-07"


def test_steps_and_rollbacks_are_marked_where_they_happened() -> None:
    steps = chart(rolled_back(), "canary").steps
    assert steps[-1][1] == "rolled back"
    assert all(0 <= place <= 1 for place, _ in steps)
    assert [place for place, _ in steps] == sorted(place for place, _ in steps)


def test_the_chart_follows_the_release_until_a_tier_is_chosen() -> None:
    assert focus(at_canary()) == "canary"
    assert focus(at_canary(), "dogfood") == "dogfood"
    assert focus(at_canary(), "no such tier") == "canary"
    assert focus(idle()) == "production"


def test_alerts_are_marked_where_they_began_and_silenced_ones_are_not() -> None:
    fired = (Alert("Slow", NOW - 30), Alert("Known", NOW - 30, silenced=True), Alert("Old", NOW - 86_400))
    marks = chart(replace(at_canary(), alerts=Seen(fired, NOW)), "canary").alerts
    assert marks[0][0] == 0.0
    assert [said for _, said in marks] == ["Old (24 h)", "Slow (30 s)"]
    assert 0.5 < marks[1][0] < 1


def test_what_the_release_burnt_is_what_failed_beyond_the_old_rate() -> None:
    assert chart(hold_at_dogfood(), "dogfood").burnt is not None
    assert (chart(hold_at_dogfood(), "dogfood").burnt or 0) > 10
    assert chart(no_data(), "canary").burnt is None
