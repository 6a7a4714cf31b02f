"""The page of one PR: what is known about it at once, its files and diff as soon as git has read them."""

import asyncio
from collections.abc import Callable

from cockpit.control.board import Board
from cockpit.deploy.pulls.diff import PullDiff
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.ports import Failed
from cockpit.tui.pages.page import Page, PageActions
from cockpit.tui.theme.textual_theme import Palette
from cockpit.views import pull_diff, pulls
from cockpit.views.rows import EMPTY, Line, Span, Tone, fit, rule, wrap

ReadDiff = Callable[[PullRequest], PullDiff]
"""Reads what a PR changed. Blocks, and raises `Failed`."""


class PullPage(Page):
    """Reads the diff in a thread, so that keys and the dashboard stay live."""

    def __init__(
        self, palette: Palette, pull: PullRequest, board: Board, read_diff: ReadDiff | None, actions: PageActions
    ) -> None:
        super().__init__(palette, f"PULL REQUEST {pull.name}", self._rows, actions=actions)
        self._pull = pull
        self._board = board
        self._read_diff = read_diff
        self._diff: PullDiff | None = None
        self._diff_rows: tuple[Line, ...] = ()
        self._fitted: tuple[int, tuple[Line, ...]] = (0, ())
        """(width, the diff's rows cropped to it). The page is redrawn with every snapshot, the diff is cropped once."""
        self._note = "reading the diff …" if read_diff else "no diff: there is no repository here"

    def on_mount(self) -> None:
        """Start to read the diff."""
        if self._read_diff:
            self.run_worker(self._read(self._read_diff), group="diff")

    async def _read(self, read_diff: ReadDiff) -> None:
        def read() -> tuple[PullDiff, tuple[Line, ...]]:
            from cockpit.tui.theme.syntax import highlight

            change = read_diff(self._pull)
            return change, pull_diff.diff(change, highlight)

        try:
            self._diff, self._diff_rows = await asyncio.to_thread(read)
        except Failed as failed:
            self._note = f"cannot read the diff: {failed}"
        self.redraw()

    def _rows(self, width: int) -> tuple[Line, ...]:
        known = pulls.page(self._pull, self._board.snapshot, width, self._diff)
        if self._diff is None:
            return (*known, EMPTY, *((Span(text, Tone.UNKNOWN),) for text in wrap(self._note, width, 3)))
        if self._fitted[0] != width:
            self._fitted = width, tuple(fit(line, width) for line in self._diff_rows)
        return (*known, EMPTY, rule("DIFF", EMPTY, width), *self._fitted[1])
