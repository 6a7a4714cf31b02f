"""A PR's description as a forge gives it: cleaned line by line, and no book."""

import pytest

from cockpit.deploy.pulls.reviews import MAX_BODY_LINES, description


def test_it_is_cleaned_line_by_line() -> None:
    assert description("\r\nWhy\r\n\r\n\x1b[2Jwipe \u202ethis\r\n") == ("Why", "", "wipe this")


def test_a_book_is_cut_short() -> None:
    assert len(description("line\n" * 5000)) == MAX_BODY_LINES


@pytest.mark.parametrize("told", [None, "", " \n ", 3, ["a"], {"b": 1}])
def test_what_is_no_text_is_nothing(told: object) -> None:
    assert description(told) == ()
