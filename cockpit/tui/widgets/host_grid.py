"""Ten thousand hosts as cells under headings, with a cursor among them; only cells that changed are painted again.

The cursor stays on its host, by name, while hosts come and go around it. It is seen without colour too: its cell is in
reverse, and its row has a mark at the left.
"""

from dataclasses import dataclass
from itertools import zip_longest

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from cockpit.tui.theme.textual_theme import Palette
from cockpit.tui.widgets.lines import Lines
from cockpit.views.host_grid import Block, drawn, late
from cockpit.views.rows import EMPTY, Line, Span, Tone

GUTTER = 1
"""Cells at the left in which the cursor's row is marked."""
UNDER = Style(reverse=True, bold=True)


@dataclass(frozen=True)
class GridRow:
    """One line of the whole: a heading where `start` is negative, else the cells from that place on."""

    block: int
    start: int


class HostGrid(Lines, can_focus=True):
    """Cells to move in."""

    BINDINGS = [
        Binding("left", "step(-1)", show=False),
        Binding("right", "step(1)", show=False),
        Binding("up,k", "climb(-1)", show=False),
        Binding("down,j", "climb(1)", show=False),
        Binding("pageup", "leaf(-1)", show=False),
        Binding("pagedown,space", "leaf(1)", show=False),
        Binding("home,g", "edge(0)", show=False),
        Binding("end,G", "edge(-1)", show=False),
        Binding("n", "seek(1)", show=False),
        Binding("N", "seek(-1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Moved(Message):
        """The cursor went to another host."""

    class Chosen(Message):
        """Enter was pressed on the host under the cursor."""

    def __init__(self, palette: Palette, *, id: str | None = None) -> None:
        super().__init__(palette, id=id)
        self._blocks: tuple[Block, ...] = ()
        self._rows: tuple[GridRow, ...] = ()
        self._block = 0
        self._place = 0
        self._top = 0
        self._shown: tuple[tuple[Line | bytes, int], ...] = ()
        """Of every row in sight: what it is made of, and where the cursor is in it, -1 for nowhere."""

    @property
    def here(self) -> tuple[str, str]:
        """(tier, host) under the cursor; empty where there is no host at all."""
        block = self._blocks[self._block] if self._block < len(self._blocks) else None
        return (block.tier, block.hosts[self._place]) if block and block.hosts else ("", "")

    def fill(self, blocks: tuple[Block, ...]) -> None:
        """Show these."""
        before, known = self.here, [block.hosts for block in self._blocks]
        self._blocks = blocks
        if known != [block.hosts for block in blocks]:
            self._find(before)
            self._lay_out()
        self._settle()

    def on_resize(self, event: events.Resize) -> None:
        """Another width, other rows."""
        self._lay_out()
        self._settle()

    def action_step(self, by: int) -> None:
        """To the host before or after, over the end of a tier into the next."""
        block, place = self._block, self._place + by
        if not 0 <= place < self._many(block):
            others = range(block + by, len(self._blocks) if by > 0 else -1, by)
            block = next((other for other in others if self._many(other)), -1)
            place = 0 if by > 0 else self._many(block) - 1
        if block >= 0:
            self._go(block, place)

    def action_climb(self, by: int) -> None:
        """To the host above or below, past headings and shorter rows."""
        self._jump(self._row() + by, by)

    def action_leaf(self, by: int) -> None:
        """A screenful."""
        self._jump(max(0, min(self._row() + by * max(1, self.size.height - 1), len(self._rows) - 1)), by)

    def action_edge(self, index: int) -> None:
        """To the first or the last host."""
        full = [number for number in range(len(self._blocks)) if self._many(number)]
        if full:
            self._go(full[index], 0 if index == 0 else self._many(full[index]) - 1)

    def action_seek(self, by: int) -> None:
        """To the next straggler, round and round."""
        places = [(number, place) for number, block in enumerate(self._blocks) for place in sorted(late(block.kinds))]
        if not places:
            return
        here = (self._block, self._place)
        if by > 0:
            self._go(*next((place for place in places if place > here), places[0]))
        else:
            self._go(*next((place for place in reversed(places) if place < here), places[-1]))

    def action_choose(self) -> None:
        """Say that Enter was pressed."""
        if self.here[1]:
            self.post_message(self.Chosen())

    def render_line(self, y: int) -> Strip:
        """One row of the screen."""
        if y >= len(self._shown):
            return self.paint(EMPTY)
        what, cursor = self._shown[y]
        line = what if isinstance(what, tuple) else drawn(what)
        strip = self.paint((Span("▸" if cursor >= 0 else " ", Tone.CURSOR), *line))
        if cursor < 0:
            return strip
        parts = list(strip.divide((GUTTER + cursor, GUTTER + cursor + 1, strip.cell_length)))
        lit = Strip([Segment(text, (style or Style()) + UNDER) for text, style, _ in parts[1]])
        return Strip.join((parts[0], lit, *parts[2:]))

    def _many(self, block: int) -> int:
        return len(self._blocks[block].hosts) if 0 <= block < len(self._blocks) else 0

    @property
    def _width(self) -> int:
        return max(1, self.size.width - GUTTER)

    def _find(self, host: tuple[str, str]) -> None:
        """Put the cursor on the host of that name, or as near to where it was as there still is one."""
        for number, block in enumerate(self._blocks):
            if block.tier == host[0] and host[1] in block.hosts:
                self._block, self._place = number, block.hosts.index(host[1])
                return
        if not self._many(self._block):
            self._block = next((number for number in range(len(self._blocks)) if self._many(number)), 0)
        self._place = max(0, min(self._place, self._many(self._block) - 1))

    def _lay_out(self) -> None:
        self._rows = tuple(
            GridRow(number, start)
            for number, block in enumerate(self._blocks)
            for start in (-1, *range(0, len(block.hosts), self._width))
        )

    def _row(self) -> int:
        """Which row the cursor is in."""
        before = sum(1 + -(-self._many(number) // self._width) for number in range(self._block))
        return before + 1 + self._place // self._width

    def _jump(self, row: int, by: int) -> None:
        """To the row, or the next one in that direction that has cells, keeping the column where there is one."""
        while 0 <= row < len(self._rows) and self._rows[row].start < 0:
            row += by
        if 0 <= row < len(self._rows):
            to = self._rows[row]
            self._go(to.block, min(to.start + self._place % self._width, self._many(to.block) - 1))

    def _go(self, block: int, place: int) -> None:
        self._block, self._place = block, place
        self._settle()
        self.post_message(self.Moved())

    def _settle(self) -> None:
        """Bring the scroll to the cursor, and paint what differs from what is shown."""
        height, row = self.size.height, self._row()
        above = row - 1 if self._place < self._width else row  # the heading comes with its first row
        self._top = max(0, min(max(min(self._top, above), row - height + 1), len(self._rows) - height))
        before = self._shown
        self._shown = tuple(self._made(number) for number in range(self._top, min(len(self._rows), self._top + height)))
        self._lines = tuple(
            (Span("▸" if cursor >= 0 else " "), *(what if isinstance(what, tuple) else drawn(what)))
            for what, cursor in self._shown
        )
        regions = [
            region
            for y, (old, new) in enumerate(zip_longest(before, self._shown, fillvalue=(EMPTY, -1)))
            if (region := self._changed(y, old, new))
        ]
        if regions:
            self.refresh(*regions)

    def _made(self, number: int) -> tuple[Line | bytes, int]:
        row = self._rows[number]
        block = self._blocks[row.block]
        if row.start < 0:
            return block.heading, -1
        column = self._place - row.start if row.block == self._block else -1
        cursor = column if 0 <= column < self._width else -1
        return block.kinds[row.start : row.start + self._width], cursor

    def _changed(self, y: int, old: tuple[Line | bytes, int], new: tuple[Line | bytes, int]) -> Region | None:
        """The stretch of a row that is to be painted again; None for nothing."""
        if old == new:
            return None
        (was, from_), (now, to) = old, new
        if from_ != to or not (isinstance(was, bytes) and isinstance(now, bytes) and len(was) == len(now)):
            return Region(0, y, self.size.width, 1)
        differ = [x for x, (one, other) in enumerate(zip(was, now, strict=True)) if one != other]
        return Region(GUTTER + differ[0], y, differ[-1] - differ[0] + 1, 1)
