"""Charts as SVG."""

from xml.etree import ElementTree

from cockpit.views.report.svg import Drawing, svg
from tests.views.report.hostile import EVIL


def test_the_svg_is_well_formed_with_any_text_and_shows_gaps_as_gaps() -> None:
    points = ((0.0, 0.01), (10.0, 0.02), (20.0, None), (30.0, 0.5))
    image = svg(Drawing(EVIL, points, ((0.0, None), (30.0, None)), 0.02, ((15.0, EVIL), (1e9, "outside"))))
    root = ElementTree.fromstring(image)  # noqa: S314 - our own image
    kinds = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert kinds.count("polyline") == 1
    assert kinds.count("circle") == 1
    assert "script" not in kinds


def test_an_empty_chart_is_a_valid_svg() -> None:
    ElementTree.fromstring(svg(Drawing("empty", (), (), 0.02)))  # noqa: S314 - our own image
