"""Lines are shown literally, and only changed rows are repainted."""

from collections.abc import AsyncIterator

import pytest
from textual.app import App, ComposeResult

from cockpit.tui.theme.textual_theme import palette
from cockpit.tui.theme.theme_file import load_themes
from cockpit.tui.widgets.lines import Lines
from cockpit.views.rows import Line, Span, Tone
from tests.tui.screens import THEMES

PALETTE = palette(load_themes([THEMES])["dark"])


@pytest.fixture
async def lines() -> AsyncIterator[Lines]:
    class LinesApp(App[None]):
        def compose(self) -> ComposeResult:
            yield Lines(PALETTE)

    app = LinesApp()
    async with app.run_test(size=(20, 4)):
        yield app.query_one(Lines)


async def test_text_is_never_read_as_markup(lines: Lines) -> None:
    lines.show(((Span("[red]x[/]"),),))
    assert lines.render_line(0).text == "[red]x[/]".ljust(20)
    assert lines.render_line(1).text == " " * 20


async def test_only_changed_rows_are_repainted(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    lines.show(((Span("a"),), (Span("b"),)))
    repainted: list[int] = []
    monkeypatch.setattr(lines, "refresh", lambda *regions: repainted.extend(region.y for region in regions))
    lines.show(((Span("a"),), (Span("c"),), (Span("d"),)))
    assert repainted == [1, 2]


async def test_added_and_removed_lines_of_a_diff_have_their_background(lines: Lines) -> None:
    def background(line: Line) -> object:
        return lines.background_style(line).bgcolor

    assert background((Span("+ ", Tone.ADDED), Span("x"))) == PALETTE[Tone.ADDED].bgcolor
    assert background((Span("- ", Tone.REMOVED), Span("x"))) == PALETTE[Tone.REMOVED].bgcolor
    assert background((Span("x"),)) == lines.rich_style.bgcolor
