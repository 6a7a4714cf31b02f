"""Opens what there is to read over the screen: pages of the catalogue, a PR, events, releases, the keys."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from cockpit.control.board import Board
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.tui.commands.copy import CopyActions, address, said
from cockpit.tui.key_bindings import key_of
from cockpit.tui.key_hints import Rooms
from cockpit.tui.pages.catalogue import OWN, PAGES
from cockpit.tui.pages.page import Acts, Make, Page
from cockpit.tui.pages.pull import PullPage, Show
from cockpit.tui.theme.textual_theme import Palette
from cockpit.views import history, key_help, whereis

if TYPE_CHECKING:
    from textual.app import App


class Navigation:
    """The pages of one screen; each is drawn from the board and follows it."""

    show: Show | None = None
    """What a PR changed, where there is a repository to read it from."""

    def __init__(
        self,
        app: "App[None]",
        board: Board,
        palette: Callable[[], Palette],
        taking: CopyActions,
        remapped: Mapping[str, str],
    ) -> None:
        self._app = app
        self._taking = taking
        self._remapped = remapped
        self._board = board
        self._palette = palette

    def page(self, name: str) -> None:
        """A page of the catalogue."""
        if own := OWN.get(name):
            self._app.push_screen(own(self._palette(), lambda: self._board.snapshot))
            return
        title, make = PAGES[name]
        self._open(title, lambda width: make(self._board.snapshot, width))

    def keys(self, rooms: Callable[[], Rooms]) -> None:
        """Every key."""
        self._open("KEYS", lambda width: key_help.help_page(rooms(), width))

    def pull(self, pull: PullRequest) -> None:
        """One PR in full."""
        acts: Acts = {
            key_of("open-url", self._remapped): (
                "open",
                lambda: self._taking.open(address(pull, self._board.snapshot)),
            ),
            key_of("copy", self._remapped): ("copy", lambda: self._taking.copy(said(pull, self._board.snapshot))),
        }
        self._app.push_screen(PullPage(self._palette(), pull, self._board, self.show, acts))

    def whereis(self, pull: PullRequest) -> None:
        """Where a PR is."""
        self._open(whereis.heading(pull), lambda width: whereis.page(pull, self._board.snapshot, width))

    def events(self) -> None:
        """What happened to the newest release."""
        if release := self._board.snapshot.latest:
            self._open(f"EVENTS {release.id}", lambda width: history.events(release, width))

    def releases(self) -> None:
        """Past releases; Enter opens one."""
        self._open("RELEASES", lambda width: history.releases(self._board.snapshot, width), self._release)

    def _release(self, row: int) -> None:
        releases = self._board.snapshot.log.value.releases
        if row < len(releases):
            release = releases[len(releases) - 1 - row]
            self._open(f"RELEASE {release.id}", lambda width: history.events(release, width))

    def _open(self, title: str, make: Make, choose: Callable[[int], None] | None = None) -> None:
        self._app.push_screen(Page(self._palette(), title, make, choose))
