"""Open the pages over the dashboard: those of the catalogue, a PR, events, releases, the keys."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from cockpit.control.board import Board
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.tui.commands.copy import CopyActions, pull_reference, pull_url
from cockpit.tui.key_bindings import key_of
from cockpit.tui.key_hints import HelpSections
from cockpit.tui.pages.catalogue import PAGE_CLASSES, PAGES
from cockpit.tui.pages.page import MakeRows, Page, PageActions
from cockpit.tui.pages.pull import PullPage, ReadDiff
from cockpit.tui.theme.textual_theme import Palette
from cockpit.views import history, key_help, whereis

if TYPE_CHECKING:
    from textual.app import App


class Navigation:
    """The pages of one screen; each follows the board."""

    read_diff: ReadDiff | None = None
    """Reads what a PR changed; None without a repository."""

    def __init__(
        self,
        app: "App[None]",
        board: Board,
        palette: Callable[[], Palette],
        copy_actions: CopyActions,
        remapped: Mapping[str, str],
    ) -> None:
        self._app = app
        self._copy_actions = copy_actions
        self._remapped = remapped
        self._board = board
        self._palette = palette

    def page(self, name: str) -> None:
        """Open a page of the catalogue."""
        if page := PAGE_CLASSES.get(name):
            self._app.push_screen(page(self._palette(), lambda: self._board.snapshot))
            return
        title, make_rows = PAGES[name]
        self._open(title, lambda width: make_rows(self._board.snapshot, width))

    def keys(self, sections: Callable[[], HelpSections]) -> None:
        """Open the page of all keys."""
        self._open("KEYS", lambda width: key_help.help_page(sections(), width))

    def pull(self, pull: PullRequest) -> None:
        """Open the page of one PR."""
        actions: PageActions = {
            key_of("open-url", self._remapped): (
                "open",
                lambda: self._copy_actions.open(pull_url(pull, self._board.snapshot)),
            ),
            key_of("copy", self._remapped): (
                "copy",
                lambda: self._copy_actions.copy(pull_reference(pull, self._board.snapshot)),
            ),
        }
        self._app.push_screen(PullPage(self._palette(), pull, self._board, self.read_diff, actions))

    def whereis(self, pull: PullRequest) -> None:
        """Open the page that locates a PR."""
        self._open(whereis.heading(pull), lambda width: whereis.page(pull, self._board.snapshot, width))

    def events(self) -> None:
        """Open the events of the latest release."""
        if release := self._board.snapshot.latest:
            self._open(f"EVENTS {release.id}", lambda width: history.events(release, width))

    def releases(self) -> None:
        """Open the page of past releases; Enter opens one."""
        self._open("RELEASES", lambda width: history.releases(self._board.snapshot, width), self._release)

    def _release(self, row: int) -> None:
        releases = self._board.snapshot.log.value.releases
        if row < len(releases):
            release = releases[len(releases) - 1 - row]
            self._open(f"RELEASE {release.id}", lambda width: history.events(release, width))

    def _open(self, title: str, make_rows: MakeRows, choose: Callable[[int], None] | None = None) -> None:
        self._app.push_screen(Page(self._palette(), title, make_rows, choose))
