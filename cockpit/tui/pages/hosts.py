"""The page of hosts: a cell per host, the host under the cursor in words, and the stragglers by name."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding

from cockpit.deploy.snapshot import Snapshot
from cockpit.tui.pages.page import Page
from cockpit.tui.theme.textual_theme import Palette
from cockpit.tui.widgets.host_grid import GUTTER, HostGrid
from cockpit.tui.widgets.lines import Lines
from cockpit.views import host, host_grid
from cockpit.views.rows import Line, Span, Tone, rule

WIDGET_IDS = {"hosts", "host", "stragglers", "legend"}
HOST_ROWS = 3
"""Rows that describe the host under the cursor."""


class Hosts(Page):
    """The whole fleet as a grid."""

    BINDINGS = [Binding("escape,q", "close", show=False)]
    DEFAULT_CSS = """
    Hosts { layout: vertical; background: $background; overflow: hidden; }
    Hosts Lines { width: 100%; height: 1; background: $background; }
    Hosts Lines#hosts { height: 1fr; }
    """

    def __init__(self, palette: Palette, look: Callable[[], Snapshot]) -> None:
        super().__init__(palette, "HOSTS", lambda width: ())
        self._look = look

    def compose(self) -> ComposeResult:
        """Yield the grid, the host under the cursor, the stragglers, the legend and the keys."""
        yield HostGrid(self._palette, id="hosts")
        yield Lines(self._palette, id="host")
        yield Lines(self._palette, id="stragglers")
        yield Lines(self._palette, id="legend")
        yield Lines(self._palette, id="keys")

    @property
    def keys_line(self) -> Line:
        """The line of keys."""
        keys = (("arrows", "move"), ("n N", "next straggler"), ("enter", "host"), ("esc", "close"))
        return tuple(span for key, word in keys for span in (Span(f" {key}", Tone.KEY), Span(f" {word} ")))

    def redraw(self) -> None:
        """Draw the current snapshot."""
        width, height = self.app.size
        if not (self._complete and width > GUTTER):
            return
        snapshot = self._look()
        blocks = host_grid.blocks(snapshot, width - GUTTER)
        self.query_one(HostGrid).fill(blocks)
        self._show_lines("#stragglers", self._straggler_rows(snapshot, blocks, width, 2 if height < 30 else 6))
        self._show_lines("#legend", host_grid.legend(width) if height >= 20 else ())
        self._redraw_host(snapshot)

    @property
    def _complete(self) -> bool:
        """Whether all widgets are mounted: not before the first frame, and not while the page closes."""
        return self.is_mounted and {child.id for child in self.children} >= WIDGET_IDS

    def on_host_grid_moved(self, message: HostGrid.Moved) -> None:
        """Describe the host under the cursor."""
        self._redraw_host(self._look())

    def on_host_grid_chosen(self, message: HostGrid.Chosen) -> None:
        """Open the page of the host under the cursor."""
        tier, name = self.query_one(HostGrid).host_at_cursor
        self.app.push_screen(
            Page(self._palette, f"HOST {name}", lambda width: host.page(self._look(), tier, name, width))
        )

    def _redraw_host(self, snapshot: Snapshot) -> None:
        width, height = self.app.size
        lines = host.summary(snapshot, *self.query_one(HostGrid).host_at_cursor, width)
        self._show_lines("#host", (rule("HOST", (), width), *lines[: HOST_ROWS if height >= 20 else 1]))

    def _straggler_rows(
        self, snapshot: Snapshot, blocks: tuple[host_grid.TierBlock, ...], width: int, most: int
    ) -> tuple[Line, ...]:
        """Return a heading with the number of stragglers, and the worst of each tier, at most `most` rows."""
        counts = [len(host_grid.stragglers_first(block.kinds)) for block in blocks]
        if not any(counts):
            return (rule("STRAGGLERS", (Span("none", Tone.GOOD),), width),)
        rows_left = most
        lines: list[Line] = []
        for block in blocks:
            spans = host_grid.straggler_spans(snapshot, block, rows_left)[:rows_left]
            lines += [(Span(f" {block.tier} ", Tone.DIM), span) for span in spans]
            rows_left -= len(spans)
        return (rule("STRAGGLERS", (Span(f"{sum(counts):,}", Tone.WAITING),), width), *lines)

    def _show_lines(self, selector: str, lines: tuple[Line, ...]) -> None:
        widget = self.query_one(selector, Lines)
        if widget.styles.height is None or widget.styles.height.value != len(lines):
            widget.styles.height = len(lines)
        widget.show(lines)
