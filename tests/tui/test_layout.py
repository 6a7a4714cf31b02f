"""Panels by the size of the terminal: the important ones stay longest."""

import pytest

from cockpit.tui.layout import PANELS, arrange


@pytest.mark.parametrize("width", [1, 20, 67, 68, 80, 120, 160, 250])
@pytest.mark.parametrize("height", range(1, 70, 3))
def test_boxes_fill_the_terminal_and_never_overlap(width: int, height: int) -> None:
    places = arrange(width, height, 4, 7, charts=3)
    taken: set[tuple[int, int]] = set()
    for name, box in (*((name, places.box(name)) for name in PANELS), *(("more", box) for box in places.more_charts)):
        cells = {(x, y) for x in range(box.x, box.x + box.width) for y in range(box.y, box.y + box.height)}
        assert not cells & taken, name
        assert all(x < width and y < height for x, y in cells), name
        taken |= cells


def test_at_80_by_24_every_panel_is_shown() -> None:
    places = arrange(80, 24, 4, 7)
    assert [places.box(name).height for name in PANELS] == [3, 2, 5, 7, 7, 5, 2]
    assert not places.roomy


def test_a_large_terminal_gives_tiers_two_rows_and_separates_the_panels() -> None:
    places = arrange(160, 45, 4, 7)
    assert places.roomy
    assert places.tiers.height == 8
    assert places.pulls.height >= 12
    assert places.log.height >= 8


def test_the_smallest_terminal_keeps_the_headline() -> None:
    places = arrange(20, 3, 4, 7)
    assert places.headline.height >= 2
    assert places.log.height == 0


def test_at_200_by_60_there_are_three_charts_and_the_events_stand_beside_the_prs() -> None:
    places = arrange(200, 60, 4, 7, charts=3)
    row = (places.chart, *places.more_charts)
    assert len(row) == 3
    assert {box.y for box in row} == {places.chart.y}
    assert max(box.width for box in row) - min(box.width for box in row) <= 1
    assert row[-1].x + row[-1].width == 200
    assert places.log.y == places.pulls.y
    assert places.log.x > places.pulls.x + places.pulls.width
    assert places.chart.height + places.pulls.height > 35, "nothing of the room is left over"


def test_a_maximised_panel_fills_the_space_between_headline_and_footer() -> None:
    places = arrange(200, 60, 4, 7, charts=3).maximised("log")
    assert places.log.height == 60 - 3 - 2
    assert places.more_charts == ()
    assert all(places.box(name).width == 0 for name in ("timeline", "tiers", "pulls", "chart"))
