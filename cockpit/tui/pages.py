"""A page over the screen: help, history, details; left by Esc."""

from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen

from cockpit.tui.skin import Palette
from cockpit.tui.widgets.lines import Lines
from cockpit.tui.widgets.listing import GUTTER, Listing
from cockpit.views.rows import Line, Span, Tone, rule

Make = Callable[[int], tuple[Line, ...]]
"""The page's rows for a width in cells."""


class Page(ModalScreen[None]):
    """Rows to read; with `choose`, rows to open."""

    BINDINGS = [Binding("escape,q", "close", show=False), Binding("G", "last", show=False)]
    DEFAULT_CSS = """
    Page { layout: vertical; background: $background; overflow: hidden; }
    Page Listing { width: 100%; height: 1fr; background: $background; }
    Page Lines#closing { width: 100%; height: 1; background: $background; }
    """

    def __init__(self, palette: Palette, title: str, make: Make, choose: Callable[[int], None] | None = None) -> None:
        super().__init__()
        self._palette = palette
        self._heading = title
        self._make = make
        self._choose = choose

    def compose(self) -> ComposeResult:
        """The rows, and how to leave."""
        yield Listing(self._palette, cursor=self._choose is not None)
        yield Lines(self._palette, id="closing")

    def on_mount(self) -> None:
        """Show it at once."""
        self.query_one("#closing", Lines).show((self.closing,))
        self.redraw()

    @property
    def closing(self) -> Line:
        """What keys do here."""
        opens = (Span(" enter", Tone.KEY), Span(" open ")) if self._choose else ()
        return (*opens, Span(" esc", Tone.KEY), Span(" close  "), Span("↑ ↓", Tone.KEY), Span(" move"))

    def on_resize(self, event: events.Resize) -> None:
        """Another width, other rows."""
        self.redraw()

    def redraw(self) -> None:
        """Make the rows anew; the picture may have changed."""
        if self.is_mounted:
            width = self.app.size.width
            self.query_one(Listing).fill(rule(self._heading, (), width), self._make(max(1, width - GUTTER)))

    def wear(self, palette: Palette) -> None:
        """Another theme."""
        for widget in self.query(Lines):
            widget.wear(palette)

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        """Open the row."""
        message.stop()
        if self._choose:
            self._choose(int(message.name))

    def action_last(self) -> None:
        """To the last row. On the deck the key opens the hosts instead."""
        self.query_one(Listing).action_edge(-1)

    def action_close(self) -> None:
        """Back to where it was opened."""
        self.dismiss(None)
