"""The bytes that a bell writes, and when."""

from typing import Any

import pyte
import pytest

from cockpit.tui.terminal.bell import MAX_LENGTH, Bell, desktop_notice

XTERM = {"TERM": "xterm-256color"}
HOLD = "webapp: 2026-11-23.3 HOLD: twice the errors"


@pytest.mark.parametrize(
    ("env", "sequence"),
    [
        (XTERM, f"\x1b]9;{HOLD}\x07"),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/t,1,0"}, f"\x1bPtmux;\x1b\x1b]9;{HOLD}\x07\x1b\\"),
        ({"TERM": "screen-256color", "TMUX": "/tmp/t,1,0"}, f"\x1bPtmux;\x1b\x1b]9;{HOLD}\x07\x1b\\"),
        ({"TERM": "screen"}, f"\x1bP\x1b]9;{HOLD}\x07\x1b\\"),
        ({"TERM": "xterm", "STY": "1.x"}, f"\x1bP\x1b]9;{HOLD}\x07\x1b\\"),
        ({"TERM": "linux"}, ""),
        ({"TERM": "dumb"}, ""),
        ({}, ""),
    ],
)
def test_each_terminal_gets_the_sequence_it_knows_or_none(env: dict[str, str], sequence: str) -> None:
    assert desktop_notice(HOLD, env) == sequence


@pytest.mark.parametrize(
    "words",
    [
        "4;3;50",
        "HOLD\x07\x1b]52;c;cm0gLXJmIC8=\x07",
        "a\x1b\\b\x9cc\x9d9;x\x07",
        "line\r\nline\x00\x7f",
        "x" * 5000,
        "\u202eabandon",
    ],
)
def test_foreign_text_cannot_end_the_sequence_or_start_another(words: str) -> None:
    sequence = desktop_notice(f"webapp: {words}", XTERM)
    inside = sequence.removeprefix("\x1b]9;").removesuffix("\x07")
    assert inside.isprintable()
    assert ";" not in inside
    assert len(inside) <= MAX_LENGTH


def test_a_notification_changes_no_cell_and_no_cursor_position() -> None:
    screen = pyte.Screen(20, 3)
    stream = pyte.Stream(screen)
    stream.feed("\x1b[2;3Hhere")
    before = list(screen.display), (screen.cursor.x, screen.cursor.y)
    stream.feed(desktop_notice(HOLD, XTERM))
    assert (list(screen.display), (screen.cursor.x, screen.cursor.y)) == before


class AppStub:
    """The part of an app that a bell uses."""

    is_headless = False

    def __init__(self) -> None:
        self.app_focus = True
        self.output: list[str] = []
        self._driver = self
        self._focus_changed: Any = None

    def bell(self) -> None:
        self.output.append("\x07")

    def write(self, text: str) -> None:
        self.output.append(text)

    def flush(self) -> None: ...

    def watch(self, _app: object, name: str, callback: Any, init: bool) -> None:
        assert (name, init) == ("app_focus", False)
        self._focus_changed = callback

    def focus(self, on: bool) -> None:
        self.app_focus = on
        self._focus_changed(on)


def ring(terminal: Any, bell: Bell) -> str:
    terminal.output.clear()
    bell.ring(terminal, "HOLD")
    return "".join(terminal.output)


def test_the_desktop_is_notified_without_focus_and_if_focus_is_unknown() -> None:
    terminal: Any = AppStub()
    bell = Bell("webapp", XTERM, notices=True)
    bell.watch_focus(terminal)
    both = "\x07\x1b]9;webapp: HOLD\x07"
    assert ring(terminal, bell) == both, "it has never reported its focus"
    terminal.focus(False)
    assert ring(terminal, bell) == both
    terminal.focus(True)
    assert ring(terminal, bell) == "\x07"


def test_notifications_can_be_turned_off_and_the_bell_stays() -> None:
    terminal: Any = AppStub()
    assert ring(terminal, Bell("webapp", XTERM, notices=False)) == "\x07"
