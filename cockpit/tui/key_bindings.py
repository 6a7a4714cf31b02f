"""The keys of the screen, beside those of the command table, and the notations of keys."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from cockpit.control.command_table import COMMAND_TABLE, Command


@dataclass(frozen=True)
class ScreenKey:
    """A key whose action changes only the screen."""

    name: str
    """Its name in `[screen.keys]`."""
    key: str
    title: str
    help: str
    action: str
    """Textual's action string."""
    in_footer: bool = True
    """Whether the footer shows it."""


SCREEN_KEYS: tuple[ScreenKey, ...] = (
    ScreenKey("next-panel", "tab", "panel", "Go to the next panel; 1 to 4 go to one directly.", "app.focus_next"),
    ScreenKey("tier", "t", "tier", "Show the next tier in the chart; so do left and right.", "screen.tier(1)"),
    ScreenKey("zoom", "z", "zoom", "Show 5 min, 30 min or 3 h in the chart.", "screen.zoom", in_footer=False),
    ScreenKey(
        "details", "d", "details", "The full status as text: stragglers by name, ages of all data.", "page('details')"
    ),
    ScreenKey(
        "hosts", "G", "hosts", "Every host as a cell; Enter shows one in full, with its last output.", "page('hosts')"
    ),
    ScreenKey("day", "C", "day", "The slots of the day, their commanders, freezes, and the next days.", "page('day')"),
    ScreenKey("whereis", "w", "where is", "Which tiers have the selected PR.", "whereis", in_footer=False),
    ScreenKey("history", "y", "history", "Past releases; Enter shows the events of one.", "history"),
    ScreenKey(
        "maximise",
        "M",
        "maximise",
        "Show only the focused panel, and back.",
        "screen.maximise",
        in_footer=False,
    ),
    ScreenKey("copy", "Y", "copy", "Copy the URL of the PR, or the row under the cursor.", "copy", in_footer=False),
    ScreenKey("open-url", "o", "open", "Open the PR in a browser; over SSH copy its URL.", "open_url", in_footer=False),
    ScreenKey("dora", "D", "dora", "The four DORA metrics of the last four weeks.", "page('dora')", in_footer=False),
    ScreenKey("handoff-page", "N", "handoff", "The handoff: read it, or add a note.", "open_handoff"),
    ScreenKey(
        "away", "O", "away", "While you were away: what changed, who did it, what needs you now.", "page('away')"
    ),
    ScreenKey("suspend", "ctrl+z", "shell", "Suspend to the shell; `fg` returns.", "suspend_process", in_footer=False),
    ScreenKey(
        "notifications",
        "m",
        "notifications",
        "Notifications that were not delivered yet.",
        "page('notifications')",
        in_footer=False,
    ),
    ScreenKey("theme", "T", "theme", "Switch to the next theme.", "theme"),
    ScreenKey("help", "?", "help", "All keys, and why some are unavailable now.", "help"),
    ScreenKey("palette", "ctrl+p", "all", "Find any action by name.", "command_palette"),
    ScreenKey("quit", "q", "quit", "Quit; started work goes on without the screen.", "quit"),
)

LIST_KEYS = (
    ("↑ ↓ k j", "move", "Move in a list."),
    ("enter", "open", "Open the row under the cursor."),
    ("home end", "ends", "To the first or the last row; so do g and, on a page, G."),
    ("/", "filter", "Show only rows with the typed text; Enter to move in them, Esc for all."),
    ("esc", "close", "Clear the filter or close the page; it never quits."),
)
"""(keys, title, help) for the help page; the lists bind these keys themselves."""

PANEL_KEYS = ("tiers", "pulls", "chart", "log")
"""The panels of the keys 1 to 4."""


def textual_key(key: str) -> str:
    """Return Textual's name of a key: `question_mark` for `?`."""
    prefix, plus, last = key.rpartition("+") if len(key) > 1 else ("", "", key)
    if len(last) == 1 and not last.isalnum():
        last = unicodedata.name(last, last).lower().replace("-", "_").replace(" ", "_")
        last = {"solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at", "hyphen_minus": "minus",
                "plus_sign": "plus", "low_line": "underscore"}.get(last, last)  # fmt: skip
    return f"{prefix}{plus}{last}"


def shown_key(key: str) -> str:
    """Return a key as the footer shows it: `^p` for `ctrl+p`."""
    return key.replace("ctrl+", "^")


def key_from_shown(shown: str) -> str:
    """Return the key that the footer shows as `shown`."""
    return "escape" if shown == "esc" else shown.replace("^", "ctrl+") if len(shown) > 1 else shown


def key_names() -> tuple[str, ...]:
    """Return the names that `[screen.keys]` may remap."""
    return (*(command.verb for command in COMMAND_TABLE), *(row.name for row in SCREEN_KEYS))


def commands_with_keys(remapped: Mapping[str, str]) -> tuple[Command, ...]:
    """Return the commands that have a key; the others are given on a page."""
    return tuple(command for command in COMMAND_TABLE if key_of(command.verb, remapped))


def key_of(name: str, remapped: Mapping[str, str]) -> str:
    """Return the key of the command or screen action of that name."""
    defaults = {
        **{command.verb: command.key for command in COMMAND_TABLE},
        **{row.name: row.key for row in SCREEN_KEYS},
    }
    return remapped.get(name) or defaults[name]


def key_problems(remapped: Mapping[str, str]) -> tuple[str, ...]:
    """Return the errors in remapped keys: unknown names, and two actions on one key."""
    known = key_names()
    problems = [f"{name} is no command or screen action" for name in remapped if name not in known]
    taken: dict[str, str] = {str(number): f"panel {number}" for number in range(1, 5)}
    for name in known:
        key = key_of(name, remapped)
        if not key:
            continue
        if key in taken:
            problems.append(f"{key} is the key of both {taken[key]} and {name}")
        taken[key] = name
    return tuple(problems)
