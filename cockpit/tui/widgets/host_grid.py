"""A grid with a cell per host under a heading per tier, and a cursor; only changed cells are repainted.

It scrolls ten thousand hosts. The cursor stays on its host, by name, while hosts come and go around it. It is visible
without colours: its cell is reversed, and its row has a mark at the left.
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
from cockpit.views.host_grid import TierBlock, cell_spans, stragglers_first
from cockpit.views.rows import EMPTY, Line, Span, Tone

GUTTER = 1
"""Cells at the left for the mark of the cursor's row."""
CURSOR_STYLE = Style(reverse=True, bold=True)


@dataclass(frozen=True)
class GridRow:
    """One row of the grid: a heading if `start` is negative, else the hosts from that index on."""

    block: int
    start: int


class HostGrid(Lines, can_focus=True):
    """A grid of hosts to move in."""

    BINDINGS = [
        Binding("left", "step(-1)", show=False),
        Binding("right", "step(1)", show=False),
        Binding("up,k", "row(-1)", show=False),
        Binding("down,j", "row(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("home,g", "edge(0)", show=False),
        Binding("end,G", "edge(-1)", show=False),
        Binding("n", "straggler(1)", show=False),
        Binding("N", "straggler(-1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Moved(Message):
        """The cursor moved to another host."""

    class Chosen(Message):
        """Enter was pressed on the host under the cursor."""

    def __init__(self, palette: Palette, *, id: str | None = None) -> None:
        super().__init__(palette, id=id)
        self._blocks: tuple[TierBlock, ...] = ()
        self._rows: tuple[GridRow, ...] = ()
        self._block = 0
        self._index = 0
        self._top = 0
        self._shown: tuple[tuple[Line | bytes, int], ...] = ()
        """Per visible row: its content (a heading or host states), and the cursor's column or -1."""

    @property
    def host_at_cursor(self) -> tuple[str, str]:
        """(tier, host) under the cursor; empty strings without hosts."""
        block = self._blocks[self._block] if self._block < len(self._blocks) else None
        return (block.tier, block.hosts[self._index]) if block and block.hosts else ("", "")

    def fill(self, blocks: tuple[TierBlock, ...]) -> None:
        """Show these tiers."""
        before, known = self.host_at_cursor, [block.hosts for block in self._blocks]
        self._blocks = blocks
        if known != [block.hosts for block in blocks]:
            self._find_host(before)
            self._break_rows()
        self._redraw_rows()

    def on_resize(self, event: events.Resize) -> None:
        """Break the rows at the new width."""
        self._break_rows()
        self._redraw_rows()

    def action_step(self, by: int) -> None:
        """Move to the previous or next host, across the end of a tier."""
        block, index = self._block, self._index + by
        if not 0 <= index < self._host_count(block):
            others = range(block + by, len(self._blocks) if by > 0 else -1, by)
            block = next((other for other in others if self._host_count(other)), -1)
            index = 0 if by > 0 else self._host_count(block) - 1
        if block >= 0:
            self._go(block, index)

    def action_row(self, by: int) -> None:
        """Move to the host above or below, across headings and shorter rows."""
        self._go_to_row(self._cursor_row() + by, by)

    def action_page(self, by: int) -> None:
        """Move by a screenful."""
        self._go_to_row(max(0, min(self._cursor_row() + by * max(1, self.size.height - 1), len(self._rows) - 1)), by)

    def action_edge(self, index: int) -> None:
        """Move to the first host (index 0) or the last (-1)."""
        filled = [number for number in range(len(self._blocks)) if self._host_count(number)]
        if filled:
            self._go(filled[index], 0 if index == 0 else self._host_count(filled[index]) - 1)

    def action_straggler(self, by: int) -> None:
        """Move to the next or previous straggler, and wrap around at the ends."""
        stragglers = [
            (number, index)
            for number, block in enumerate(self._blocks)
            for index in sorted(stragglers_first(block.kinds))
        ]
        if not stragglers:
            return
        current = (self._block, self._index)
        if by > 0:
            self._go(*next((host for host in stragglers if host > current), stragglers[0]))
        else:
            self._go(*next((host for host in reversed(stragglers) if host < current), stragglers[-1]))

    def action_choose(self) -> None:
        """Post that Enter was pressed on a host."""
        if self.host_at_cursor[1]:
            self.post_message(self.Chosen())

    def render_line(self, y: int) -> Strip:
        """Return one row of the widget."""
        if y >= len(self._shown):
            return self.paint(EMPTY)
        content, cursor = self._shown[y]
        line = content if isinstance(content, tuple) else cell_spans(content)
        strip = self.paint((Span("▸" if cursor >= 0 else " ", Tone.CURSOR), *line))
        if cursor < 0:
            return strip
        parts = list(strip.divide((GUTTER + cursor, GUTTER + cursor + 1, strip.cell_length)))
        cursor_cell = Strip([Segment(text, (style or Style()) + CURSOR_STYLE) for text, style, _ in parts[1]])
        return Strip.join((parts[0], cursor_cell, *parts[2:]))

    def _host_count(self, block: int) -> int:
        return len(self._blocks[block].hosts) if 0 <= block < len(self._blocks) else 0

    @property
    def _width(self) -> int:
        return max(1, self.size.width - GUTTER)

    def _find_host(self, host: tuple[str, str]) -> None:
        """Move the cursor to that (tier, host), or near its old position if the host is gone."""
        for number, block in enumerate(self._blocks):
            if block.tier == host[0] and host[1] in block.hosts:
                self._block, self._index = number, block.hosts.index(host[1])
                return
        if not self._host_count(self._block):
            self._block = next((number for number in range(len(self._blocks)) if self._host_count(number)), 0)
        self._index = max(0, min(self._index, self._host_count(self._block) - 1))

    def _break_rows(self) -> None:
        self._rows = tuple(
            GridRow(number, start)
            for number, block in enumerate(self._blocks)
            for start in (-1, *range(0, len(block.hosts), self._width))
        )

    def _cursor_row(self) -> int:
        """The row of the cursor."""
        before = sum(1 + -(-self._host_count(number) // self._width) for number in range(self._block))
        return before + 1 + self._index // self._width

    def _go_to_row(self, row: int, by: int) -> None:
        """Move to the row, or the next one in that direction with hosts, and keep the column if the row has it."""
        while 0 <= row < len(self._rows) and self._rows[row].start < 0:
            row += by
        if 0 <= row < len(self._rows):
            to = self._rows[row]
            self._go(to.block, min(to.start + self._index % self._width, self._host_count(to.block) - 1))

    def _go(self, block: int, index: int) -> None:
        self._block, self._index = block, index
        self._redraw_rows()
        self.post_message(self.Moved())

    def _redraw_rows(self) -> None:
        """Scroll to the cursor, and repaint the cells that changed."""
        height, row = self.size.height, self._cursor_row()
        above = row - 1 if self._index < self._width else row  # the heading stays with its first row
        self._top = max(0, min(max(min(self._top, above), row - height + 1), len(self._rows) - height))
        before = self._shown
        self._shown = tuple(
            self._content(number) for number in range(self._top, min(len(self._rows), self._top + height))
        )
        self._lines = tuple(
            (Span("▸" if cursor >= 0 else " "), *(content if isinstance(content, tuple) else cell_spans(content)))
            for content, cursor in self._shown
        )
        regions = [
            region
            for y, (old, new) in enumerate(zip_longest(before, self._shown, fillvalue=(EMPTY, -1)))
            if (region := self._changed_region(y, old, new))
        ]
        if regions:
            self.refresh(*regions)

    def _content(self, number: int) -> tuple[Line | bytes, int]:
        row = self._rows[number]
        block = self._blocks[row.block]
        if row.start < 0:
            return block.heading, -1
        column = self._index - row.start if row.block == self._block else -1
        cursor = column if 0 <= column < self._width else -1
        return block.kinds[row.start : row.start + self._width], cursor

    def _changed_region(self, y: int, old: tuple[Line | bytes, int], new: tuple[Line | bytes, int]) -> Region | None:
        """Return the part of a row to repaint; None for nothing."""
        if old == new:
            return None
        (was, from_), (now, to) = old, new
        if from_ != to or not (isinstance(was, bytes) and isinstance(now, bytes) and len(was) == len(now)):
            return Region(0, y, self.size.width, 1)
        differ = [x for x, (old_state, new_state) in enumerate(zip(was, now, strict=True)) if old_state != new_state]
        return Region(GUTTER + differ[0], y, differ[-1] - differ[0] + 1, 1)
