"""The screen of a replay: the watcher's screen on a board whose clock is the record's, with keys for that clock."""

from textual.binding import Binding

from cockpit.control.board import Board
from cockpit.control.replay_clock import ReplayClock
from cockpit.tui.app import Background, CockpitApp
from cockpit.tui.screen_settings import ScreenSettings
from cockpit.views.key_help import Hint

KEYS = (
    ("space", "space", "pause", "pause", "Stand still, or go on."),
    ("plus", "+", "faster", "faster", "Play it faster."),
    ("minus", "-", "slower", "slower", "Play it slower."),
    ("left_square_bracket", "[", "jump(-1)", "event", "To the event before."),
    ("right_square_bracket", "]", "jump(1)", "event", "To the next event."),
)
"""(Textual's key, as people write it, action, title, help)."""


class ReplayApp(CockpitApp):
    """It has no desk: there is nothing in it that could give a command."""

    BINDINGS = [Binding(key, action, show=False, priority=True) for key, _, action, _, _ in KEYS]

    def __init__(self, board: Board, player: ReplayClock, look: ScreenSettings, background: Background) -> None:
        super().__init__(board, None, "", look, background)
        self._player = player

    def _screen_hints(self, footer: bool = False) -> tuple[Hint, ...]:
        return (*(Hint(shown, title, words) for _, shown, _, title, words in KEYS), *super()._screen_hints(footer))

    def action_pause(self) -> None:
        """Stand still, or go on."""
        self._player.pause()

    def action_faster(self) -> None:
        """The next speed."""
        self._player.faster()

    def action_slower(self) -> None:
        """The speed before."""
        self._player.slower()

    def action_jump(self, by: int) -> None:
        """To another event."""
        self._player.jump(by)
