"""One PR in full: what is known of it at once, and its files and diff as soon as git has told them."""

import asyncio
from collections.abc import Callable

from cockpit.control.board import Board
from cockpit.deploy.pulls.diff import PullDiff
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.ports import Failed
from cockpit.tui.pages.page import Acts, Page
from cockpit.tui.theme.textual_theme import Palette
from cockpit.views import pull_diff, pulls
from cockpit.views.rows import EMPTY, Line, Span, Tone, fit, rule, wrap

Show = Callable[[PullRequest], PullDiff]
"""What a PR changed. It blocks, and raises `Failed`."""


class PullPage(Page):
    """It reads in a thread, so that keys and the picture behind it go on meanwhile."""

    def __init__(self, palette: Palette, pull: PullRequest, board: Board, show: Show | None, acts: Acts) -> None:
        super().__init__(palette, f"PULL REQUEST {pull.name}", self._rows, acts=acts)
        self._pull = pull
        self._board = board
        self._show = show
        self._change: PullDiff | None = None
        self._diff: tuple[Line, ...] = ()
        self._fitted: tuple[int, tuple[Line, ...]] = (0, ())
        """The diff at a width: it is drawn anew with every picture, and cut to size once."""
        self._note = "reading the diff …" if show else "no repository is at hand to read its diff from"

    def on_mount(self) -> None:
        """Begin to read."""
        if self._show:
            self.run_worker(self._read(self._show), group="diff")

    async def _read(self, show: Show) -> None:
        def read() -> tuple[PullDiff, tuple[Line, ...]]:
            from cockpit.tui.theme.syntax import paint

            found = show(self._pull)
            return found, pull_diff.diff(found, paint)

        try:
            self._change, self._diff = await asyncio.to_thread(read)
        except Failed as failed:
            self._note = f"the diff cannot be read: {failed}"
        self.redraw()

    def _rows(self, width: int) -> tuple[Line, ...]:
        known = pulls.page(self._pull, self._board.snapshot, width, self._change)
        if self._change is None:
            return (*known, EMPTY, *((Span(text, Tone.UNKNOWN),) for text in wrap(self._note, width, 3)))
        if self._fitted[0] != width:
            self._fitted = width, tuple(fit(line, width) for line in self._diff)
        return (*known, EMPTY, rule("DIFF", EMPTY, width), *self._fitted[1])
