"""The confirmation: exactly what will happen, a reason, Enter or Esc."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from cockpit.deploy.plan import Plan
from cockpit.tui.skin import Palette
from cockpit.tui.widgets.lines import Lines
from cockpit.views import plans
from cockpit.views.rows import EMPTY, Line, Span, Tone, wrap

WIDEST = 96
FRAME = 6
"""Cells that border and padding take."""


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
    """

    def __init__(
        self,
        palette: Palette,
        plan: Plan,
        gate: str = "",
        overrides: bool = False,
        changed: bool = False,
        asks: str = "",
    ) -> None:
        super().__init__(classes="override" if gate else "")
        self._palette = palette
        self._plan = plan
        self._gate = gate
        """Why a reason is needed; empty where none is."""
        self._overrides = overrides
        self._changed = changed
        self._asks = asks
        """What is typed, where it is not a reason."""

    def compose(self) -> ComposeResult:
        """The plan, the reason, the keys."""
        with Vertical():
            yield Lines(self._palette, id="plan")
            wish = "why? it needs a reason" if self._gate else "why? (may stay empty)"
            yield Input(placeholder=self._asks or wish, max_length=200, compact=True)
            yield Lines(self._palette, id="answer")

    def on_mount(self) -> None:
        """Give each part as many rows as it needs."""
        width = max(10, min(self.app.size.width, WIDEST) - FRAME)
        self._tell("#plan", (*self._before(width), *plans.steps(self._plan, width), EMPTY))
        verb = "override and do it" if self._overrides else "do it"
        keys: Line = (Span("enter ", Tone.KEY), Span(verb), Span("   esc ", Tone.KEY), Span("leave it"))
        self._tell("#answer", (EMPTY, keys))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: do it, if the reason is there where one is needed."""
        why = event.value.strip()
        if self._gate and not why:
            missing: Line = (
                Span(f"type {self._asks or 'a reason'} first", Tone.BAD),
                Span("   esc ", Tone.KEY),
                Span("leave it"),
            )
            self._tell("#answer", (EMPTY, missing))
        else:
            self.dismiss(why)

    def action_refuse(self) -> None:
        """Esc: nothing happens."""
        self.dismiss(None)

    def _before(self, width: int) -> tuple[Line, ...]:
        changed: tuple[Line, ...] = ()
        if self._changed:
            said = "Nothing was done: things changed meanwhile. Now it would be this:"
            changed = (*((Span(text, Tone.WAITING),) for text in wrap(said, width, 2)), EMPTY)
        if not self._gate:
            return changed
        said = f"OVERRIDE: {self._gate}" if self._overrides else self._gate
        return (*changed, *((Span(text, Tone.BAD),) for text in wrap(said, width, 4)), EMPTY)

    def _tell(self, selector: str, lines: tuple[Line, ...]) -> None:
        widget = self.query_one(selector, Lines)
        widget.styles.height = len(lines)
        widget.show(lines)
