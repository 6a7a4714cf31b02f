"""The chart draws markers, ceiling and both builds, each in its tone."""

from dataclasses import replace

import pytest

from cockpit.tui.widgets.braille import raster
from cockpit.tui.widgets.error_chart import MARGIN, draw
from cockpit.views.chart import Chart, chart
from cockpit.views.rows import Tone, length, plain
from tests.builders import SCENES, hold_at_dogfood, no_data

CALM = Chart("ERRORS canary", (0.0, 0.01, 0.01), (0.0, 0.0, 0.0), 0.02, 0.04, 120.0, ((0.5, "canary"),))


def test_the_ceiling_has_its_tone_and_label() -> None:
    lines = draw(CALM, 60, 9, raster)
    row = next(line for line in lines if "2 %" in plain((line,)))
    assert any(span.tone is Tone.CEILING and "┄" in span.text for span in row)


def test_a_step_is_labelled_if_the_plot_is_wide_enough() -> None:
    lines = draw(CALM, 60, 9, raster)
    assert "┊canary" in plain(lines)
    assert "canary" not in plain(draw(CALM, 17, 9, raster)[1:])


def test_the_new_build_is_drawn_over_the_old() -> None:
    same = Chart("ERRORS", (0.01, 0.01), (0.01, 0.01), 0.02, 0.04, 60.0, ())
    tones = {span.tone for line in draw(same, 40, 8, raster)[1:] for span in line}
    assert Tone.NEW in tones
    assert Tone.OLD not in tones


def test_the_reason_for_missing_data_is_written_into_the_plot() -> None:
    assert "no host answered" in plain(draw(chart(no_data(), "canary"), 60, 9, raster))


def test_without_lines_the_chart_shows_scale_and_ceiling() -> None:
    text = plain(draw(chart(hold_at_dogfood(), "dogfood"), 60, 9, None))
    assert "┄" in text
    assert "now" in text


@pytest.mark.parametrize("scene", SCENES)
def test_the_chart_never_exceeds_its_size(scene: str) -> None:
    shown = chart(SCENES[scene](), "canary")
    for width in (1, 7, 13, 14, 31, 90):
        for height in (1, 2, 3, 4, 7, 20):
            lines = draw(shown, width, height, raster)
            assert len(lines) <= height
            assert all(length(line) <= width for line in lines)


def test_alerts_are_marked_and_failed_requests_are_counted_on_the_time_axis() -> None:
    marked = replace(CALM, alerts=((0.5, "HighLatency (4 min)"),), failed_requests=1234)
    rows = ["".join(span.text for span in line) for line in draw(marked, 60, 8, None)]
    assert "1,234 failed requests" in rows[-1]
    assert rows[-2][MARGIN:].strip() == "!"
