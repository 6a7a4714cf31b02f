"""What a terminal can show, by its environment variables."""

import pytest

from cockpit.tui.terminal.capabilities import colours, few_glyphs, refuse_terminal


@pytest.mark.parametrize(
    ("env", "count", "few"),
    [
        ({"NO_COLOR": "1", "COLORTERM": "truecolor"}, 0, False),
        ({"NO_COLOR": "", "TERM": "xterm-256color"}, 256, False),
        ({"COLORTERM": "truecolor", "TERM": "xterm-256color"}, 1 << 24, False),
        ({"TERM": "tmux-256color"}, 256, False),
        ({"TERM": "screen"}, 16, False),
        ({"TERM": "xterm"}, 16, False),
        ({"TERM": "linux"}, 16, True),
        ({}, 16, False),
    ],
)
def test_colours_and_glyphs_are_read_from_the_environment(env: dict[str, str], count: int, few: bool) -> None:
    assert (colours(env), few_glyphs(env)) == (count, few)


def test_a_terminal_that_cannot_show_the_screen_is_refused_with_the_reason() -> None:
    assert refuse_terminal({"TERM": "xterm-256color"}, True) == ""
    assert "TERM=dumb" in refuse_terminal({"TERM": "dumb"}, True)
    assert "TERM is not set" in refuse_terminal({}, True)
    assert "needs a terminal" in refuse_terminal({"TERM": "xterm"}, False)
