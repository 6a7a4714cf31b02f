"""How the terminal rings: its bell, and a notice on the desktop of somebody who looks elsewhere.

OSC 9 is what most terminals have for it. What goes into it is cleaned and holds no semicolon, which some of them take
for a command of their own; tmux and screen pass it on in their own envelopes. Nothing of it moves the cursor or colours
a cell, so the picture of what the terminal shows stays true.
"""

from collections.abc import Mapping
from typing import Any

from textual.app import App

from cockpit.deploy.text import clean

LONGEST = 160
"""Characters of a notice; desktops show no more."""
SILENT = {"", "dumb", "linux", "unknown"}
"""Terminals that have no desktop behind them, or would print the notice."""


def desktop_notice(words: str, env: Mapping[str, str]) -> str:
    """The sequence that shows `words` on the desktop of the terminal that `env` is of; empty where none can."""
    term = env.get("TERM", "")
    if term in SILENT:
        return ""
    text = clean(words).replace(";", ",")[:LONGEST]
    sequence = f"\x1b]9;{text}\x07"
    if env.get("TMUX"):
        return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\"
    if env.get("STY") or term.startswith("screen"):
        return f"\x1bP{sequence}\x1b\\"
    return sequence


class Bell:
    """Rings on one app's terminal. Where that does not report whether it is looked at, it is taken not to be."""

    def __init__(self, title: str, env: Mapping[str, str], notices: bool) -> None:
        self._title = title
        self._env = env
        self._notices = notices
        self._reports = False

    def listen(self, app: App[Any]) -> None:
        """Hear from now on whether the terminal is looked at."""

        def reported(_: bool) -> None:
            self._reports = True

        app.watch(app, "app_focus", reported, init=False)

    def ring(self, app: App[Any], words: str) -> None:
        """Once."""
        app.bell()
        driver = app._driver
        looked_at = self._reports and app.app_focus
        if not self._notices or looked_at or driver is None or app.is_headless:
            return
        if sequence := desktop_notice(f"{self._title}: {words}", self._env):
            driver.write(sequence)
            driver.flush()
