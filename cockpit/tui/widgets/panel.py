"""A panel: a heading and rows beneath it, with a cursor and a scroll of its own.

The cursor stays on what it is on, by name, while rows come and go around it. Rows of one name move as one. `/` keeps
the rows that hold what is typed.
"""

from collections.abc import Callable
from dataclasses import replace

from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.message import Message

from cockpit.deploy.text import clean
from cockpit.tui.theme.textual_theme import Palette
from cockpit.tui.widgets.filter import FilterInput, counted
from cockpit.tui.widgets.lines import Lines
from cockpit.views.rows import EMPTY, Line, Span, Tone, plain

GUTTER = 1
"""Cells at the left in which the cursor is shown, so that it is seen without colour too."""


Words = Callable[[], tuple[str, ...]]


class Panel(Lines, can_focus=True):
    """Rows to move in."""

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
        """The cursor went to another row."""

        def __init__(self, listing: "Panel", name: str) -> None:
            super().__init__()
            self.listing = listing
            self.name = name

    class Chosen(Moved):
        """Enter was pressed on a row."""

    def __init__(self, palette: Palette, *, id: str | None = None, cursor: bool = True) -> None:
        super().__init__(palette, id=id)
        self._cursor = cursor
        self._heading: Line = EMPTY
        self._rows: tuple[Line, ...] = ()
        self._names: tuple[str, ...] = ()
        self._words: Words | None = None
        self._all: tuple[tuple[Line, ...], tuple[str, ...]] = ((), ())
        """Rows and their names, those too that are sifted out."""
        self._sieve = FilterInput()
        self._at = 0
        self._top = 0

    @property
    def text_at_cursor(self) -> str:
        """The row under the cursor as text."""
        return plain(self._rows[self._at : self._at + 1]).strip() if self._cursor else ""

    @property
    def name_at_cursor(self) -> str:
        """The name of the row under the cursor; empty where there is none."""
        return self._names[self._at] if self._names else ""

    def fill(
        self, heading: Line, rows: tuple[Line, ...], names: tuple[str, ...] = (), words: Words | None = None
    ) -> None:
        """Show these rows, one name each; without names, rows are named by their place. `words` tells what a
        filter looks through, a text a row, where that is more than what there is room to show."""
        self._heading = heading
        self._all = rows, names or tuple(map(str, range(len(rows))))
        self._words = words
        self._sift()

    def _sift(self) -> None:
        before, first = self.name_at_cursor, self._at == 0
        rows, names = self._all
        if self._sieve.text:
            words = self._words() if self._words else tuple(plain((row,)) for row in rows)
            kept = self._sieve.kept(names, words)
            rows, names = tuple(rows[place] for place in kept), tuple(names[place] for place in kept)
        self._rows, self._names = rows, names
        if not first and before in self._names:
            self._at = self._names.index(before)
        self._settle()

    def point(self, name: str) -> None:
        """Put the cursor on the first row of that name."""
        if name in self._names:
            self._at = self._names.index(name)
            self._settle()

    def beneath(self, line: Line) -> Style:
        """The row under the cursor of the panel that has the keys lies on the cursor's colour."""
        style = super().beneath(line)
        return style + self._palette[Tone.CURSOR] if line and line[0].tone is Tone.CURSOR else style

    def action_move(self, by: int) -> None:
        """To the next row of another name."""
        if not self._cursor:
            self._scroll(self._top + by)
            return
        at, name = self._at, self.name_at_cursor
        while 0 <= at + by < len(self._names) and self._names[at] == name:
            at += by
        if self._names and self._names[at] != name:
            self._go(self._names.index(self._names[at]))

    def action_page(self, by: int) -> None:
        """A screenful."""
        step = by * max(1, self._height - 1)
        if self._cursor:
            self._go(self._at + step)
        else:
            self._scroll(self._top + step)

    def action_edge(self, index: int) -> None:
        """To the first or the last row."""
        end = 0 if index == 0 else len(self._rows)
        if self._cursor:
            self._go(end)
        else:
            self._scroll(end)

    def action_choose(self) -> None:
        """Say which row Enter was pressed on."""
        if self._names:
            self.post_message(self.Chosen(self, self.name_at_cursor))

    def on_key(self, event: events.Key) -> None:
        """`/` opens the filter; what is typed then goes to it and to nothing else; Esc shows all rows again.

        Not by bindings: those come to the app and back, and of a burst of keys the second would overtake the first.
        """
        sieve = self._sieve
        if event.character == "/" and not sieve.typing:
            self._sieve = replace(sieve, typing=True)
            event.stop()
            self._settle()
            return
        if not sieve or (event.key != "escape" and not sieve.typing):
            return
        match event.key:
            case "escape":
                self._sieve = FilterInput()
            case "enter":
                self._sieve = replace(sieve, typing=False)
            case "backspace":
                self._sieve = sieve.rubbed()
            case "up" | "down" | "pageup" | "pagedown" | "home" | "end" | "tab" | "ctrl+c":
                return
            case _ if event.is_printable and event.character:
                self._sieve = sieve.typed(clean(event.character))
        event.stop()
        event.prevent_default()
        self._sift()

    def on_click(self, event: events.Click) -> None:
        """A click goes to a row, a second one opens it."""
        place = self._top + event.y - (1 if self._heading else 0)
        if self._cursor and self._top <= place < min(len(self._names), self._top + self._height):
            self._go(self._names.index(self._names[place]))
            if event.chain == 2:
                self.action_choose()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves as the arrows do."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """And back."""
        self._wheel(event, -1)

    def on_resize(self, event: events.Resize) -> None:
        """Another height shows other rows."""
        self._settle()

    def on_focus(self) -> None:
        """The heading and the cursor show who has the keys."""
        self._settle()

    def on_blur(self) -> None:
        """And who has them no longer."""
        self._settle()

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        event.stop()
        self.action_move(by)

    def _go(self, at: int) -> None:
        self._at = max(0, min(at, len(self._names) - 1))
        self._settle()
        if self._names:
            self.post_message(self.Moved(self, self.name_at_cursor))

    def _scroll(self, top: int) -> None:
        self._top = top
        self._settle()

    @property
    def _height(self) -> int:
        return max(0, self.size.height - (1 if self._heading else 0) - (1 if self._sieve else 0))

    def _settle(self) -> None:
        """Bring cursor and scroll within the rows, and show what is in sight."""
        height = self._height
        self._at = max(0, min(self._at, len(self._rows) - 1))
        if self._cursor and self._names:
            name = self.name_at_cursor
            last = self._at
            while last + 1 < len(self._names) and self._names[last + 1] == name:
                last += 1
            self._top = max(min(self._top, self._at), last - height + 1)
        self._top = max(0, min(self._top, len(self._rows) - height))
        shown = tuple(self._marked(index) for index in range(self._top, min(len(self._rows), self._top + height)))
        blank = (EMPTY,) * (height - len(shown))
        feet = (*blank, self._sieve.foot(self.size.width)) if self._sieve and self.size.height > 1 else ()
        self.show((self._title(), *shown, *feet) if self._heading else (*shown, *feet))

    def _marked(self, index: int) -> Line:
        here = self._cursor and bool(self._names) and self._names[index] == self.name_at_cursor
        if not here:
            return (Span(" "), *self._rows[index])
        first = index == self._names.index(self._names[index])
        return (Span("▸" if first else " ", Tone.CURSOR if self.has_focus else Tone.KEY), *self._rows[index])

    def _title(self) -> Line:
        heading = self._heading
        if self._sieve.text:
            heading = counted(heading, len(set(self._names)), len(set(self._all[1])))
        if not self.has_focus:
            return heading
        return tuple(replace(span, tone=Tone.FOCUS) if span.tone is Tone.TITLE else span for span in heading)
