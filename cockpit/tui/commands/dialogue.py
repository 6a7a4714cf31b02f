"""Gives commands from the screen: proposed, confirmed where that is due, done in the background, answered in words."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from cockpit.control.board import Board
from cockpit.control.command_table import command_named
from cockpit.control.conflict_resolver import ConflictResolver, conflicting
from cockpit.control.dispatcher import Dispatcher
from cockpit.deploy.plan import CommandRequest, Refusal
from cockpit.tui.commands.confirm import Confirm
from cockpit.tui.commands.conflicts import find_resolution
from cockpit.tui.commands.proposal import CommandProposal, give, propose
from cockpit.tui.key_hints import SETTING_UP
from cockpit.tui.notice import Notice
from cockpit.tui.theme.textual_theme import Palette

if TYPE_CHECKING:
    from textual.app import App


class CommandDialogue:
    """One commander's commands at one screen."""

    resolver: ConflictResolver | None = None
    """What conflicts are resolved with, where that is possible."""

    def __init__(self, app: "App[None]", board: Board, desk: Dispatcher, palette: Callable[[], Palette]) -> None:
        self.desk = desk
        self._app = app
        self._board = board
        self._palette = palette

    def give(self, verb: str, ask: CommandRequest) -> None:
        """Decide on the present picture at once, so that no key typed meanwhile goes astray."""
        if self._board.snapshot.opening.value:
            self.tell(Notice(SETTING_UP, ok=False))
            return
        proposal = propose(command_named(verb), self._board.look(), ask)
        if isinstance(proposal, Refusal):
            self.tell(Notice(proposal.reason, ok=False))
        elif self.resolver and verb == "revert" and conflicting(self._board.snapshot, proposal.ask):
            self._app.run_worker(self._find_way(self.resolver, proposal), group="ways", exclusive=True)
        else:
            self._put_forward(proposal)

    def tell(self, notice: Notice) -> None:
        """Say it at the edge of the screen for some seconds."""
        tell(self._app, notice)

    def _put_forward(self, proposal: CommandProposal) -> None:
        if not proposal.asks_first:
            self._perform(proposal, "")
            return

        def answered(why: str | None) -> None:
            if why is not None:
                self._perform(proposal, why)

        self._app.push_screen(Confirm(self._palette(), proposal), answered)

    def _perform(self, proposal: CommandProposal, why: str) -> None:
        """Effects run on the app and never push each other aside."""
        self._app.run_worker(self._give(proposal, why), group="effects", exclusive=False)

    async def _find_way(self, resolver: ConflictResolver, proposal: CommandProposal) -> None:
        self._answer(await find_resolution(self._app, self._palette(), resolver, self._board, proposal))

    async def _give(self, proposal: CommandProposal, why: str) -> None:
        self._answer(await give(self.desk, proposal, why))

    def _answer(self, came: CommandProposal | Notice | None) -> None:
        if isinstance(came, CommandProposal):
            self._put_forward(came)
        elif came:
            self.tell(came)


def tell(app: "App[None]", notice: Notice) -> None:
    """Say it at the edge of the screen for some seconds, literally."""
    ok = notice.ok
    app.notify(notice.words, severity="information" if ok else "warning", timeout=4 if ok else 8, markup=False)
