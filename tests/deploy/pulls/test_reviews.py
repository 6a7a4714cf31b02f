"""Reviews from a forge: descriptions are cleaned, and states are shown as glyphs."""

import pytest

from cockpit.deploy.pulls.reviews import (
    MAX_BODY_LINES,
    Checks,
    Review,
    ReviewState,
    description,
    needs_attention,
    review_glyphs,
)


def test_a_description_is_cleaned_line_by_line() -> None:
    assert description("\r\nWhy\r\n\r\n\x1b[2Jwipe \u202ethis\r\n") == ("Why", "", "wipe this")


def test_a_long_description_is_truncated() -> None:
    assert len(description("line\n" * 5000)) == MAX_BODY_LINES


@pytest.mark.parametrize("body", [None, "", " \n ", 3, ["a"], {"b": 1}])
def test_a_description_that_is_no_text_is_empty(body: object) -> None:
    assert description(body) == ()


def test_only_an_approved_and_green_pr_needs_no_attention() -> None:
    def review(state: ReviewState, checks: Checks) -> Review:
        return Review(7, "Title", "ann", "https://forge/7", state, checks)

    good = review(ReviewState.APPROVED, Checks.GREEN)
    assert (review_glyphs(good), needs_attention(good)) == ("✓✓", False)
    red = review(ReviewState.APPROVED, Checks.RED)
    assert (review_glyphs(red), needs_attention(red)) == ("✓✗", True)
    assert (review_glyphs(None), needs_attention(None)) == ("??", True)
