"""Read themes from TOML files; an invalid one is refused with file, line and key.

name = "dark"
dark = true
[base]            # the colours of the screen itself
background = "#0f1419"
[tones]           # the style of each tone: words and one or two colours, as in "bold #ffffff on #aa0000"
good = "#7fd88f"

With `ansi = true` the colours are names of the terminal's own palette: `green`, `bright_blue`, or `default`.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cockpit.ports import Failed
from cockpit.views.rows import FALLBACK_TONES, Tone

BASE = ("background", "foreground", "surface", "panel", "primary", "warning", "error", "success")
WORDS = {"bold", "dim", "italic", "underline", "reverse"}
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_EIGHT = "black|red|green|yellow|blue|magenta|cyan|white"
_NAMED = re.compile(rf"default|(bright_)?({_EIGHT})")


class InvalidTheme(Failed):
    """A theme that cannot be used: file, line, key and reason."""


@dataclass(frozen=True)
class Theme:
    """Colours and styles of the screen."""

    name: str
    dark: bool
    base: Mapping[str, str]
    """Colours as `#rrggbb` by the names in `BASE`."""
    tones: Mapping[Tone, str]
    """Style per tone, such as `bold #ffffff on #aa0000`."""
    ansi: bool = False
    """Whether the colours are names of the terminal's own palette."""


def load_themes(folders: Iterable[Path]) -> dict[str, Theme]:
    """Return the themes of all folders by name. Raises `InvalidTheme` if one is invalid or none is found."""
    searched = tuple(folders)
    themes = {
        theme.name: theme
        for folder in searched
        for path in sorted(folder.glob("*.toml"))
        for theme in [read_theme(path)]
    }
    if not themes:
        raise InvalidTheme(
            "themes", f"none found in {', '.join(map(str, searched)) or 'any folder'}", "reinstall cockpit"
        )
    return themes


def read_theme(path: Path) -> Theme:
    """Read one theme. Raises `InvalidTheme`."""
    try:
        text = path.read_text("utf-8")
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidTheme(f"theme {path}", str(error)) from error
    try:
        return _theme(table)
    except _InvalidValue as error:
        key, problem = error.args
        raise InvalidTheme(f"theme {path}{_line(text, key)}", f"{key} {problem}") from error


class _InvalidValue(Exception):
    """(key, problem)."""


def _theme(table: dict[str, Any]) -> Theme:
    _check_keys(table, {"name", "dark", "ansi", "base", "tones"}, "")
    name, dark = table.get("name"), table.get("dark")
    if not isinstance(name, str) or not re.fullmatch(r"[\w-]+", name):
        raise _InvalidValue("name", "must be a word")
    if not isinstance(dark, bool):
        raise _InvalidValue("dark", "must be true or false")
    ansi = table.get("ansi", False)
    if not isinstance(ansi, bool):
        raise _InvalidValue("ansi", "must be true or false")
    colour = _NAMED if ansi else _COLOUR
    base, tones = _section(table, "base"), _section(table, "tones")
    _check_keys(base, set(BASE), "base.")
    _check_keys(tones, {str(tone) for tone in Tone}, "tones.")
    for key in BASE:
        if not colour.fullmatch(_text(base, key, "base.")):
            raise _InvalidValue(f"base.{key}", f"must be a colour such as {'bright_blue' if ansi else '#7fd88f'}")
    known: dict[str, Any] = {tone: tones[other] for tone, other in FALLBACK_TONES.items() if other in tones}
    known |= tones
    styles = {tone: _style(_text(known, tone, "tones."), tone, colour) for tone in Tone}
    return Theme(name, dark, base, styles, ansi)


def _section(table: dict[str, Any], name: str) -> dict[str, Any]:
    section = table.get(name)
    if not isinstance(section, dict):
        raise _InvalidValue(f"[{name}]", "is missing")
    return section


def _check_keys(table: dict[str, Any], known: set[str], prefix: str) -> None:
    for key in table:
        if key not in known:
            raise _InvalidValue(prefix + key, f"is unknown; use {', '.join(sorted(known))}")


def _text(table: dict[str, Any], key: str, prefix: str) -> str:
    value = table.get(key)
    if not isinstance(value, str):
        raise _InvalidValue(prefix + key, "is missing" if value is None else "must be a string")
    return value


def _style(text: str, tone: Tone, colour: re.Pattern[str]) -> str:
    words = text.split()
    for index, word in enumerate(words):
        is_background = word == "on" and index + 1 < len(words) and colour.fullmatch(words[index + 1])
        if not (word in WORDS or colour.fullmatch(word) or is_background):
            colours = "#rrggbb and `on #rrggbb`" if colour is _COLOUR else "default, red, bright_red ... and `on red`"
            raise _InvalidValue(f"tones.{tone}", f"has `{word}`: use {', '.join(sorted(WORDS))}, {colours}")
    return text


def _line(text: str, key: str) -> str:
    """Return `, line 7` for the key; empty if it is missing."""
    section, _, name = key.rpartition(".")
    inside = not section
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if bare.startswith("["):
            inside = bare.startswith(f"[{section}]") if section else False
        elif inside and re.match(rf"[\"']?{re.escape(name)}[\"']?\s*=", bare):
            return f", line {number}"
    return ""
