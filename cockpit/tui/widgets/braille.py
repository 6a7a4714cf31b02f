"""Draw lines as braille with plotext; imported after the first frame, because the import takes 0.1 s.

plotext keeps one figure per process, so only the screen's thread may draw. Its colours are dropped: the chart puts its
own tones, ceiling and markers on the text.
"""

import re

import plotext

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

plotext.terminal.limit(False, False)


def raster(values: tuple[float | None, ...], top: float, width: int, height: int) -> tuple[str, ...]:
    """Return `height` rows of `width` braille characters or spaces: a line from 0 to `top` with gaps for None."""
    figure = plotext.figure
    figure.clear()
    figure.plot_size(width, height)
    figure.axes(False)
    for axis, upper in (("x", max(1, len(values) - 1)), ("y", top)):
        ruler = figure.ruler(axis, 0)
        ruler.lim(0, upper)
        ruler.ticks([], [])
    for run in _runs(values):
        signal = figure.signal(
            [x for x, _ in run], [min(y, top) for _, y in run], marker=plotext.marker("braille", (255, 255, 255))
        )
        signal.lines(len(run) > 1)
        figure.draw(signal)
    rows = _COLOURS.sub("", str(figure.build())).split("\n")[:height]
    return tuple(row[:width].ljust(width) for row in (*rows, *[""] * (height - len(rows))))


def _runs(values: tuple[float | None, ...]) -> list[list[tuple[int, float]]]:
    runs: list[list[tuple[int, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((index, value))
    return [run for run in runs if run]
