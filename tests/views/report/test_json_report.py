"""The report as JSON."""

from cockpit.views.report.json_report import report
from tests.builders import POLICY
from tests.recorded_releases import clean, pages, rolled_back


def test_a_value_not_on_record_is_null() -> None:
    (incident,) = report(rolled_back(), POLICY, (), {})["incidents"]
    assert (incident["excess_errors"], incident["errors_began"], incident["time_to_detect"]) == (None, None, 130.0)


def test_recorded_traffic_gives_errors_and_times() -> None:
    (incident,) = report(rolled_back(), POLICY, pages(), {})["incidents"]
    assert (incident["excess_errors"], incident["time_to_detect"], incident["time_to_restore"]) == (38, 20.0, 35.0)


def test_a_release_without_a_withdrawn_build_has_no_incident() -> None:
    assert report(clean(), POLICY, (), {})["incidents"] == []
