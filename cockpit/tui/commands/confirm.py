"""The confirmation: exactly what will happen, a reason, Enter or Esc; a number where most of production is at stake."""

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

WIDEST = 96
FRAME = 6
"""Cells that border and padding take."""
REST = 18
"""Rows that all but the warnings take at most, of which each takes two."""


class Confirm(ModalScreen[str | None]):
    """Gives the reason, perhaps empty, where it is to be done; None where it is not."""

    BINDINGS = [Binding("escape", "refuse", show=False)]
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
        super().__init__(classes="override" if proposal.gate else "")
        self._palette = palette
        self._proposal = proposal

    def compose(self) -> ComposeResult:
        """The plan, the release's number where it is asked for, the reason, the keys."""
        with Vertical():
            yield Lines(self._palette, id="plan")
            if number := self._proposal.number:
                yield Input(placeholder=f"type {number} to go past half of production", compact=True, id="number")
            wish = "why? it needs a reason" if self._proposal.gate else "why? (may stay empty)"
            yield Input(placeholder=self._proposal.command.asks or wish, max_length=200, compact=True, id="why")
            yield KeyLine(self._palette, id="answer")

    def on_mount(self) -> None:
        """Give each part as many rows as it needs."""
        width = max(10, min(self.app.size.width, WIDEST) - FRAME)
        most = max(3, (self.app.size.height - REST) // 2)
        self._tell("#plan", (*self._before(width), *plan_steps.steps(self._proposal.plan, width, most), EMPTY))
        verb = "override and do it" if self._proposal.overrides else "do it"
        keys: Line = (Span("enter ", Tone.KEY), Span(verb), Span("   esc ", Tone.KEY), Span("leave it"))
        self._tell("#answer", (EMPTY, keys))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: do it, once all that is needed is there; else go to what is missing."""
        asked, plan = self._proposal.number, self._proposal.plan
        why = self.query_one("#why", Input)
        if asked and self.query_one("#number", Input).value.strip() not in {asked, plan.release}:
            self._miss(self.query_one("#number", Input), f"type the release's number, {asked}, first")
        elif self._proposal.gate and not why.value.strip():
            self._miss(why, f"type {self._proposal.command.asks or 'a reason'} first")
        elif self.is_current:  # a second Enter typed ahead finds it answered
            self.dismiss(why.value.strip())

    def action_refuse(self) -> None:
        """Esc: nothing happens."""
        self.dismiss(None)

    def _before(self, width: int) -> tuple[Line, ...]:
        gate = self._proposal.gate
        changed: tuple[Line, ...] = ()
        if self._proposal.changed:
            said = "Nothing was done: things changed meanwhile. Now it would be this:"
            changed = (*((Span(text, Tone.WAITING),) for text in wrap(said, width, 2)), EMPTY)
        if not gate:
            return changed
        said = f"OVERRIDE: {gate}" if self._proposal.overrides else gate
        return (*changed, *((Span(text, Tone.BAD),) for text in wrap(said, width, 4)), EMPTY)

    def _miss(self, field: Input, words: str) -> None:
        field.focus()
        self._tell("#answer", (EMPTY, (Span(words, Tone.BAD), Span("   esc ", Tone.KEY), Span("leave it"))))

    def _tell(self, selector: str, lines: tuple[Line, ...]) -> None:
        widget = self.query_one(selector, Lines)
        widget.styles.height = len(lines)
        widget.show(lines)
