"""A panel: a heading and rows, with a cursor and scroll position of its own.

The cursor stays on its row, by name, while rows come and go around it. Consecutive rows of one name act as one row.
`/` filters the rows.
"""

from collections.abc import Callable
from dataclasses import replace

from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.message import Message

from cockpit.deploy.text import clean
from cockpit.tui.theme.textual_theme import Palette
from cockpit.tui.widgets.filter import FilterInput, with_count
from cockpit.tui.widgets.lines import Lines
from cockpit.views.rows import EMPTY, Line, Span, Tone, plain

GUTTER = 1
"""Cells at the left for the cursor's mark, which is visible without colours."""

SearchTexts = Callable[[], tuple[str, ...]]
"""Returns the text per row that a filter searches."""


class Panel(Lines, can_focus=True):
    """A list of rows to move in."""

    BINDINGS = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("home,g", "edge(0)", show=False),
        Binding("end", "edge(-1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Moved(Message):
        """The cursor moved to another row."""

        def __init__(self, panel: "Panel", name: str) -> None:
            super().__init__()
            self.panel = panel
            self.name = name

    class Chosen(Moved):
        """Enter was pressed on a row."""

    def __init__(self, palette: Palette, *, id: str | None = None, cursor: bool = True) -> None:
        super().__init__(palette, id=id)
        self._has_cursor = cursor
        self._heading: Line = EMPTY
        self._rows: tuple[Line, ...] = ()
        self._names: tuple[str, ...] = ()
        self._search_texts: SearchTexts | None = None
        self._all: tuple[tuple[Line, ...], tuple[str, ...]] = ((), ())
        """All rows and their names, before the filter."""
        self._filter = FilterInput()
        self._index = 0
        self._top = 0

    @property
    def text_at_cursor(self) -> str:
        """The row under the cursor as text."""
        return plain(self._rows[self._index : self._index + 1]).strip() if self._has_cursor else ""

    @property
    def name_at_cursor(self) -> str:
        """The name of the row under the cursor; empty without rows."""
        return self._names[self._index] if self._names else ""

    def fill(
        self,
        heading: Line,
        rows: tuple[Line, ...],
        names: tuple[str, ...] = (),
        search_texts: SearchTexts | None = None,
    ) -> None:
        """Show these rows, each with a name; without names, rows are named by index.

        `search_texts` is given if a filter searches more than the shown text.
        """
        self._heading = heading
        self._all = rows, names or tuple(map(str, range(len(rows))))
        self._search_texts = search_texts
        self._apply_filter()

    def _apply_filter(self) -> None:
        before, first = self.name_at_cursor, self._index == 0
        rows, names = self._all
        if self._filter.text:
            texts = self._search_texts() if self._search_texts else tuple(plain((row,)) for row in rows)
            shown = self._filter.matching_rows(names, texts)
            rows, names = tuple(rows[index] for index in shown), tuple(names[index] for index in shown)
        self._rows, self._names = rows, names
        if not first and before in self._names:
            self._index = self._names.index(before)
        self._redraw_rows()

    def select(self, name: str) -> None:
        """Move the cursor to the first row of that name."""
        if name in self._names:
            self._index = self._names.index(name)
            self._redraw_rows()

    def background_style(self, line: Line) -> Style:
        """Return the cursor's background for the row under the cursor of the focused panel."""
        style = super().background_style(line)
        return style + self._palette[Tone.CURSOR] if line and line[0].tone is Tone.CURSOR else style

    def action_move(self, by: int) -> None:
        """Move to the next row of another name."""
        if not self._has_cursor:
            self._scroll(self._top + by)
            return
        at, name = self._index, self.name_at_cursor
        while 0 <= at + by < len(self._names) and self._names[at] == name:
            at += by
        if self._names and self._names[at] != name:
            self._go(self._names.index(self._names[at]))

    def action_page(self, by: int) -> None:
        """Move by a screenful."""
        step = by * max(1, self._height - 1)
        if self._has_cursor:
            self._go(self._index + step)
        else:
            self._scroll(self._top + step)

    def action_edge(self, index: int) -> None:
        """Move to the first row (index 0) or the last (-1)."""
        end = 0 if index == 0 else len(self._rows)
        if self._has_cursor:
            self._go(end)
        else:
            self._scroll(end)

    def action_choose(self) -> None:
        """Post that Enter was pressed on the row under the cursor."""
        if self._names:
            self.post_message(self.Chosen(self, self.name_at_cursor))

    def on_key(self, event: events.Key) -> None:
        """Open the filter on `/`, and send typed text to it alone until Enter or Esc.

        Bindings would not do: they go through the app, and in a burst of keys a later key would overtake an earlier.
        """
        filter_ = self._filter
        if event.character == "/" and not filter_.typing:
            self._filter = replace(filter_, typing=True)
            event.stop()
            self._redraw_rows()
            return
        if not filter_ or (event.key != "escape" and not filter_.typing):
            return
        match event.key:
            case "escape":
                self._filter = FilterInput()
            case "enter":
                self._filter = replace(filter_, typing=False)
            case "backspace":
                self._filter = filter_.without_last()
            case "up" | "down" | "pageup" | "pagedown" | "home" | "end" | "tab" | "ctrl+c":
                return
            case _ if event.is_printable and event.character:
                self._filter = filter_.with_typed(clean(event.character))
        event.stop()
        event.prevent_default()
        self._apply_filter()

    def on_click(self, event: events.Click) -> None:
        """Move to the clicked row; open it on a double click."""
        index = self._top + event.y - (1 if self._heading else 0)
        if self._has_cursor and self._top <= index < min(len(self._names), self._top + self._height):
            self._go(self._names.index(self._names[index]))
            if event.chain == 2:
                self.action_choose()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move one row down."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move one row up."""
        self._wheel(event, -1)

    def on_resize(self, event: events.Resize) -> None:
        """Show the rows of the new height."""
        self._redraw_rows()

    def on_focus(self) -> None:
        """Mark heading and cursor as focused."""
        self._redraw_rows()

    def on_blur(self) -> None:
        """Unmark heading and cursor."""
        self._redraw_rows()

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        event.stop()
        self.action_move(by)

    def _go(self, at: int) -> None:
        self._index = max(0, min(at, len(self._names) - 1))
        self._redraw_rows()
        if self._names:
            self.post_message(self.Moved(self, self.name_at_cursor))

    def _scroll(self, top: int) -> None:
        self._top = top
        self._redraw_rows()

    @property
    def _height(self) -> int:
        return max(0, self.size.height - (1 if self._heading else 0) - (1 if self._filter else 0))

    def _redraw_rows(self) -> None:
        """Move cursor and scroll position within the rows, and show the visible ones."""
        height = self._height
        self._index = max(0, min(self._index, len(self._rows) - 1))
        if self._has_cursor and self._names:
            name = self.name_at_cursor
            last = self._index
            while last + 1 < len(self._names) and self._names[last + 1] == name:
                last += 1
            self._top = max(min(self._top, self._index), last - height + 1)
        self._top = max(0, min(self._top, len(self._rows) - height))
        shown = tuple(self._with_cursor(index) for index in range(self._top, min(len(self._rows), self._top + height)))
        blank = (EMPTY,) * (height - len(shown))
        bottom = (*blank, self._filter.prompt(self.size.width)) if self._filter and self.size.height > 1 else ()
        self.show((self._title(), *shown, *bottom) if self._heading else (*shown, *bottom))

    def _with_cursor(self, index: int) -> Line:
        here = self._has_cursor and bool(self._names) and self._names[index] == self.name_at_cursor
        if not here:
            return (Span(" "), *self._rows[index])
        first = index == self._names.index(self._names[index])
        return (Span("▸" if first else " ", Tone.CURSOR if self.has_focus else Tone.KEY), *self._rows[index])

    def _title(self) -> Line:
        heading = self._heading
        if self._filter.text:
            heading = with_count(heading, len(set(self._names)), len(set(self._all[1])))
        if not self.has_focus:
            return heading
        return tuple(replace(span, tone=Tone.FOCUS) if span.tone is Tone.TITLE else span for span in heading)
