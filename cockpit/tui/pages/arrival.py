"""What opens by itself: what happened while a person was away, and the hand-off card of somebody who comes next."""

from collections.abc import Callable

from textual.app import App
from textual.binding import Binding

from cockpit.control.board import Board
from cockpit.deploy.events import Event
from cockpit.deploy.facts import CommanderLost
from cockpit.deploy.schedule.rota import same
from cockpit.deploy.snapshot import Snapshot
from cockpit.rules.commander.acknowledgement import due
from cockpit.tui.pages.page import Page
from cockpit.tui.theme.textual_theme import Palette
from cockpit.tui.widgets.panel import Panel
from cockpit.views import handoff
from cockpit.views.away import missed
from cockpit.views.rows import Line, Span, Tone


class Arrival:
    """Remembers what has been opened, so that each opens once and never over something else."""

    def __init__(self, who: str, commands: bool) -> None:
        self._who = who
        self._commands = commands
        self._greeted = False
        self._carded = False

    def opens(self, app: App[None], snapshot: Snapshot) -> str:
        """The action that opens a page now; empty for none."""
        looked = snapshot.looked
        if len(app.screen_stack) > 1 or not (snapshot.log.at and looked.at) or snapshot.opening.value:
            return ""
        if not self._greeted:
            self._greeted = True
            if looked.value and missed(snapshot, looked.value):
                return "page('away')"
        came = due(snapshot, self._who) if self._commands else None
        was, self._carded = self._carded, came is not None and (self._carded or self._is_next(snapshot, came))
        return "hand_off" if self._carded and not was else ""

    def _is_next(self, snapshot: Snapshot, came: Event) -> bool:
        """Whether the card is for this person: they have the conn, or were named when the commander was lost."""
        named = came.what.following if isinstance(came.what, CommanderLost) else ""
        return snapshot.commander.value.name == self._who or same(named, self._who)


class HandoffPage(Page):
    """The card; Enter says that it was read, n writes a note on it."""

    BINDINGS = [Binding("n", "note", show=False)]

    def __init__(self, palette: Palette, board: Board, who: str, give: Callable[[str], object] | None) -> None:
        super().__init__(palette, "HAND-OFF CARD", lambda width: handoff.page(board.look(), width))
        self._board = board
        self._who = who
        self._give = give

    def offers(self) -> Line:
        """Reading and writing, for those who command."""
        reads: Line = (Span(" enter", Tone.KEY), Span(" I have read it ", Tone.STRONG)) if self._due else ()
        notes: Line = (Span(" n", Tone.KEY), Span(" write a note ")) if self._give else ()
        return (*reads, *notes)

    def on_panel_chosen(self, message: Panel.Chosen) -> None:
        """Enter: it was read."""
        message.stop()
        if self._give and self._due:
            self._give("handoff")
        self.dismiss(None)

    def action_note(self) -> None:
        """Write something down for the next commander."""
        if self._give:
            self._give("note")

    @property
    def _due(self) -> bool:
        return self._give is not None and due(self._board.look(), self._who) is not None
