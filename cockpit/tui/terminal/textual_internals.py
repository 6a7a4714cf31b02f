"""Everything that cockpit uses of Textual without Textual publishing it.

textual is pinned exactly because of this module. Its tests fail if an update renames one of these names or changes what
they do, and hold the frames against those of the stock display.
"""

import os
from collections.abc import Iterable, Iterator
from typing import Any

from rich.color import ColorSystem
from rich.segment import Segment
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.geometry import Size
from textual.screen import Screen

FrameUpdate = LayoutUpdate | ChopsUpdate
"""What a frame repaints: whole rows of a region, or single spans."""


def segments_of(update: FrameUpdate) -> Iterator[tuple[int, int, Iterable[Segment]]]:
    """Yield (column, row, segments) of all that an update paints, in the order of its own `render_segments`."""
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            yield update.region.x, y, (segment for strip in line for segment in strip)
        return
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x > x2 or end <= x1:
                continue
            yield x, y, strip if x >= x1 and end <= x2 else strip.crop(0, min(end, x2) - x)


class FrameHookApp(App[None]):
    """An app that can write its own frames. `App._display` is the one place every frame passes through."""

    writes_frames = False
    """Whether `write_frame` is called instead of Textual's own display."""

    def write_frame(self, update: FrameUpdate) -> None:
        """Write one frame to the terminal."""
        raise NotImplementedError

    def frame_bypassed(self) -> None:
        """React to a frame that Textual writes itself."""

    @property
    def can_write(self) -> bool:
        """Whether the app runs and its terminal is open."""
        return self._running and not self._closed

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        driver = self._driver
        own = self.writes_frames and driver is not None and not self.is_headless and not driver.is_inline
        if not (own and isinstance(renderable, FrameUpdate) and self.can_write):
            if renderable is not None:
                self.frame_bypassed()
            super()._display(screen, renderable)
            return
        try:
            if not self._batch_count:
                self.write_frame(renderable)
        finally:
            self.post_display_hook()

    def write_synchronised(self, sequence: str) -> None:
        """Write a frame between the marks of synchronised output, if the terminal knows them."""
        driver = self._driver
        assert driver is not None, "write_frame is called only with a driver"
        self._begin_update()
        driver.write(sequence)
        self._end_update()
        driver.flush()


def write(app: App[Any], sequence: str) -> None:
    """Write an escape sequence to the app's terminal; without a terminal do nothing."""
    if driver := app._driver:
        driver.write(sequence)
        driver.flush()


def queued_writes(app: App[Any]) -> int:
    """Count the writes that the terminal has not taken yet."""
    thread = getattr(app._driver, "_writer_thread", None)
    return thread._queue.qsize() if thread is not None else 0


def terminal_size(app: App[Any]) -> Size | None:
    """Ask the kernel for the size of the app's terminal; None without a terminal, as in a browser or a test."""
    try:
        return Size(*os.get_terminal_size(app._driver.fileno))  # type: ignore[union-attr]
    except (AttributeError, OSError):
        return None


def colour_system(app: App[Any]) -> ColorSystem | None:
    """The colours that rich writes for this terminal."""
    return app.console._color_system


def bind_key(screen: Screen[Any], key: str, action: str) -> None:
    """Bind one more key of a screen. Textual publishes `bind` for apps alone."""
    screen._bindings.bind(key, action, show=False)
