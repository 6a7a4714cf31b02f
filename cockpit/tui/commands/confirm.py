"""The confirmation: the plan, a reason, Enter or Esc; the release's number if it passes half of production."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from cockpit.tui.commands.proposal import CommandProposal
from cockpit.tui.theme.textual_theme import Palette
from cockpit.tui.widgets.key_line import KeyLine
from cockpit.tui.widgets.lines import Lines
from cockpit.views import plan_steps
from cockpit.views.rows import EMPTY, Line, Span, Tone, wrap

MAX_WIDTH = 96
FRAME_WIDTH = 6
"""Cells of border and padding."""
OTHER_ROWS = 18
"""Maximum rows of everything but the warnings. A warning takes two."""


class Confirm(ModalScreen[str | None]):
    """Returns the reason, which may be empty, if confirmed; None if cancelled."""

    BINDINGS = [Binding("escape", "cancel", show=False)]
    DEFAULT_CSS = """
    Confirm { align: center middle; background: $background 60%; }
    Confirm Vertical { width: 100%; max-width: 96; height: auto; max-height: 100%; padding: 1 2;
                       border: round $primary; background: $surface; overflow: hidden; }
    Confirm.override Vertical { border: round $warning; }
    Confirm Lines { width: 100%; height: auto; background: $surface; }
    Confirm Input, Confirm Input:focus { width: 100%; border: none; height: 1; padding: 0 1; background: $panel; }
    Confirm Input#number { margin: 0 0 1 0; }
    """

    def __init__(self, palette: Palette, proposal: CommandProposal) -> None:
        super().__init__(classes="override" if proposal.objection else "")
        self._palette = palette
        self._proposal = proposal

    def compose(self) -> ComposeResult:
        """Yield the plan, the field for the number if it is needed, the field for the reason, and the keys."""
        with Vertical():
            yield Lines(self._palette, id="plan")
            if number := self._proposal.number:
                yield Input(placeholder=f"type {number} to pass half of production", compact=True, id="number")
            placeholder = "reason (required)" if self._proposal.objection else "reason (optional)"
            yield Input(
                placeholder=self._proposal.command.prompt or placeholder, max_length=200, compact=True, id="reason"
            )
            yield KeyLine(self._palette, id="keys")

    def on_mount(self) -> None:
        """Fill the plan and the keys, and fit their heights."""
        width = max(10, min(self.app.size.width, MAX_WIDTH) - FRAME_WIDTH)
        most = max(3, (self.app.size.height - OTHER_ROWS) // 2)
        self._show_lines("#plan", (*self._warnings(width), *plan_steps.steps(self._proposal.plan, width, most), EMPTY))
        verb = "override and confirm" if self._proposal.overrides else "confirm"
        keys: Line = (Span("enter ", Tone.KEY), Span(verb), Span("   esc ", Tone.KEY), Span("cancel"))
        self._show_lines("#keys", (EMPTY, keys))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Confirm if all required fields are filled, else focus the missing one."""
        number, plan = self._proposal.number, self._proposal.plan
        reason = self.query_one("#reason", Input)
        if number and self.query_one("#number", Input).value.strip() not in {number, plan.release}:
            self._require(self.query_one("#number", Input), f"type the number of the release first: {number}")
        elif self._proposal.objection and not reason.value.strip():
            self._require(reason, f"type {self._proposal.command.prompt or 'a reason'} first")
        elif self.is_current:  # a second Enter finds it dismissed
            self.dismiss(reason.value.strip())

    def action_cancel(self) -> None:
        """Close without executing."""
        self.dismiss(None)

    def _warnings(self, width: int) -> tuple[Line, ...]:
        objection = self._proposal.objection
        changed: tuple[Line, ...] = ()
        if self._proposal.changed:
            heading = "Not executed: state changed. New plan:"
            changed = (*((Span(text, Tone.WAITING),) for text in wrap(heading, width, 2)), EMPTY)
        if not objection:
            return changed
        heading = f"OVERRIDE: {objection}" if self._proposal.overrides else objection
        return (*changed, *((Span(text, Tone.BAD),) for text in wrap(heading, width, 4)), EMPTY)

    def _require(self, field: Input, message: str) -> None:
        field.focus()
        self._show_lines("#keys", (EMPTY, (Span(message, Tone.BAD), Span("   esc ", Tone.KEY), Span("cancel"))))

    def _show_lines(self, selector: str, lines: tuple[Line, ...]) -> None:
        widget = self.query_one(selector, Lines)
        widget.styles.height = len(lines)
        widget.show(lines)
