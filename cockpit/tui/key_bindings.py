"""The keys of the screen itself, beside those of the command table, and how keys are spelled."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from cockpit.control.command_table import ACTIONS, Command


@dataclass(frozen=True)
class ScreenKey:
    """Something the screen does that changes nothing but the screen."""

    name: str
    """What config calls it."""
    key: str
    title: str
    help: str
    action: str
    """Textual's name of the action."""
    hinted: bool = True
    """Whether the footer has it."""


SCREEN_KEYS: tuple[ScreenKey, ...] = (
    ScreenKey("next-panel", "tab", "panel", "Go to the next panel; 1 to 4 go to one of them.", "app.focus_next"),
    ScreenKey("tier", "t", "tier", "Show the next tier in the chart; left and right do as well.", "screen.tier(1)"),
    ScreenKey("zoom", "z", "zoom", "Show 5 min, 30 min or 3 h in the chart.", "screen.zoom", hinted=False),
    ScreenKey("details", "d", "details", "The whole picture in words: stragglers by name, ages.", "page('details')"),
    ScreenKey(
        "hosts", "G", "hosts", "Every host a cell; Enter shows all of one, its last output too.", "page('hosts')"
    ),
    ScreenKey("day", "C", "day", "The day's slots, who commands each, freezes, and the next days.", "page('day')"),
    ScreenKey("whereis", "w", "where is", "Where the PR under the cursor is.", "whereis", hinted=False),
    ScreenKey("history", "y", "history", "Past releases; Enter shows the events of one.", "history"),
    ScreenKey(
        "maximise",
        "M",
        "maximise",
        "The panel with the keys alone on the screen, and back.",
        "screen.maximise",
        hinted=False,
    ),
    ScreenKey("copy", "Y", "copy", "Copy the PR's address, or the row under the cursor.", "copy", hinted=False),
    ScreenKey(
        "open-url", "o", "open", "Open the PR in a browser; over SSH copy its address.", "open_url", hinted=False
    ),
    ScreenKey("dora", "D", "dora", "DORA's four figures of the last four weeks.", "page('dora')", hinted=False),
    ScreenKey("handoff-page", "N", "handoff", "The handoff: read it, or write a note on it.", "hand_off"),
    ScreenKey("away", "O", "away", "While you were away: what moved, who did it, what is due now.", "page('away')"),
    ScreenKey(
        "suspend", "ctrl+z", "shell", "Back to the shell; `fg` comes back here.", "suspend_process", hinted=False
    ),
    ScreenKey(
        "notifications",
        "m",
        "notifications",
        "What people have still to be told.",
        "page('notifications')",
        hinted=False,
    ),
    ScreenKey("theme", "T", "theme", "The next theme.", "theme"),
    ScreenKey("help", "?", "help", "Every key, and why it may be refused now.", "help"),
    ScreenKey("palette", "ctrl+p", "all", "Find anything by its name.", "command_palette"),
    ScreenKey("quit", "q", "quit", "Leave; what was asked for goes on without the screen.", "quit"),
)

IN_LISTS = (
    ("↑ ↓ k j", "move", "Move in a list."),
    ("enter", "open", "Show all of the row under the cursor."),
    ("home end", "ends", "To the first or the last row; g and, on a page, G do as well."),
    ("/", "filter", "Keep the rows that hold what is typed, letter for letter; Enter to move in them, Esc for all."),
    ("esc", "close", "End a filter, or close a page; never does anything else."),
)
"""(keys, title, help) for the page of help; the lists themselves bind them."""

PANEL_KEYS = ("tiers", "pulls", "chart", "log")
"""Panels that the numbers 1 to 4 go to."""


def spelled(key: str) -> str:
    """Textual's name of a key as people write it: `?` is `question_mark`."""
    prefix, plus, last = key.rpartition("+") if len(key) > 1 else ("", "", key)
    if len(last) == 1 and not last.isalnum():
        last = unicodedata.name(last, last).lower().replace("-", "_").replace(" ", "_")
        last = {"solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at", "hyphen_minus": "minus",
                "plus_sign": "plus", "low_line": "underscore"}.get(last, last)  # fmt: skip
    return f"{prefix}{plus}{last}"


def displayed(key: str) -> str:
    """A key as the footer shows it: `ctrl+p` is `^p`."""
    return key.replace("ctrl+", "^")


def shown_as(shown: str) -> str:
    """The key that is shown so."""
    return "escape" if shown == "esc" else shown.replace("^", "ctrl+") if len(shown) > 1 else shown


def key_names() -> tuple[str, ...]:
    """Names that config may give another key."""
    return (*(command.verb for command in ACTIONS), *(row.name for row in SCREEN_KEYS))


def keyed(remapped: Mapping[str, str]) -> tuple[Command, ...]:
    """The commands that have a key; the others are given on a page."""
    return tuple(command for command in ACTIONS if key_of(command.verb, remapped))


def key_of(name: str, remapped: Mapping[str, str]) -> str:
    """The key that is bound to that name."""
    own = {**{command.verb: command.key for command in ACTIONS}, **{row.name: row.key for row in SCREEN_KEYS}}
    return remapped.get(name) or own[name]


def key_problems(remapped: Mapping[str, str]) -> tuple[str, ...]:
    """What is wrong with keys from config: names that do not exist, and two things on one key."""
    known = key_names()
    wrong = [f"{name} is not something a key can be given to" for name in remapped if name not in known]
    taken: dict[str, str] = {str(number): f"panel {number}" for number in range(1, 5)}
    for name in known:
        key = key_of(name, remapped)
        if not key:
            continue
        if key in taken:
            wrong.append(f"{key} is the key of both {taken[key]} and {name}")
        taken[key] = name
    return tuple(wrong)
