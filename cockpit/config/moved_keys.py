"""The keys that have moved since an earlier version. Each old key is an error that names the new one."""

from typing import Any

from cockpit.config.problems import Problems

MOVED = {
    "conn": "[commander]",
    "people.templates.conn-taken": "command-taken",
    "screen.keys.take-conn": "take-over",
    "screen.keys.card": "handoff",
    "screen.keys.figures": "dora",
    "screen.keys.messages": "notifications",
    "screen.keys.hand-off": "handoff-page",
}
"""{old key: new key, or new section in brackets}"""


def take_moved(raw: dict[str, Any], problems: Problems) -> None:
    """Note every moved key and take it out of `raw`, so that no other check reports it."""
    for old, new in MOVED.items():
        section, _, key = old.rpartition(".")
        place: Any = raw
        for name in section.split(".") if section else ():
            place = place.get(name) if isinstance(place, dict) else None
        if isinstance(place, dict) and key in place:
            del place[key]
            problems.add(old, f"is now {new}")
