"""A PR's description as a forge gives it: cleaned line by line, and no book."""

import pytest

from cockpit.deploy.pulls.reviews import MAX_BODY_LINES, description


def test_a_description_is_cleaned_line_by_line() -> None:
    assert description("\r\nWhy\r\n\r\n\x1b[2Jwipe \u202ethis\r\n") == ("Why", "", "wipe this")


def test_a_long_description_is_truncated() -> None:
    assert len(description("line\n" * 5000)) == MAX_BODY_LINES


@pytest.mark.parametrize("told", [None, "", " \n ", 3, ["a"], {"b": 1}])
def test_a_description_that_is_no_text_is_empty(told: object) -> None:
    assert description(told) == ()
