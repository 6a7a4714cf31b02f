"""Where each panel of the screen stands, by the size of the terminal alone."""

from dataclasses import dataclass, replace
from itertools import pairwise

from cockpit.tui.widgets.panel import GUTTER

ROOMY = (110, 36)
"""Columns and rows from which on tiers take two rows and sections stand apart."""
WIDE = (180, 50)
"""Columns and rows from which on several tiers have their chart, and the events stand beside the PRs."""
CHARTS = 3
"""Charts that are shown at most."""
BESIDE = 68
"""Columns from which on the chart stands beside the PRs."""


@dataclass(frozen=True)
class Box:
    """A place on the screen; without width or height the panel is not shown."""

    x: int
    y: int
    width: int
    height: int

    @property
    def inside(self) -> int:
        """Columns for rows right of the gutter."""
        return max(1, self.width - GUTTER)


@dataclass(frozen=True)
class Arrangement:
    """All boxes."""

    roomy: bool
    headline: Box
    timeline: Box
    tiers: Box
    pulls: Box
    chart: Box
    log: Box
    footer: Box
    more: tuple[Box, ...] = ()
    """For the charts of further tiers, right of the first."""

    def box(self, name: str) -> Box:
        """The box of the panel of that name."""
        box = getattr(self, name)
        assert isinstance(box, Box)
        return box

    def alone(self, name: str) -> "Arrangement":
        """With one panel between headline and footer, and none beside it."""
        top, bottom = self.headline.height, self.footer.y
        nothing, whole = Box(0, top, 0, 0), Box(0, top, self.headline.width, max(0, bottom - top))
        bare = replace(self, timeline=nothing, tiers=nothing, pulls=nothing, chart=nothing, log=nothing, more=())
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
    """The most important first: what does not fit is left out from the bottom up, the keys last of all. `charts` is
    how many tiers have traffic to draw."""
    roomy = width >= ROOMY[0] and height >= ROOMY[1]
    air = 1 if roomy else 0
    foot = 2 if height >= 16 else 1 if height >= 8 else 0
    room, y = height - foot, 0

    def take(rows: int, least: int = 1, after: int = 0) -> Box:
        nonlocal room, y
        rows = rows if room >= rows else room if room >= least else 0
        box = Box(0, y, width, rows)
        used = min(room, rows + after) if rows else 0
        y, room = y + used, room - used
        return box

    headline = take(3 if height >= 12 else 2)
    timeline = take(3 if roomy else 2, 2, air)
    tiers = take(1 + (roomy_rows if roomy else tier_rows), 3, air)
    if width >= WIDE[0] and height >= WIDE[1]:
        drawn = take(room * 2 // 5, 3, air)
        below = take(room, 2)
        row = _side_by_side(drawn, max(1, min(charts, CHARTS)))
        left = width * 11 // 20
        pulls_box, log = Box(0, below.y, left, below.height), Box(left + 1, below.y, width - left - 1, below.height)
        foot_box = Box(0, height - foot, width, foot)
        return Arrangement(roomy, headline, timeline, tiers, pulls_box, row[0], log, foot_box, row[1:])
    middle = _middle(room - air, pulls) if room >= 10 else room
    between = take(middle, 3, air)
    log = take(room, 2)
    beside = width >= BESIDE
    left = width * (56 if width >= 120 else 60) // 100 if beside else width
    pulls_box = Box(0, between.y, left, between.height)
    chart_box = Box(left + 1, between.y, width - left - 1 if beside else 0, between.height)
    return Arrangement(roomy, headline, timeline, tiers, pulls_box, chart_box, log, Box(0, height - foot, width, foot))


def _side_by_side(whole: Box, many: int) -> tuple[Box, ...]:
    """The box cut into columns of about one width, a blank one between them."""
    edges = [round(index * (whole.width + 1) / many) for index in range(many + 1)]
    return tuple(Box(x, whole.y, after - x - 1, whole.height) for x, after in pairwise(edges))


def _middle(room: int, pulls: int) -> int:
    """Rows for PRs and chart: a little over half, more where there are PRs to fill it and the log keeps six."""
    half = -(-room * 11 // 20)
    return max(half, min(1 + pulls, room - 6))
