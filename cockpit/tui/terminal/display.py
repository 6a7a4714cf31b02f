"""An app that writes only the cells that changed, and never waits for a terminal that does not drain.

It overrides a private method of Textual, `App._display`, which is why textual is pinned exactly and why the tests hold
the result against the stock display's. `[screen] frugal = false` turns it off.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.segment import Segment
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.events import Resize
from textual.filter import DimFilter, LineFilter, Monochrome, NoColor
from textual.geometry import Size
from textual.screen import Screen

from cockpit.tui.terminal.cell_diff import ScreenBuffer
from cockpit.tui.terminal.glyphs import plain

BACKLOG = 2
"""Frames that may wait for the terminal. Textual's own queue takes 30 and then stops the event loop."""
AGAIN = 0.1
"""Seconds until a frame that could not go out is tried again."""


def placed(update: LayoutUpdate | ChopsUpdate) -> Iterator[tuple[int, int, Iterable[Segment]]]:
    """(column, row, segments) of all that an update paints, in its order; as its own `render_segments` goes."""
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            yield update.region.x, y, (segment for strip in line for segment in strip)
        return
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x > x2 or end <= x1:
                continue
            yield x, y, strip if x >= x1 and end <= x2 else strip.crop(0, min(end, x2) - x)


class CellDiffApp(App[None]):
    """The base of the screen. `frugal` is whether frames are written cell by cell."""

    frugal = True
    few_glyphs = False
    """Whether what a console's font lacks is written in plain characters; only where cells are written one by one."""
    _picture: ScreenBuffer | None = None
    _late = False
    """Whether a frame waits for the terminal to drain."""

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        driver = self._driver
        cells = self.frugal and driver is not None and not self.is_headless and not driver.is_inline
        known = isinstance(renderable, LayoutUpdate | ChopsUpdate)
        if not (cells and known and self._running) or self._closed:
            if self._picture and renderable is not None:
                self._picture.forget()  # it is about to be written over
            super()._display(screen, renderable)
            return
        try:
            if not self._batch_count:
                picture = self._kept(*self.size)
                picture.take(placed(renderable))
                self._write(picture)
        finally:
            self.post_display_hook()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Without those that would make shades of what is the terminal's own palette, or none of it."""
        filters = super().get_line_filters()
        if not self.native_ansi_color:
            return filters
        kept = [one for one in filters if not isinstance(one, Monochrome | DimFilter)]
        return [*kept, NoColor()] if self.no_color else kept

    def forget_screen(self) -> None:
        """Write the next frame whole: somebody else has written to the terminal meanwhile."""
        if self._picture:
            self._picture.forget()

    def fit_terminal(self) -> None:
        """Take the size that the terminal has. Textual believes COLUMNS and LINES before it asks, and whoever exports
        them would have a screen that never follows its window."""
        try:
            size = Size(*os.get_terminal_size(self._driver.fileno))  # type: ignore[union-attr]
        except (AttributeError, OSError):
            return  # no terminal: a browser, a test
        if size != self.size and size.area:
            self.post_message(Resize(size, size))

    def let_go_of_screen(self) -> None:
        """Leave the terminal in no style of ours, before somebody else writes to it."""
        if self._picture and self._driver:
            self._driver.write(self._picture.at_rest())
            self._driver.flush()

    def _kept(self, width: int, height: int) -> ScreenBuffer:
        if self._picture is None or self._picture.size != (width, height):
            self._picture = ScreenBuffer(width, height, self.console._color_system, plain if self.few_glyphs else None)
        return self._picture

    def _write(self, picture: ScreenBuffer) -> None:
        driver = self._driver
        assert driver is not None, "asked before"
        thread = getattr(driver, "_writer_thread", None)
        if thread is not None and thread._queue.qsize() > BACKLOG:
            if not self._late:
                self._late = True
                self.set_timer(AGAIN, self._write_late)
            return
        x, y = self.screen.outer_size.clamp_offset(self.cursor_position)
        if changes := picture.changes():
            self._begin_update()
            parked = f"\x1b[{y + 1};{x + 1}H" if (x, y) != (0, 0) else ""  # where people type, for input methods
            driver.write(f"{changes}{parked}")
            self._end_update()
            driver.flush()

    def _write_late(self) -> None:
        self._late = False
        if self._picture and self._running and not self._closed:
            self._write(self._picture)
