"""The ids of releases."""

from cockpit.rules import decisions
from tests.scenario import Scenario


def test_the_releases_of_a_day_are_numbered() -> None:
    scenario = Scenario().at_staging()
    assert [release.id for release in scenario.snapshot.log.value.releases] == ["2026-11-22.1", "2026-11-22.2"]


def test_a_clock_that_was_set_back_opens_no_release_before_the_last() -> None:
    scenario = Scenario().installed()
    scenario.wait(-86_400)
    scenario.run(decisions.start)
    assert scenario.release.id == "2026-11-22.2"
    assert scenario.snapshot.open is not None
