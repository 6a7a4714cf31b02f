"""What the terminal is told when something rings: the bytes, and when."""

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
def test_each_terminal_gets_the_notice_as_it_takes_it_or_none(env: dict[str, str], sequence: str) -> None:
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
def test_what_a_stranger_wrote_cannot_end_the_sequence_or_give_an_order(words: str) -> None:
    sequence = desktop_notice(f"webapp: {words}", XTERM)
    inside = sequence.removeprefix("\x1b]9;").removesuffix("\x07")
    assert inside.isprintable()
    assert ";" not in inside
    assert len(inside) <= MAX_LENGTH


def test_a_terminal_shows_the_same_with_it_as_without() -> None:
    screen = pyte.Screen(20, 3)
    stream = pyte.Stream(screen)
    stream.feed("\x1b[2;3Hhere")
    before = list(screen.display), (screen.cursor.x, screen.cursor.y)
    stream.feed(desktop_notice(HOLD, XTERM))
    assert (list(screen.display), (screen.cursor.x, screen.cursor.y)) == before


class Terminal:
    """As much of an app as rings."""

    is_headless = False

    def __init__(self) -> None:
        self.app_focus = True
        self.said: list[str] = []
        self._driver = self
        self._focus_changed: Any = None

    def bell(self) -> None:
        self.said.append("\x07")

    def write(self, text: str) -> None:
        self.said.append(text)

    def flush(self) -> None: ...

    def watch(self, _app: object, name: str, tell: Any, init: bool) -> None:
        assert (name, init) == ("app_focus", False)
        self._focus_changed = tell

    def focus(self, on: bool) -> None:
        self.app_focus = on
        self._focus_changed(on)


def rung(terminal: Any, bell: Bell) -> str:
    terminal.said.clear()
    bell.ring(terminal, "HOLD")
    return "".join(terminal.said)


def test_the_desktop_is_told_where_nobody_looks_and_where_nobody_can_tell() -> None:
    terminal: Any = Terminal()
    bell = Bell("webapp", XTERM, notices=True)
    bell.watch_focus(terminal)
    both = "\x07\x1b]9;webapp: HOLD\x07"
    assert rung(terminal, bell) == both, "it has not said that it reports"
    terminal.focus(False)
    assert rung(terminal, bell) == both
    terminal.focus(True)
    assert rung(terminal, bell) == "\x07"


def test_notices_can_be_turned_off_and_the_bell_stays() -> None:
    terminal: Any = Terminal()
    assert rung(terminal, Bell("webapp", XTERM, notices=False)) == "\x07"
