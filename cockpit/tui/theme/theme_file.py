"""Themes: one TOML file each, read into frozen values; a broken one is refused with its file, line and key.

name = "dark"
dark = true
[base]            # the colours of the screen itself
background = "#0f1419"
[tones]           # how each meaning looks: words and one or two colours, as in "bold #ffffff on #aa0000"
good = "#7fd88f"

With `ansi = true` the colours are names of the terminal's own sixteen, `green` or `bright_blue`, or `default`.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cockpit.ports import Failed
from cockpit.views.rows import STAND_INS, Tone

BASE = ("background", "foreground", "surface", "panel", "primary", "warning", "error", "success")
WORDS = {"bold", "dim", "italic", "underline", "reverse"}
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_EIGHT = "black|red|green|yellow|blue|magenta|cyan|white"
_NAMED = re.compile(rf"default|(bright_)?({_EIGHT})")


class ThemeFault(Failed):
    """A theme that cannot be used; says which file, where in it, and what is wrong."""


@dataclass(frozen=True)
class Theme:
    """How meanings look."""

    name: str
    dark: bool
    base: Mapping[str, str]
    """Colours `#rrggbb` by the names in `BASE`."""
    tones: Mapping[Tone, str]
    """Such as `bold #ffffff on #aa0000`."""
    ansi: bool = False
    """Whether its colours are names of the terminal's own palette."""


def load_themes(folders: Iterable[Path]) -> dict[str, Theme]:
    """Themes by name. Raises `ThemeFault` on the first broken one, and where there is none at all."""
    searched = tuple(folders)
    found = {
        theme.name: theme for folder in searched for path in sorted(folder.glob("*.toml")) for theme in [read(path)]
    }
    if not found:
        raise ThemeFault("themes", f"none in {', '.join(map(str, searched)) or 'any folder'}", "install cockpit again")
    return found


def read(path: Path) -> Theme:
    """One theme. Raises `ThemeFault`."""
    try:
        text = path.read_text("utf-8")
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as bad:
        raise ThemeFault(f"theme {path}", str(bad)) from bad
    try:
        return _theme(table)
    except _Wrong as wrong:
        key, problem = wrong.args
        raise ThemeFault(f"theme {path}{_line(text, key)}", f"{key} {problem}") from wrong


class _Wrong(Exception):
    """(key, what is wrong with it)."""


def _theme(table: dict[str, Any]) -> Theme:
    _only(table, {"name", "dark", "ansi", "base", "tones"}, "")
    name, dark = table.get("name"), table.get("dark")
    if not isinstance(name, str) or not re.fullmatch(r"[\w-]+", name):
        raise _Wrong("name", "must be a word")
    if not isinstance(dark, bool):
        raise _Wrong("dark", "must be true or false")
    ansi = table.get("ansi", False)
    if not isinstance(ansi, bool):
        raise _Wrong("ansi", "must be true or false")
    colour = _NAMED if ansi else _COLOUR
    base, tones = _section(table, "base"), _section(table, "tones")
    _only(base, set(BASE), "base.")
    _only(tones, {str(tone) for tone in Tone}, "tones.")
    for key in BASE:
        if not colour.fullmatch(_text(base, key, "base.")):
            raise _Wrong(f"base.{key}", f"must be a colour such as {'bright_blue' if ansi else '#7fd88f'}")
    known: dict[str, Any] = {tone: tones[other] for tone, other in STAND_INS.items() if other in tones}
    known |= tones
    styles = {tone: _style(_text(known, tone, "tones."), tone, colour) for tone in Tone}
    return Theme(name, dark, base, styles, ansi)


def _section(table: dict[str, Any], name: str) -> dict[str, Any]:
    section = table.get(name)
    if not isinstance(section, dict):
        raise _Wrong(f"[{name}]", "is missing")
    return section


def _only(table: dict[str, Any], known: set[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise _Wrong(where + key, f"is not known; known are {', '.join(sorted(known))}")


def _text(table: dict[str, Any], key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str):
        raise _Wrong(where + key, "is missing" if value is None else "must be a text")
    return value


def _style(text: str, tone: Tone, colour: re.Pattern[str]) -> str:
    words = text.split()
    for index, word in enumerate(words):
        behind = word == "on" and index + 1 < len(words) and colour.fullmatch(words[index + 1])
        if not (word in WORDS or colour.fullmatch(word) or behind):
            known = "#rrggbb and `on #rrggbb`" if colour is _COLOUR else "default, red, bright_red ... and `on red`"
            raise _Wrong(f"tones.{tone}", f"has `{word}`: use {', '.join(sorted(WORDS))}, {known}")
    return text


def _line(text: str, key: str) -> str:
    """`, line 7` where the key stands; nothing where it is missing."""
    section, _, name = key.rpartition(".")
    inside = not section
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if bare.startswith("["):
            inside = bare.startswith(f"[{section}]") if section else False
        elif inside and re.match(rf"[\"']?{re.escape(name)}[\"']?\s*=", bare):
            return f", line {number}"
    return ""
