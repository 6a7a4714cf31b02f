"""Times are parsed and formatted."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cockpit.deploy.schedule.time_format import format_time, format_utc, parse_time

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 10, 24, 22, 30, tzinfo=BERLIN).timestamp()
"""The evening before the clock is set back."""


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("2h", "2026-10-24T22:30"),
        ("1h30m", "2026-10-24T22:00"),
        ("90min", "2026-10-24T22:00"),
        ("2d", "2026-10-26T20:30"),
        ("23:15", "2026-10-24T21:15"),
        ("22:30", "2026-10-25T21:30"),  # not now: tomorrow, which is an hour longer
        ("2:30", "2026-10-25T00:30"),  # the first of the two
        ("2026-12-01T09:00", "2026-12-01T08:00"),
        ("2026-12-01 09:00", "2026-12-01T08:00"),
        ("2026-12-01T09:00+05:30", "2026-12-01T03:30"),
        ("2026-12-01T09:00Z", "2026-12-01T09:00"),
        ("2026-12-01", "2026-11-30T23:00"),
    ],
)
def test_each_form_of_a_time_is_parsed_in_the_teams_zone(text: str, means: str) -> None:
    assert parse_time(text, NOW, BERLIN) == datetime.fromisoformat(means).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "text", ["", "soon", "25:00", "12:60", "h2", "2x", "-2h", "2026-13-01", "\u0662h", "9" * 40, "2h later"]
)
def test_an_invalid_time_is_none(text: str) -> None:
    assert parse_time(text, NOW, BERLIN) is None


def test_a_time_has_its_weekday_and_zone_and_its_date_if_it_is_far() -> None:
    assert format_time(NOW, NOW, BERLIN) == "Sat 22:30 CEST"
    assert format_time(NOW + 86400, NOW, BERLIN) == "Sun 21:30 CET"
    assert format_time(NOW + 40 * 86400, NOW, BERLIN) == "Thu 3 Dec 21:30 CET"
    assert format_time(NOW, NOW, ZoneInfo("Asia/Kolkata")) == "Sun 02:00 IST"


def test_a_time_out_of_range_is_still_formatted() -> None:
    assert format_utc(1e300).startswith("9999")
    assert format_utc(float("nan")).startswith("9999")
