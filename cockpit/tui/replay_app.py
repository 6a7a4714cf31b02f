"""The screen of a replay: a read-only screen on a board with the recording's clock, and keys for that clock."""

from textual.binding import Binding

from cockpit.control.board import Board
from cockpit.control.replay_clock import ReplayClock
from cockpit.tui.app import BackgroundTask, CockpitApp
from cockpit.tui.screen_settings import ScreenSettings
from cockpit.views.key_help import Hint

KEYS = (
    ("space", "space", "pause", "pause", "Pause or resume the replay."),
    ("plus", "+", "faster", "faster", "Play faster."),
    ("minus", "-", "slower", "slower", "Play slower."),
    ("left_square_bracket", "[", "jump(-1)", "event", "Jump to the previous event."),
    ("right_square_bracket", "]", "jump(1)", "event", "Jump to the next event."),
)
"""(Textual's name of the key, the key as shown, action, title, help)."""


class ReplayApp(CockpitApp):
    """Plays a recording. It has no dispatcher, so no command can be given."""

    BINDINGS = [Binding(key, action, show=False, priority=True) for key, _, action, _, _ in KEYS]

    def __init__(self, board: Board, clock: ReplayClock, settings: ScreenSettings, background: BackgroundTask) -> None:
        super().__init__(board, None, "", settings, background)
        self._clock = clock

    def _screen_hints(self, footer: bool = False) -> tuple[Hint, ...]:
        return (
            *(Hint(shown, title, help_text) for _, shown, _, title, help_text in KEYS),
            *super()._screen_hints(footer),
        )

    def action_pause(self) -> None:
        """Pause or resume."""
        self._clock.toggle_pause()

    def action_faster(self) -> None:
        """Play at the next higher speed."""
        self._clock.faster()

    def action_slower(self) -> None:
        """Play at the next lower speed."""
        self._clock.slower()

    def action_jump(self, by: int) -> None:
        """Jump `by` events."""
        self._clock.jump(by)
