"""The chart lays ceiling, markers and both builds over each other, each in its tone."""

from dataclasses import replace

import pytest

from cockpit.tui.widgets.braille import raster
from cockpit.tui.widgets.error_chart import MARGIN, draw
from cockpit.views.chart import Chart, chart
from cockpit.views.rows import Tone, length, plain
from tests.builders import SCENES, hold_at_dogfood, no_data

CALM = Chart("ERRORS canary", (0.0, 0.01, 0.01), (0.0, 0.0, 0.0), 0.02, 0.04, 120.0, ((0.5, "canary"),))


def test_lines_are_drawn_from_the_foot_to_the_top() -> None:
    rows = raster((0.0, 0.02, 0.04), 0.04, 20, 5)
    assert [len(row) for row in rows] == [20] * 5
    assert rows[0].rstrip() != rows[0] or rows[0][-1] != " "
    assert rows[4][0] != " "


def test_a_line_is_broken_where_nothing_is_known() -> None:
    (row,) = raster((0.0, None, 0.0), 0.04, 21, 1)
    assert row[10] == " "
    assert row.strip() != ""


def test_nothing_known_draws_nothing() -> None:
    assert raster((None, None), 0.04, 8, 2) == (" " * 8, " " * 8)


def test_what_is_over_the_top_stays_at_the_top() -> None:
    rows = raster((0.9, 0.9), 0.04, 8, 4)
    assert rows[0].strip()
    assert not "".join(rows[1:]).strip()


def test_the_ceiling_is_drawn_in_its_tone_with_its_number() -> None:
    lines = draw(CALM, 60, 9, raster)
    row = next(line for line in lines if "2 %" in plain((line,)))
    assert any(span.tone is Tone.CEILING and "┄" in span.text for span in row)


def test_a_step_is_marked_by_its_name_where_there_is_room() -> None:
    lines = draw(CALM, 60, 9, raster)
    assert "┊canary" in plain(lines)
    assert "canary" not in plain(draw(CALM, 17, 9, raster)[1:])


def test_new_lies_over_old() -> None:
    same = Chart("ERRORS", (0.01, 0.01), (0.01, 0.01), 0.02, 0.04, 60.0, ())
    tones = {span.tone for line in draw(same, 40, 8, raster)[1:] for span in line}
    assert Tone.NEW in tones
    assert Tone.OLD not in tones


def test_what_is_missing_stands_in_the_plot() -> None:
    assert "no host answered" in plain(draw(chart(no_data(), "canary"), 60, 9, raster))


def test_until_it_can_draw_it_shows_scale_and_ceiling() -> None:
    text = plain(draw(chart(hold_at_dogfood(), "dogfood"), 60, 9, None))
    assert "┄" in text
    assert "now" in text


@pytest.mark.parametrize("scene", SCENES)
def test_every_size_is_kept(scene: str) -> None:
    shown = chart(SCENES[scene](), "canary")
    for width in (1, 7, 13, 14, 31, 90):
        for height in (1, 2, 3, 4, 7, 20):
            lines = draw(shown, width, height, raster)
            assert len(lines) <= height
            assert all(length(line) <= width for line in lines)


def test_alerts_are_marks_and_what_the_release_burnt_stands_at_the_time_it_was_in() -> None:
    marked = replace(CALM, alerts=((0.5, "HighLatency (4 min)"),), failed_requests=1234)
    rows = ["".join(span.text for span in line) for line in draw(marked, 60, 8, None)]
    assert "1,234 requests burnt" in rows[-1]
    assert rows[-2][MARGIN:].strip() == "!"
