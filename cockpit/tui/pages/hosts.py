"""The page of hosts: every host a cell, the one under the cursor in words beneath, and the stragglers by name."""

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

BENEATH = 3
"""Rows for the host under the cursor."""


class Hosts(Page):
    """The whole fleet."""

    BINDINGS = [Binding("escape,q", "close", show=False)]
    DEFAULT_CSS = """
    Hosts { layout: vertical; background: $background; overflow: hidden; }
    Hosts Lines { width: 100%; height: 1; background: $background; }
    Hosts Lines#cells { height: 1fr; }
    """

    def __init__(self, palette: Palette, look: Callable[[], Snapshot]) -> None:
        super().__init__(palette, "HOSTS", lambda width: ())
        self._look = look

    def compose(self) -> ComposeResult:
        """Cells, the host under the cursor, stragglers, what the cells mean, the keys."""
        yield HostGrid(self._palette, id="cells")
        yield Lines(self._palette, id="here")
        yield Lines(self._palette, id="late")
        yield Lines(self._palette, id="legend")
        yield Lines(self._palette, id="closing")

    @property
    def closing(self) -> Line:
        """What keys do here."""
        keys = (("arrows", "move"), ("n N", "next straggler"), ("enter", "all of a host"), ("esc", "close"))
        return tuple(span for key, word in keys for span in (Span(f" {key}", Tone.KEY), Span(f" {word} ")))

    def redraw(self) -> None:
        """Draw the present picture."""
        width, height = self.app.size
        if not (self.is_mounted and width > GUTTER):
            return
        snapshot = self._look()
        blocks = host_grid.blocks(snapshot, width - GUTTER)
        self.query_one(HostGrid).fill(blocks)
        self._tell("#late", self._late(snapshot, blocks, width, 2 if height < 30 else 6))
        self._tell("#legend", host_grid.legend(width) if height >= 20 else ())
        self._redraw_here(snapshot)

    def on_host_grid_moved(self, message: HostGrid.Moved) -> None:
        """Another host under the cursor."""
        self._redraw_here(self._look())

    def on_host_grid_chosen(self, message: HostGrid.Chosen) -> None:
        """All of the host under the cursor."""
        tier, name = self.query_one(HostGrid).here
        self.app.push_screen(
            Page(self._palette, f"HOST {name}", lambda width: host.page(self._look(), tier, name, width))
        )

    def _redraw_here(self, snapshot: Snapshot) -> None:
        width, height = self.app.size
        lines = host.beneath(snapshot, *self.query_one(HostGrid).here, width)
        self._tell("#here", (rule("HOST", (), width), *lines[: BENEATH if height >= 20 else 1]))

    def _late(self, snapshot: Snapshot, blocks: tuple[host_grid.Block, ...], width: int, most: int) -> tuple[Line, ...]:
        """The worst of the stragglers of each tier, as many as there is room for, and how many there are in all."""
        many = [len(host_grid.late(block.kinds)) for block in blocks]
        if not any(many):
            return (rule("STRAGGLERS", (Span("none", Tone.GOOD),), width),)
        room = most
        lines: list[Line] = []
        for block in blocks:
            spans = host_grid.named(snapshot, block, room)[:room]
            lines += [(Span(f" {block.tier} ", Tone.DIM), span) for span in spans]
            room -= len(spans)
        return (rule("STRAGGLERS", (Span(f"{sum(many):,}", Tone.WAITING),), width), *lines)

    def _tell(self, selector: str, lines: tuple[Line, ...]) -> None:
        widget = self.query_one(selector, Lines)
        if widget.styles.height is None or widget.styles.height.value != len(lines):
            widget.styles.height = len(lines)
        widget.show(lines)
