"""Times in the past, as people write them."""

import pytest

from cockpit.cli.time_argument import parse_time
from tests.recorded_releases import NOON


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("now", NOON), ("7d", NOON - 7 * 86_400), ("36h ago", NOON - 36 * 3600), ("90m", NOON - 5400),
        ("90s", NOON - 90), ("30min", NOON - 1800), ("1.5 h", NOON - 5400), ("12:30", NOON - 84_600),
        ("11:30", NOON - 1800), ("2026-11-23", NOON - 12 * 3600),
        ("2026-11-23T12:00", NOON), ("2026-11-23T12:00+01:00", NOON - 3600),
    ],
)  # fmt: skip
def test_a_time_is_a_date_a_time_of_day_or_an_age(text: str, at: float) -> None:
    assert parse_time(text, NOON) == at


@pytest.mark.parametrize(
    "text",
    ["", "soon", "7y", "5 weeks", "25:00", "2026-13-01", "-1d", "\x1b[2J", "999999d", "0001-01-01", "9999-12-31"],
)
def test_an_invalid_time_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(ValueError, match=r"invalid time .*: use 14:30, 2h or 2026-11-23T14:30") as refused:
        parse_time(text, NOON)
    assert "\x1b" not in str(refused.value)
