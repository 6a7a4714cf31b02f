"""Past releases and the events of one release."""

from cockpit.views import history
from cockpit.views.rows import plain
from tests.builders import at_production, host_failed, hotfixed


def test_releases_are_listed_newest_first() -> None:
    lines = plain(history.releases(hotfixed(), 80)).splitlines()
    assert lines[0].startswith("2026-11-23.3")
    assert "1 reverted" in lines[0]
    assert lines[-1].split()[2] == "finished"


def test_the_columns_stay_apart_at_the_longest_step() -> None:
    assert "open at production 100 % 8 PRs" in plain(history.releases(at_production(100), 80))


def test_the_output_of_a_failure_is_listed_line_by_line() -> None:
    release = host_failed().open
    assert release is not None
    lines = plain(history.events(release, 80)).splitlines()
    assert any(line.strip() == "Traceback: no module named shop" for line in lines)
