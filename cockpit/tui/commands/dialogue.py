"""The walk of a key press, from the key to the store.

1. Key: `tui/app.py` turns the key into the verb of a command and calls `CommandDialogue.run`.
2. Row: `find_command` (control/command_table.py) finds the verb's row.
3. Decide: `propose` (tui/commands/proposal.py) asks the row for a plan. A refusal ends the walk with a notice.
4. Confirm: `Confirm` (tui/commands/confirm.py) shows the plan and asks for a reason, unless the command needs neither.
5. Perform: `Dispatcher.dispatch` (control/dispatcher.py) decides once more on the newest snapshot, and `perform`
   (control/perform.py) writes the plan in one transaction. If the plan has changed since step 4, nothing is written
   and the walk goes back to it.

A revert that conflicts takes a detour between 3 and 4: tui/commands/conflicts.py.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

from cockpit.control.board import Board
from cockpit.control.command_table import find_command
from cockpit.control.conflict_resolver import ConflictResolver, conflicting_pull
from cockpit.control.dispatcher import Changed, Dispatcher, Done
from cockpit.deploy.plan import CommandRequest, Refusal
from cockpit.ports import Failed
from cockpit.tui.commands.confirm import Confirm
from cockpit.tui.commands.conflicts import find_resolution
from cockpit.tui.commands.proposal import CommandProposal, propose
from cockpit.tui.key_hints import SETTING_UP
from cockpit.tui.notice import Notice
from cockpit.tui.theme.textual_theme import Palette

if TYPE_CHECKING:
    from textual.app import App


class CommandDialogue:
    """The commands of one screen."""

    resolver: ConflictResolver | None = None
    """Resolves conflicts of reverts; None if that is not possible here."""

    def __init__(self, app: "App[None]", board: Board, dispatcher: Dispatcher, palette: Callable[[], Palette]) -> None:
        self.dispatcher = dispatcher
        self._app = app
        self._board = board
        self._palette = palette

    def run(self, verb: str, request: CommandRequest) -> None:
        """Run the command of a key, up to its confirmation.

        It decides on the current snapshot without awaiting, so that keys typed next go to the confirmation.
        """
        if self._board.snapshot.startup.value:
            self.show(Notice(SETTING_UP, ok=False))
            return
        proposal = propose(find_command(verb), self._board.look(), request)
        if isinstance(proposal, Refusal):
            self.show(Notice(proposal.reason, ok=False))
        elif self.resolver and verb == "revert" and conflicting_pull(self._board.snapshot, proposal.request):
            self._app.run_worker(self._resolve_conflicts(self.resolver, proposal), group="conflicts", exclusive=True)
        else:
            self._confirm(proposal)

    def show(self, notice: Notice) -> None:
        """Show a notice."""
        show_notice(self._app, notice)

    def _confirm(self, proposal: CommandProposal) -> None:
        """Perform at once, or after the confirmation."""

        def perform(reason: str | None) -> None:
            if reason is not None:  # commands run side by side and do not cancel each other
                self._app.run_worker(self._perform(proposal, reason), group="effects", exclusive=False)

        if proposal.needs_confirmation:
            self._app.push_screen(Confirm(self._palette(), proposal), perform)
        else:
            perform("")

    async def _perform(self, proposal: CommandProposal, reason: str) -> None:
        """Dispatch the command and show the result; confirm again if the plan has changed."""
        command, request = proposal.command, proposal.request_with(reason)
        shown = proposal.plan if proposal.needs_confirmation else None
        try:
            result = await self.dispatcher.dispatch(command, request, shown)
        except Failed as failed:
            self.show(Notice(f"{command.verb} was not done: {failed}", ok=False))
            return
        match result:
            case Done(plan):
                self.show(Notice(f"done: {plan.title}"))
            case Refusal(refusal):
                self.show(Notice(refusal, ok=False))
            case Changed(plan):
                self._confirm(proposal.changed_to(plan, request))
            case _:
                assert_never(result)

    async def _resolve_conflicts(self, resolver: ConflictResolver, proposal: CommandProposal) -> None:
        result = await find_resolution(self._app, self._palette(), resolver, self._board, proposal)
        if isinstance(result, CommandProposal):
            self._confirm(result)
        elif result:
            self.show(result)


def show_notice(app: "App[None]", notice: Notice) -> None:
    """Show a notice at the edge of the screen for some seconds, as literal text."""
    ok = notice.ok
    app.notify(notice.message, severity="information" if ok else "warning", timeout=4 if ok else 8, markup=False)
