"""Ring the terminal's bell, and show a desktop notification if the terminal has no focus.

The notification is the escape sequence OSC 9, which most terminals know. Its text is sanitised and has no semicolon,
which some terminals read as a command of their own. tmux and screen pass it on only if it is wrapped. The sequence
moves no cursor and changes no cell, so the cell buffer stays right.
"""

from collections.abc import Mapping
from typing import Any

from textual.app import App

from cockpit.deploy.text import clean
from cockpit.tui.terminal import textual_internals

MAX_LENGTH = 160
"""Characters of a desktop notification; desktops show no more."""
SILENT = {"", "dumb", "linux", "unknown"}
"""Values of TERM without a desktop, or whose terminals would print the sequence."""


def desktop_notice(message: str, env: Mapping[str, str]) -> str:
    """Return the sequence that shows `message` as a desktop notification; empty if this terminal has none."""
    term = env.get("TERM", "")
    if term in SILENT:
        return ""
    text = clean(message).replace(";", ",")[:MAX_LENGTH]
    sequence = f"\x1b]9;{text}\x07"
    if env.get("TMUX"):
        return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\"
    if env.get("STY") or term.startswith("screen"):
        return f"\x1bP{sequence}\x1b\\"
    return sequence


class Bell:
    """The bell of one app's terminal. A terminal that never reports its focus counts as not focused."""

    def __init__(self, title: str, env: Mapping[str, str], notices: bool) -> None:
        self._title = title
        self._env = env
        self._notices = notices
        self._reports_focus = False

    def watch_focus(self, app: App[Any]) -> None:
        """Note when the terminal reports that it gains or loses focus."""

        def focus_reported(_: bool) -> None:
            self._reports_focus = True

        app.watch(app, "app_focus", focus_reported, init=False)

    def ring(self, app: App[Any], message: str) -> None:
        """Ring once, and show `message` on the desktop unless the terminal has focus."""
        app.bell()
        focused = self._reports_focus and app.app_focus
        if not self._notices or focused or app.is_headless:
            return
        if sequence := desktop_notice(f"{self._title}: {message}", self._env):
            textual_internals.write(app, sequence)
