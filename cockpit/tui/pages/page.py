"""A page over the screen: help, history, details; left by Esc."""

from collections.abc import Callable, Mapping

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen

from cockpit.tui.key_bindings import displayed, spelled
from cockpit.tui.theme.textual_theme import Palette
from cockpit.tui.widgets.key_line import KeyLine
from cockpit.tui.widgets.lines import Lines
from cockpit.tui.widgets.panel import GUTTER, Panel
from cockpit.views.rows import Line, Span, Tone, rule

Acts = Mapping[str, tuple[str, Callable[[], None]]]
"""What more can be done on a page: a key to its title and what it does."""
Make = Callable[[int], tuple[Line, ...]]
"""The page's rows for a width in cells."""


class Page(ModalScreen[None]):
    """Rows to read; with `choose`, rows to open."""

    BINDINGS = [Binding("escape,q", "close", show=False), Binding("G", "last", show=False)]
    DEFAULT_CSS = """
    Page { layout: vertical; background: $background; overflow: hidden; }
    Page Panel { width: 100%; height: 1fr; background: $background; }
    Page Lines#closing { width: 100%; height: 1; background: $background; }
    """

    def __init__(
        self,
        palette: Palette,
        title: str,
        make: Make,
        choose: Callable[[int], None] | None = None,
        acts: Acts | None = None,
    ) -> None:
        super().__init__()
        self._acts = acts or {}
        for place, key in enumerate(self._acts):
            self._bindings.bind(spelled(key), f"act({place})", show=False)
        self._palette = palette
        self._heading = title
        self._make = make
        self._choose = choose

    def compose(self) -> ComposeResult:
        """The rows, and how to leave."""
        yield Panel(self._palette, cursor=self._choose is not None)
        yield KeyLine(self._palette, id="closing")

    def on_mount(self) -> None:
        """Show it at once."""
        self.query_one("#closing", Lines).show((self.closing,))
        self.redraw()

    @property
    def closing(self) -> Line:
        """What keys do here."""
        more = (
            span
            for key, (word, _) in self._acts.items()
            for span in (Span(f" {displayed(key)}", Tone.KEY), Span(f" {word} "))
        )
        return (
            *self.offers(),
            *more,
            Span(" esc", Tone.KEY),
            Span(" close  "),
            Span("↑ ↓", Tone.KEY),
            Span(" move  "),
            Span("/", Tone.KEY),
            Span(" filter"),
        )

    def offers(self) -> Line:
        """What can be done here but leave."""
        return (Span(" enter", Tone.KEY), Span(" open ")) if self._choose else ()

    def on_resize(self, event: events.Resize) -> None:
        """Another width, other rows."""
        self.redraw()

    def redraw(self) -> None:
        """Make the rows anew; the picture may have changed."""
        for listing in self.query(Panel):  # gone already while the page is closed
            width = self.app.size.width
            listing.fill(rule(self._heading, (), width), self._make(max(1, width - GUTTER)))

    def wear(self, palette: Palette) -> None:
        """Another theme."""
        for widget in self.query(Lines):
            widget.wear(palette)

    def on_panel_chosen(self, message: Panel.Chosen) -> None:
        """Open the row."""
        message.stop()
        if self._choose:
            self._choose(int(message.name))

    def action_act(self, place: int) -> None:
        """One of the page's own."""
        tuple(self._acts.values())[place][1]()

    def action_last(self) -> None:
        """To the last row. On the deck the key opens the hosts instead."""
        self.query_one(Panel).action_edge(-1)

    def action_close(self) -> None:
        """Back to where it was opened."""
        self.dismiss(None)
