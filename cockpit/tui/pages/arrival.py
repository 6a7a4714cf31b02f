"""Pages that open by themselves: what happened while you were away, and the handoff for a new commander."""

from collections.abc import Callable

from textual.app import App
from textual.binding import Binding

from cockpit.control.board import Board
from cockpit.deploy.events import Event
from cockpit.deploy.facts import CommanderLost
from cockpit.deploy.schedule.rota import is_same_person
from cockpit.deploy.snapshot import Snapshot
from cockpit.rules.commander.acknowledgement import unread_handoff
from cockpit.tui.pages.page import Page
from cockpit.tui.theme.textual_theme import Palette
from cockpit.tui.widgets.panel import Panel
from cockpit.views import handoff
from cockpit.views.away import missed_events
from cockpit.views.rows import Line, Span, Tone


class Arrival:
    """Decides which page opens by itself: each once, and never over another page."""

    def __init__(self, user: str, commands: bool) -> None:
        self._user = user
        self._commands = commands
        self._away_opened = False
        self._handoff_opened = False

    def next_page(self, app: App[None], snapshot: Snapshot) -> str:
        """Return the action that opens a page now; empty for none."""
        visit = snapshot.last_visit
        if len(app.screen_stack) > 1 or not (snapshot.log.at and visit.at) or snapshot.startup.value:
            return ""
        if not self._away_opened:
            self._away_opened = True
            if visit.value and missed_events(snapshot, visit.value):
                return "page('away')"
        unread = unread_handoff(snapshot, self._user) if self._commands else None
        opened_before = self._handoff_opened
        self._handoff_opened = unread is not None and (opened_before or self._is_next(snapshot, unread))
        return "open_handoff" if self._handoff_opened and not opened_before else ""

    def _is_next(self, snapshot: Snapshot, event: Event) -> bool:
        """Return whether the handoff is for this person: the commander, or the successor of a lost one."""
        named = event.what.successor if isinstance(event.what, CommanderLost) else ""
        return snapshot.commander.value.name == self._user or is_same_person(named, self._user)


class HandoffPage(Page):
    """The handoff; Enter marks it as read, n adds a note."""

    BINDINGS = [Binding("n", "note", show=False)]

    def __init__(self, palette: Palette, board: Board, user: str, run_command: Callable[[str], object] | None) -> None:
        super().__init__(palette, "HANDOFF", lambda width: handoff.page(board.look(), width))
        self._board = board
        self._user = user
        self._run_command = run_command

    def extra_keys(self) -> Line:
        """The keys to mark it as read and to add a note, for those who may command."""
        read: Line = (
            (Span(" enter", Tone.KEY), Span(" mark as read (unlocks your commands) ", Tone.STRONG))
            if self._unread
            else ()
        )
        note: Line = (Span(" n", Tone.KEY), Span(" add a note ")) if self._run_command else ()
        return (*read, *note)

    def on_panel_chosen(self, message: Panel.Chosen) -> None:
        """Mark the handoff as read."""
        message.stop()
        if self._run_command and self._unread:
            self._run_command("handoff")
        self.dismiss(None)

    def action_note(self) -> None:
        """Add a note for the next commander."""
        if self._run_command:
            self._run_command("note")

    @property
    def _unread(self) -> bool:
        return self._run_command is not None and unread_handoff(self._board.look(), self._user) is not None
