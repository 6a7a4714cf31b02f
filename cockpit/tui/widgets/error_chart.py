"""The error-rate chart: lines drawn elsewhere, and around them what they are to be measured against.

Tones are laid in one order: step markers behind, the ceiling over them, the old build, and the new build on top.
"""

from collections.abc import Callable
from itertools import groupby

from textual import events

from cockpit.deploy.text import plural
from cockpit.tui.theme.textual_theme import Palette
from cockpit.tui.widgets.lines import Lines
from cockpit.views.chart import Chart
from cockpit.views.rows import EMPTY, Line, Span, Tone, cells, fit, rule, wrap

Raster = Callable[[tuple[float | None, ...], float, int, int], tuple[str, ...]]
"""(values, top, width, height) -> rows of braille."""

MARGIN = 6
"""Cells for the scale at the left."""

Grid = list[list[tuple[str, Tone]]]


class ErrorChart(Lines, can_focus=True):
    """The focused tier's error rate, new build against old."""

    def __init__(self, palette: Palette, *, id: str | None = None, focusable: bool = True) -> None:
        super().__init__(palette, id=id)
        self.can_focus = focusable
        self._chart: Chart | None = None
        self._raster: Raster | None = None

    def draw_with(self, raster: Raster) -> None:
        """What draws the lines; until it is there, the chart is without them."""
        self._raster = raster
        self._redraw()

    @property
    def draws(self) -> bool:
        """Whether it has what draws the lines."""
        return self._raster is not None

    def plot(self, chart: Chart) -> None:
        """Show this."""
        if chart != self._chart:
            self._chart = chart
            self._redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Another size is another drawing."""
        self._redraw()

    def on_focus(self) -> None:
        """The heading shows who has the keys."""
        self._redraw()

    def on_blur(self) -> None:
        """And who has them no longer."""
        self._redraw()

    def _redraw(self) -> None:
        if self._chart is not None:
            lines = compose(self._chart, self.size.width, self.size.height, self._raster)
            if self.has_focus and lines and lines[0]:
                lines = ((Span(lines[0][0].text, Tone.FOCUS), *lines[0][1:]), *lines[1:])
            self.show(lines)


def compose(chart: Chart, width: int, height: int, raster: Raster | None) -> tuple[Line, ...]:
    """Heading, plot with its scale, and the axis of time."""
    legend: Line = (Span("━ new", Tone.NEW), Span(" ━ old", Tone.OLD))
    more: Line = (*legend, Span(" ┄ ceiling", Tone.CEILING), Span(" ┊ step", Tone.MARKER))
    heading = rule(chart.title, more if width >= 60 else legend, width)
    wide, tall = width - MARGIN, height - 2
    if wide < 8 or tall < 2:
        return (heading,)[:height]
    grid = _grid(chart, wide, tall, raster)
    plot = _noted(chart, tuple(_line(row) for row in grid), wide)
    labels = _scale(chart, tall)
    rows = tuple((*label, *line) for label, line in zip(labels, plot, strict=True))
    return (heading, *rows, _axis(chart, wide))


def _grid(chart: Chart, wide: int, tall: int, raster: Raster | None) -> Grid:
    grid: Grid = [[(" ", Tone.PLAIN)] * wide for _ in range(tall)]
    places = [round(place * (wide - 1)) for place, _ in chart.steps]
    for x in places:
        for row in grid:
            row[x] = ("┊", Tone.MARKER)
    for place, _ in chart.alerts:
        grid[-1][round(place * (wide - 1))] = ("!", Tone.BAD)
    row = grid[_row(chart.ceiling, chart.top, tall)]
    row[:] = [("┄", Tone.CEILING) if cell[0] == " " else cell for cell in row]
    if raster is not None:
        for values, tone in ((chart.old, Tone.OLD), (chart.new, Tone.NEW)):
            if values:
                _lay(grid, raster(values, chart.top, wide, tall), tone)
    for x, after, (_, step) in zip(places, [*places, wide][1:], chart.steps, strict=True):
        if after - x > cells(step) + 1 == len(step) + 1:
            grid[0][x + 1 : x + 1 + len(step)] = [(letter, Tone.MARKER) for letter in step]
    return grid


def _lay(grid: Grid, rows: tuple[str, ...], tone: Tone) -> None:
    for row, text in zip(grid, rows, strict=True):
        for x, character in enumerate(text):
            if character != " ":
                under = row[x][0]
                both = _is_braille(under) and _is_braille(character)
                row[x] = (chr(ord(under) | ord(character)) if both else character, tone)


def _is_braille(character: str) -> bool:
    return "\u2800" <= character <= "\u28ff"


def _row(value: float, top: float, tall: int) -> int:
    return round((1 - min(1.0, value / top)) * (tall - 1))


def _scale(chart: Chart, tall: int) -> list[Line]:
    labels: list[Line] = [(Span(" " * MARGIN),)] * tall
    for value, tone in ((0.0, Tone.DIM), (chart.top, Tone.DIM), (chart.ceiling, Tone.CEILING)):
        labels[_row(value, chart.top, tall)] = (Span(f"{100 * value:g} %".rjust(MARGIN - 1) + " ", tone),)
    return labels


def _axis(chart: Chart, wide: int) -> Line:
    """The time that is shown, and what was burnt in it."""
    left = f"-{chart.span:.0f} s" if chart.span < 90 else f"-{chart.span / 60:g} min"
    notes = (f"{plural(chart.burnt, 'request')} burnt", f"{chart.burnt:,} burnt") if chart.burnt else ()
    room = wide - cells(left) - 3
    note = next((said for said in notes if cells(said) + 2 <= room), "")
    before = max(1, (room - cells(note)) // 2)
    after = max(0, room - before - cells(note))
    ends = Span(f"{left}{' ' * before}", Tone.DIM), Span(f"{' ' * after}now", Tone.DIM)
    return fit((Span(" " * MARGIN), ends[0], Span(note, Tone.STRONG), ends[1]), wide + MARGIN)


def _noted(chart: Chart, plot: tuple[Line, ...], wide: int) -> tuple[Line, ...]:
    """The plot with what is missing written into its middle."""
    if not chart.error:
        return plot
    words = wrap(chart.error, wide - 2, max(1, len(plot) - 1))
    first = min(1, len(plot) - 1)
    tone = Tone.UNKNOWN if chart.new else Tone.DIM
    said = {first + index: fit((Span(" "), Span(text, tone)), wide) for index, text in enumerate(words)}
    return tuple(said.get(index, line) for index, line in enumerate(plot))


def _line(row: list[tuple[str, Tone]]) -> Line:
    runs = groupby(row, lambda cell: cell[1])
    return tuple(Span("".join(text for text, _ in cells_), tone) for tone, cells_ in runs) or EMPTY
