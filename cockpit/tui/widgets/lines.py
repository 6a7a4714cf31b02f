"""Rows of toned text, painted with Textual's line API: only changed rows are repainted."""

from itertools import zip_longest

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from cockpit.tui.theme.textual_theme import Palette
from cockpit.views.rows import EMPTY, Line, Tone

DIFF_TONES = (Tone.ADDED, Tone.REMOVED)


class Lines(Widget):
    """Shows lines literally, never as markup."""

    def __init__(self, palette: Palette, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._palette = palette
        self._lines: tuple[Line, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """The shown lines."""
        return self._lines

    def show(self, lines: tuple[Line, ...]) -> None:
        """Show these lines; unchanged rows are not repainted."""
        old, self._lines = self._lines, lines
        width = self.size.width
        changed = [
            Region(0, y, width, 1)
            for y, (then, now) in enumerate(zip_longest(old, lines, fillvalue=EMPTY))
            if then != now
        ]
        if changed:
            self.refresh(*changed)

    def apply_palette(self, palette: Palette) -> None:
        """Repaint in another theme."""
        self._palette = palette
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return one row of the widget."""
        return self.paint(self._lines[y] if y < len(self._lines) else EMPTY)

    def paint(self, line: Line) -> Strip:
        """Return a line in the theme's styles, as wide as the widget, over its background."""
        strip = Strip([Segment(span.text, self._palette[span.tone]) for span in line])
        return strip.adjust_cell_length(self.size.width).apply_style(self.background_style(line))

    def background_style(self, line: Line) -> Style:
        """Return the background of a line: the widget's, or a diff's for added and removed lines."""
        sign = next((span.tone for span in line[:2] if span.tone in DIFF_TONES and span.text in {"+ ", "- "}), None)
        if sign is None:
            return self.rich_style
        return self.rich_style + Style(bgcolor=self._palette[sign].bgcolor)
