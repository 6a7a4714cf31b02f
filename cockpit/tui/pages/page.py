"""A page over the dashboard, such as help or history; Esc closes it."""

from collections.abc import Callable, Mapping

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen

from cockpit.tui.key_bindings import shown_key, textual_key
from cockpit.tui.terminal import textual_internals
from cockpit.tui.theme.textual_theme import Palette
from cockpit.tui.widgets.key_line import KeyLine
from cockpit.tui.widgets.lines import Lines
from cockpit.tui.widgets.panel import GUTTER, Panel
from cockpit.views.rows import Line, Span, Tone, rule

PageActions = Mapping[str, tuple[str, Callable[[], None]]]
"""Further actions of a page: key to (title, callback)."""
MakeRows = Callable[[int], tuple[Line, ...]]
"""Makes the page's rows for a width in cells."""


class Page(ModalScreen[None]):
    """A page of rows; with `choose`, Enter opens the row under the cursor."""

    BINDINGS = [Binding("escape,q", "close", show=False), Binding("G", "last", show=False)]
    DEFAULT_CSS = """
    Page { layout: vertical; background: $background; overflow: hidden; }
    Page Panel { width: 100%; height: 1fr; background: $background; }
    Page Lines#keys { width: 100%; height: 1; background: $background; }
    """

    def __init__(
        self,
        palette: Palette,
        title: str,
        make_rows: MakeRows,
        choose: Callable[[int], None] | None = None,
        actions: PageActions | None = None,
    ) -> None:
        super().__init__()
        self._actions = actions or {}
        for place, key in enumerate(self._actions):
            textual_internals.bind_key(self, textual_key(key), f"run({place})")
        self._palette = palette
        self._heading = title
        self._make_rows = make_rows
        self._choose = choose

    def compose(self) -> ComposeResult:
        """Yield the rows and the line of keys."""
        yield Panel(self._palette, cursor=self._choose is not None)
        yield KeyLine(self._palette, id="keys")

    def on_mount(self) -> None:
        """Show the rows and the keys."""
        self.query_one("#keys", Lines).show((self.keys_line,))
        self.redraw()

    @property
    def keys_line(self) -> Line:
        """The line of keys."""
        more = (
            span
            for key, (word, _) in self._actions.items()
            for span in (Span(f" {shown_key(key)}", Tone.KEY), Span(f" {word} "))
        )
        return (
            *self.extra_keys(),
            *more,
            Span(" esc", Tone.KEY),
            Span(" close  "),
            Span("↑ ↓", Tone.KEY),
            Span(" move  "),
            Span("/", Tone.KEY),
            Span(" filter"),
        )

    def extra_keys(self) -> Line:
        """Keys of this page beside those of every page."""
        return (Span(" enter", Tone.KEY), Span(" open ")) if self._choose else ()

    def on_resize(self, event: events.Resize) -> None:
        """Make the rows for the new width."""
        self.redraw()

    def redraw(self) -> None:
        """Make the rows again, for a new snapshot or width."""
        for panel in self.query(Panel):  # removed already while the page closes
            width = self.app.size.width
            panel.fill(rule(self._heading, (), width), self._make_rows(max(1, width - GUTTER)))

    def apply_palette(self, palette: Palette) -> None:
        """Change the theme."""
        for widget in self.query(Lines):
            widget.apply_palette(palette)

    def on_panel_chosen(self, message: Panel.Chosen) -> None:
        """Open the row on which Enter was pressed."""
        message.stop()
        if self._choose:
            self._choose(int(message.name))

    def action_run(self, place: int) -> None:
        """Run one of the page's own actions."""
        tuple(self._actions.values())[place][1]()

    def action_last(self) -> None:
        """Move to the last row. On the dashboard this key opens the hosts instead."""
        self.query_one(Panel).action_edge(-1)

    def action_close(self) -> None:
        """Close the page."""
        self.dismiss(None)
