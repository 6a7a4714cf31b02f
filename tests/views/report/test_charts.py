"""The charts of a release from its recorded traffic."""

from cockpit.deploy.record.traffic_pages import buckets
from cockpit.views.report.charts import chart_marks, drawings
from tests.builders import POLICY
from tests.recorded_releases import NOON, pages, rolled_back


def test_every_serving_tier_with_traffic_has_a_chart() -> None:
    charts = dict(drawings(rolled_back(), POLICY, tuple(buckets(pages()))))
    assert list(charts) == ["canary", "production"]
    assert max(rate for _, rate in charts["canary"].new if rate is not None) > POLICY.gate.ceiling
    assert drawings(rolled_back(), POLICY, ()) == ()


def test_marks_are_steps_bad_verdicts_rollbacks_and_restorations() -> None:
    marks = [(at - NOON, text) for at, text in chart_marks(rolled_back())]
    assert [text for _, text in marks] == ["staging", "dogfood", "canary", "ROLL BACK", "rolled back", "all hosts back"]
    assert marks == sorted(marks)
