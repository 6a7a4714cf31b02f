"""Rows with tones, painted by the line API: only rows that changed are painted again."""

from itertools import zip_longest

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from cockpit.tui.theme.textual_theme import Palette
from cockpit.views.rows import EMPTY, Line, Tone

SIGNS = (Tone.ADDED, Tone.REMOVED)


class Lines(Widget):
    """Shows lines as they are, never as markup."""

    def __init__(self, palette: Palette, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._palette = palette
        self._lines: tuple[Line, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown."""
        return self._lines

    def show(self, lines: tuple[Line, ...]) -> None:
        """Show these; rows that are as they were are left alone."""
        old, self._lines = self._lines, lines
        width = self.size.width
        changed = [
            Region(0, y, width, 1)
            for y, (then, now) in enumerate(zip_longest(old, lines, fillvalue=EMPTY))
            if then != now
        ]
        if changed:
            self.refresh(*changed)

    def wear(self, palette: Palette) -> None:
        """Paint in another theme from now on."""
        self._palette = palette
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One row of the screen."""
        return self.paint(self._lines[y] if y < len(self._lines) else EMPTY)

    def paint(self, line: Line) -> Strip:
        """A line in the theme's styles, as wide as the widget, on what lies beneath it."""
        strip = Strip([Segment(span.text, self._palette[span.tone]) for span in line])
        return strip.adjust_cell_length(self.size.width).apply_style(self.beneath(line))

    def beneath(self, line: Line) -> Style:
        """The style a line lies on: the widget's background, or that of a diff where it adds or removes."""
        sign = next((span.tone for span in line[:2] if span.tone in SIGNS and span.text in {"+ ", "- "}), None)
        if sign is None:
            return self.rich_style
        return self.rich_style + Style(bgcolor=self._palette[sign].bgcolor)
