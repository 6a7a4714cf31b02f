"""An app that writes only the cells that changed, and never waits for a terminal that does not drain.

`[screen] frugal = false` turns it off: Textual then repaints whole regions.
"""

from collections.abc import Sequence

from textual.events import Resize
from textual.filter import DimFilter, LineFilter, Monochrome, NoColor

from cockpit.tui.terminal import textual_internals
from cockpit.tui.terminal.cell_diff import ScreenBuffer
from cockpit.tui.terminal.glyphs import plain
from cockpit.tui.terminal.textual_internals import FrameHookApp, FrameUpdate

MAX_QUEUED = 2
"""Writes that may wait for the terminal. Textual's own queue takes 30 and then stops the event loop."""
RETRY_AFTER = 0.1
"""Seconds until a frame that could not be written is tried again."""


class CellDiffApp(FrameHookApp):
    """The base of the screen. With `writes_frames` each frame is compared cell by cell with what the terminal shows."""

    writes_frames = True
    few_glyphs = False
    """Whether characters that a console's font lacks are replaced; only with `writes_frames`."""
    _buffer: ScreenBuffer | None = None
    _retrying = False
    """Whether a frame waits for the terminal to drain."""

    def write_frame(self, update: FrameUpdate) -> None:
        """Write the cells that this frame changes."""
        width, height = self.size
        if self._buffer is None or self._buffer.size != (width, height):
            colours = textual_internals.colour_system(self)
            self._buffer = ScreenBuffer(width, height, colours, plain if self.few_glyphs else None)
        self._buffer.apply(textual_internals.segments_of(update))
        self._write(self._buffer)

    def frame_bypassed(self) -> None:
        """Textual writes over the terminal: what it shows is unknown afterwards."""
        self.invalidate_screen()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Drop the filters that change colours of the terminal's own palette."""
        filters = super().get_line_filters()
        if not self.native_ansi_color:
            return filters
        kept = [line_filter for line_filter in filters if not isinstance(line_filter, Monochrome | DimFilter)]
        return [*kept, NoColor()] if self.no_color else kept

    def invalidate_screen(self) -> None:
        """Write the next frame whole: another program has written to the terminal."""
        if self._buffer:
            self._buffer.invalidate()

    def fit_terminal(self) -> None:
        """Follow the terminal's size. Textual trusts exported COLUMNS and LINES, which never follow the window."""
        size = textual_internals.terminal_size(self)
        if size is not None and size != self.size and size.area:
            self.post_message(Resize(size, size))

    def reset_style(self) -> None:
        """Turn colours and attributes off before another program writes to the terminal."""
        if self._buffer:
            textual_internals.write(self, self._buffer.reset_style())

    def _write(self, buffer: ScreenBuffer) -> None:
        if textual_internals.queued_writes(self) > MAX_QUEUED:
            if not self._retrying:
                self._retrying = True
                self.set_timer(RETRY_AFTER, self._retry)
            return
        x, y = self.screen.outer_size.clamp_offset(self.cursor_position)
        if changes := buffer.changes():
            cursor = f"\x1b[{y + 1};{x + 1}H" if (x, y) != (0, 0) else ""  # input methods open at the cursor
            self.write_synchronised(f"{changes}{cursor}")

    def _retry(self) -> None:
        self._retrying = False
        if self._buffer and self.can_write:
            self._write(self._buffer)
