"""Lines drawn as braille characters."""

from cockpit.tui.widgets.braille import raster


def test_a_line_reaches_from_the_bottom_to_the_top() -> None:
    rows = raster((0.0, 0.02, 0.04), 0.04, 20, 5)
    assert [len(row) for row in rows] == [20] * 5
    assert rows[0].rstrip() != rows[0] or rows[0][-1] != " "
    assert rows[4][0] != " "


def test_a_missing_value_leaves_a_gap_in_the_line() -> None:
    (row,) = raster((0.0, None, 0.0), 0.04, 21, 1)
    assert row[10] == " "
    assert row.strip() != ""


def test_missing_values_draw_nothing() -> None:
    assert raster((None, None), 0.04, 8, 2) == (" " * 8, " " * 8)


def test_values_above_the_top_are_drawn_at_the_top() -> None:
    rows = raster((0.9, 0.9), 0.04, 8, 4)
    assert rows[0].strip()
    assert not "".join(rows[1:]).strip()
