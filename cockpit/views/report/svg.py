"""A chart of error rates as a self-contained SVG: no script, nothing loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from cockpit.views.rows import Span, clock

WIDTH, HEIGHT = 760, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 34, 28
NEW, OLD, LINE, INK, FAINT = "#c2410c", "#2563eb", "#b91c1c", "#1f2937", "#9ca3af"
MAX_MARKS = 14
"""Marks with a number; more would overlap."""


@dataclass(frozen=True)
class Drawing:
    """The data of a chart: shares of 1 over seconds since the epoch."""

    title: str
    new: tuple[tuple[float, float | None], ...]
    """(time, rate) of the release's builds, oldest first; None without counters or requests."""
    old: tuple[tuple[float, float | None], ...]
    ceiling: float
    marks: tuple[tuple[float, str], ...] = ()
    """(time, text), oldest first; each is drawn as a numbered line."""


def svg(drawing: Drawing) -> str:
    """Return the SVG. Every text is escaped; a gap in the data is a gap in the line."""
    times = [at for at, _ in (*drawing.new, *drawing.old)]
    first, last = min(times, default=0.0), max(times, default=1.0)
    span = max(1.0, last - first)
    rates = [rate for _, rate in (*drawing.new, *drawing.old) if rate is not None]
    top = min(1.0, max(2 * drawing.ceiling, 1.1 * max(rates, default=0.0))) or 0.01

    def x(at: float) -> float:
        return LEFT + (at - first) / span * (WIDTH - LEFT - RIGHT)

    def y(rate: float) -> float:
        return HEIGHT - BOTTOM - min(1.0, rate / top) * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="ui-sans-serif, system-ui, sans-serif" font-size="11">',
        f"<title>{_text(drawing.title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _label(LEFT, 14, drawing.title, INK),
        _label(WIDTH - RIGHT, 14, "— this release", NEW, "end"),
        _label(WIDTH - RIGHT - 100, 14, "— other builds", OLD, "end"),
    ]
    for share in (0.0, top / 2, top):
        parts.append(_rule(LEFT, y(share), WIDTH - RIGHT, y(share), FAINT, "0.5"))
        parts.append(_label(LEFT - 6, y(share) + 4, f"{100 * share:.3g} %", INK, "end"))
    if 0 < drawing.ceiling <= top:
        parts.append(_rule(LEFT, y(drawing.ceiling), WIDTH - RIGHT, y(drawing.ceiling), LINE, "1", "4 3"))
    for number, (at, text) in enumerate(drawing.marks[:MAX_MARKS], 1):
        if first <= at <= last:
            parts.append(_rule(x(at), TOP - 6, x(at), HEIGHT - BOTTOM, FAINT, "1", "2 3"))
            named = _label(x(at), TOP - 8, str(number), INK, "middle")
            parts.append(f"<g><title>{_text(f'{clock(at)} {text}')}</title>{named}</g>")
    for points, colour in ((drawing.old, OLD), (drawing.new, NEW)):
        parts += [_line([(x(at), y(rate)) for at, rate in run], colour) for run in _runs(points)]
    for at, place in ((first, "start"), ((first + last) / 2, "middle"), (last, "end")):
        parts.append(_label(x(at), HEIGHT - 8, clock(at), INK, place))
    return "\n".join((*parts, "</svg>"))


def _runs(points: Sequence[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    runs = []
    for known, run in groupby(points, lambda point: point[1] is not None):
        if known:
            runs.append([(at, rate) for at, rate in run if rate is not None])
    return runs


def _line(points: Sequence[tuple[float, float]], colour: str) -> str:
    if len(points) == 1:
        return f'<circle cx="{points[0][0]:.1f}" cy="{points[0][1]:.1f}" r="2" fill="{colour}"/>'
    path = " ".join(f"{across:.1f},{down:.1f}" for across, down in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.8"/>'


def _rule(x1: float, y1: float, x2: float, y2: float, colour: str, thick: str, dashes: str = "") -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{thick}"{dashed}/>'


def _label(x: float, y: float, text: str, colour: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">{_text(text)}</text>'


def _text(text: str) -> str:
    return escape(Span(text).text)
