"""The position of each panel on the screen, by the size of the terminal alone."""

from dataclasses import dataclass, replace
from itertools import pairwise

from cockpit.tui.widgets.panel import GUTTER

ROOMY = (110, 36)
"""Columns and rows from which tiers place two rows and blank rows separate the panels."""
WIDE = (180, 50)
"""Columns and rows from which several tiers have a chart, and the events stand beside the PRs."""
MAX_CHARTS = 3
"""Maximum number of charts."""
CHART_BESIDE = 68
"""Columns from which the chart stands beside the PRs."""


@dataclass(frozen=True)
class Box:
    """A region of the screen in cells; a panel without width or height is hidden."""

    x: int
    y: int
    width: int
    height: int

    @property
    def inside(self) -> int:
        """Columns right of the gutter."""
        return max(1, self.width - GUTTER)


@dataclass(frozen=True)
class Arrangement:
    """The boxes of all panels."""

    roomy: bool
    headline: Box
    timeline: Box
    tiers: Box
    pulls: Box
    chart: Box
    log: Box
    footer: Box
    more_charts: tuple[Box, ...] = ()
    """Boxes for charts of further tiers, right of the first."""

    def box(self, name: str) -> Box:
        """Return the box of the panel of that name."""
        box = getattr(self, name)
        assert isinstance(box, Box)
        return box

    def maximised(self, name: str) -> "Arrangement":
        """Return the arrangement with this panel alone between headline and footer."""
        top, bottom = self.headline.height, self.footer.y
        hidden, whole = Box(0, top, 0, 0), Box(0, top, self.headline.width, max(0, bottom - top))
        bare = replace(self, timeline=hidden, tiers=hidden, pulls=hidden, chart=hidden, log=hidden, more_charts=())
        match name:
            case "tiers":
                return replace(bare, tiers=whole)
            case "pulls":
                return replace(bare, pulls=whole)
            case "chart":
                return replace(bare, chart=whole)
            case _:
                return replace(bare, log=whole)


PANELS = ("headline", "timeline", "tiers", "pulls", "chart", "log", "footer")


def arrange(width: int, height: int, tier_rows: int, roomy_rows: int, pulls: int = 8, charts: int = 1) -> Arrangement:
    """Place the panels, the most important first. If rows are short, panels are left out from the bottom up, and the
    footer last. `charts` is the number of tiers with traffic."""
    roomy = width >= ROOMY[0] and height >= ROOMY[1]
    gap = 1 if roomy else 0
    footer_height = 2 if height >= 16 else 1 if height >= 8 else 0
    footer = Box(0, height - footer_height, width, footer_height)
    rows_left, y = footer.y, 0

    def place(rows: int, minimum: int = 1, after: int = 0) -> Box:
        nonlocal rows_left, y
        rows = rows if rows_left >= rows else rows_left if rows_left >= minimum else 0
        box = Box(0, y, width, rows)
        used = min(rows_left, rows + after) if rows else 0
        y, rows_left = y + used, rows_left - used
        return box

    headline = place(3 if height >= 12 else 2)
    timeline = place(3 if roomy else 2, 2, gap)
    tiers = place(1 + (roomy_rows if roomy else tier_rows), 3, gap)
    if width >= WIDE[0] and height >= WIDE[1]:
        chart_row = place(rows_left * 2 // 5, 3, gap)
        below = place(rows_left, 2)
        row = _side_by_side(chart_row, max(1, min(charts, MAX_CHARTS)))
        left = width * 11 // 20
        pulls_box, log = Box(0, below.y, left, below.height), Box(left + 1, below.y, width - left - 1, below.height)
        return Arrangement(roomy, headline, timeline, tiers, pulls_box, row[0], log, footer, row[1:])
    middle = _middle(rows_left - gap, pulls) if rows_left >= 10 else rows_left
    between = place(middle, 3, gap)
    log = place(rows_left, 2)
    beside = width >= CHART_BESIDE
    left = width * (56 if width >= 120 else 60) // 100 if beside else width
    pulls_box = Box(0, between.y, left, between.height)
    chart_box = Box(left + 1, between.y, width - left - 1 if beside else 0, between.height)
    return Arrangement(roomy, headline, timeline, tiers, pulls_box, chart_box, log, footer)


def _side_by_side(whole: Box, columns: int) -> tuple[Box, ...]:
    """Cut the box into columns of about equal width with a blank column between them."""
    edges = [round(index * (whole.width + 1) / columns) for index in range(columns + 1)]
    return tuple(Box(x, whole.y, after - x - 1, whole.height) for x, after in pairwise(edges))


def _middle(rows_left: int, pulls: int) -> int:
    """Return the rows for PRs and chart: a little over half, more for many PRs as long as the log keeps six."""
    half = -(-rows_left * 11 // 20)
    return max(half, min(1 + pulls, rows_left - 6))
