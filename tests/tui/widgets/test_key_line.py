"""A click on a title belongs to the key before it."""

import pytest

from cockpit.tui.widgets.key_line import key_at
from cockpit.views.rows import Line, Span, Tone


@pytest.mark.parametrize(
    ("x", "key"), [(0, ""), (1, "a"), (5, "a"), (11, "f"), (14, "f"), (20, "f"), (21, ""), (40, "")]
)
def test_a_title_belongs_to_the_key_before_it(x: int, key: str) -> None:
    refused: Line = (Span("f", Tone.DIM), Span(" finish  ", Tone.DIM))
    line: Line = (Span(" "), Span("a", Tone.KEY), Span(" advance "), *refused, Span("    "))
    assert key_at(line, x) == key
