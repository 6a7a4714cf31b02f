"""The error-rate chart: the lines of both builds, the ceiling, the steps and a scale.

Drawn in this order, later over earlier: step markers, the ceiling, the old build, the new build.
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
    """The error rate of one tier, new build against old."""

    def __init__(self, palette: Palette, *, id: str | None = None, focusable: bool = True) -> None:
        super().__init__(palette, id=id)
        self.can_focus = focusable
        self._chart: Chart | None = None
        self._raster: Raster | None = None

    def use_raster(self, raster: Raster) -> None:
        """Draw the lines with this; until then the chart has none."""
        self._raster = raster
        self._redraw()

    @property
    def has_raster(self) -> bool:
        """Whether the chart can draw its lines."""
        return self._raster is not None

    def plot(self, chart: Chart) -> None:
        """Show this chart."""
        if chart != self._chart:
            self._chart = chart
            self._redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Draw for the new size."""
        self._redraw()

    def on_focus(self) -> None:
        """Mark the heading as focused."""
        self._redraw()

    def on_blur(self) -> None:
        """Unmark the heading."""
        self._redraw()

    def _redraw(self) -> None:
        if self._chart is not None:
            lines = draw(self._chart, self.size.width, self.size.height, self._raster)
            if self.has_focus and lines and lines[0]:
                lines = ((Span(lines[0][0].text, Tone.FOCUS), *lines[0][1:]), *lines[1:])
            self.show(lines)


def draw(chart: Chart, width: int, height: int, raster: Raster | None) -> tuple[Line, ...]:
    """Return the heading, the plot with its scale, and the time axis."""
    legend: Line = (Span("━ new", Tone.NEW), Span(" ━ old", Tone.OLD))
    long_legend: Line = (*legend, Span(" ┄ ceiling", Tone.CEILING), Span(" ┊ step", Tone.MARKER))
    heading = rule(chart.title, long_legend if width >= 60 else legend, width)
    plot_width, plot_height = width - MARGIN, height - 2
    if plot_width < 8 or plot_height < 2:
        return (heading,)[:height]
    grid = _grid(chart, plot_width, plot_height, raster)
    plot = _with_error(chart, tuple(_line(row) for row in grid), plot_width)
    labels = _scale(chart, plot_height)
    rows = tuple((*label, *line) for label, line in zip(labels, plot, strict=True))
    return (heading, *rows, _axis(chart, plot_width))


def _grid(chart: Chart, plot_width: int, plot_height: int, raster: Raster | None) -> Grid:
    grid: Grid = [[(" ", Tone.PLAIN)] * plot_width for _ in range(plot_height)]
    columns = [round(position * (plot_width - 1)) for position, _ in chart.steps]
    for x in columns:
        for row in grid:
            row[x] = ("┊", Tone.MARKER)
    for position, _ in chart.alerts:
        grid[-1][round(position * (plot_width - 1))] = ("!", Tone.BAD)
    row = grid[_row(chart.ceiling, chart.top, plot_height)]
    row[:] = [("┄", Tone.CEILING) if cell[0] == " " else cell for cell in row]
    if raster is not None:
        for values, tone in ((chart.old, Tone.OLD), (chart.new, Tone.NEW)):
            if values:
                _draw_over(grid, raster(values, chart.top, plot_width, plot_height), tone)
    for x, after, (_, step) in zip(columns, [*columns, plot_width][1:], chart.steps, strict=True):
        if after - x > cells(step) + 1 == len(step) + 1:
            grid[0][x + 1 : x + 1 + len(step)] = [(letter, Tone.MARKER) for letter in step]
    return grid


def _draw_over(grid: Grid, rows: tuple[str, ...], tone: Tone) -> None:
    for row, text in zip(grid, rows, strict=True):
        for x, character in enumerate(text):
            if character != " ":
                under = row[x][0]
                both = _is_braille(under) and _is_braille(character)
                row[x] = (chr(ord(under) | ord(character)) if both else character, tone)


def _is_braille(character: str) -> bool:
    return "\u2800" <= character <= "\u28ff"


def _row(value: float, top: float, plot_height: int) -> int:
    return round((1 - min(1.0, value / top)) * (plot_height - 1))


def _scale(chart: Chart, plot_height: int) -> list[Line]:
    labels: list[Line] = [(Span(" " * MARGIN),)] * plot_height
    for value, tone in ((0.0, Tone.DIM), (chart.top, Tone.DIM), (chart.ceiling, Tone.CEILING)):
        labels[_row(value, chart.top, plot_height)] = (Span(f"{100 * value:g} %".rjust(MARGIN - 1) + " ", tone),)
    return labels


def _axis(chart: Chart, plot_width: int) -> Line:
    """Return the time axis, with the number of failed requests in its middle."""
    left = f"-{chart.span:.0f} s" if chart.span < 90 else f"-{chart.span / 60:g} min"
    failed = chart.failed_requests
    notes = (plural(failed, "failed request"), f"{failed:,} failed") if failed else ()
    free = plot_width - cells(left) - 3
    note = next((text for text in notes if cells(text) + 2 <= free), "")
    before = max(1, (free - cells(note)) // 2)
    after = max(0, free - before - cells(note))
    ends = Span(f"{left}{' ' * before}", Tone.DIM), Span(f"{' ' * after}now", Tone.DIM)
    return fit((Span(" " * MARGIN), ends[0], Span(note, Tone.STRONG), ends[1]), plot_width + MARGIN)


def _with_error(chart: Chart, plot: tuple[Line, ...], plot_width: int) -> tuple[Line, ...]:
    """Return the plot with the reason for missing data written over it."""
    if not chart.error:
        return plot
    words = wrap(chart.error, plot_width - 2, max(1, len(plot) - 1))
    first = min(1, len(plot) - 1)
    tone = Tone.UNKNOWN if chart.new else Tone.DIM
    texts = {first + index: fit((Span(" "), Span(text, tone)), plot_width) for index, text in enumerate(words)}
    return tuple(texts.get(index, line) for index, line in enumerate(plot))


def _line(row: list[tuple[str, Tone]]) -> Line:
    runs = groupby(row, lambda cell: cell[1])
    return tuple(Span("".join(text for text, _ in run), tone) for tone, run in runs) or EMPTY
