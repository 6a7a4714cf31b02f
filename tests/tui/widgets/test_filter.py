"""The text of a filter and the rows it matches."""

from cockpit.tui.widgets.filter import MAX_LENGTH, FilterInput, with_count
from cockpit.views.rows import length, plain, rule


def test_a_filter_has_a_maximum_length_and_the_heading_keeps_its_width() -> None:
    filter_ = FilterInput(typing=True)
    for _ in range(100):
        filter_ = filter_.with_typed("x")
    assert len(filter_.text) == MAX_LENGTH
    heading = rule("PULL REQUESTS", (), 60)
    assert length(with_count(heading, 7, 60)) == length(heading) == 60
    assert plain((with_count(rule("PULL REQUESTS", (), 14), 7, 60),)) == "PULL REQUESTS  7 of 60"


def test_rows_of_one_name_stay_together() -> None:
    assert FilterInput("b").matching_rows(("one", "one", "two"), ("a", "b", "c")) == (0, 1)
