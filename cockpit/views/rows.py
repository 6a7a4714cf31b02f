"""Rows of text with tones: every view returns them, the screen draws them and the shell prints them.

A tone says what a text means; themes say how it looks. Every text passes through `Span`, which removes control
characters: after that, `cells` gives its exact width on a terminal.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from cockpit.deploy.text import clean

MAX_COMBINING_MARKS = 2
"""Combining marks kept on one letter: enough for any language, too few to overlap other rows."""


class Tone(StrEnum):
    """What a piece of text means."""

    PLAIN = "plain"
    DIM = "dim"
    STRONG = "strong"
    TITLE = "title"
    FOCUS = "focus"
    """The title of the focused panel."""
    RULE = "rule"
    KEY = "key"
    NEW = "new"
    """The build being released."""
    OLD = "old"
    """The build it replaces."""
    GOOD = "good"
    WAITING = "waiting"
    BAD = "bad"
    UNKNOWN = "unknown"
    """Missing, stale, partial or broken data: never shown as good."""
    GOOD_BADGE = "good_badge"
    WAITING_BADGE = "waiting_badge"
    BAD_BADGE = "bad_badge"
    UNKNOWN_BADGE = "unknown_badge"
    QUIET_BADGE = "quiet_badge"
    CEILING = "ceiling"
    MARKER = "marker"
    CURSOR = "cursor"
    """Applied on top of the row under the cursor."""
    ADDED = "added"
    """A line that a diff adds."""
    REMOVED = "removed"
    KEYWORD = "keyword"
    """Highlighted code."""
    STRING = "string"
    NUMBER = "number"
    COMMENT = "comment"


FALLBACK_TONES = {
    Tone.ADDED: Tone.GOOD,
    Tone.REMOVED: Tone.BAD,
    Tone.KEYWORD: Tone.KEY,
    Tone.STRING: Tone.NEW,
    Tone.NUMBER: Tone.NEW,
    Tone.COMMENT: Tone.DIM,
}
"""Tones that a theme may leave out, and the tone used instead of each."""


@dataclass(frozen=True, slots=True)
class Span:
    """Text on one line in one tone."""

    text: str
    tone: Tone = Tone.PLAIN

    def __post_init__(self) -> None:
        if not (self.text.isascii() and self.text.isprintable()):
            object.__setattr__(self, "text", _sanitised(self.text))


Line = tuple[Span, ...]
EMPTY: Line = ()


def cells(text: str) -> int:
    """Count the terminal cells of `text`: two for wide characters, none for combining marks."""
    return len(text) if text.isascii() else sum(map(_cell, text))


def length(line: Line) -> int:
    """Count the cells of a whole line."""
    return sum(cells(span.text) for span in line)


def crop(text: str, width: int) -> str:
    """Return `text` in at most `width` cells; a cropped text ends with an ellipsis."""
    if cells(text) <= width:
        return text
    kept, room = [], max(0, width - 1)
    for character in text:
        room -= _cell(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + ("…" if width > 0 else "")


def column(text: str, width: int, tone: Tone = Tone.PLAIN, right: bool = False) -> Span:
    """Return a table cell, exactly `width` wide."""
    text = crop(Span(text).text, width)
    blank = " " * (width - cells(text))
    return Span(blank + text if right else text + blank, tone)


def fit(line: Line, width: int) -> Line:
    """Crop or pad the line to exactly `width` cells."""
    room, kept = width, []
    for span in line:
        size = cells(span.text)
        if size > room:
            kept.append(Span(crop(span.text, room), span.tone))
            room -= cells(kept[-1].text)
            break
        kept.append(span)
        room -= size
    return (*kept, Span(" " * room)) if room > 0 else tuple(kept)


def spread(left: Line, right: Line, width: int) -> Line:
    """Put `left` and `right` at the two ends of a line; `left` is cropped if both do not fit."""
    if length(right) + 2 > width:
        return fit(left, width)
    return (*fit(left, width - length(right) - 1), Span(" "), *right)


def rule(title: str, right: Line, width: int, note: str = "") -> Line:
    """Return the heading of a panel: its title, an optional note, a thin line, and `right` at the end."""
    head: Line = (Span(title, Tone.TITLE),)
    if note and length(head) + cells(note) + length(right) + 6 <= width:
        head = (*head, Span(f"  {note}", Tone.DIM))
    room = width - length(head) - (length(right) + 1 if right else 0) - 1
    if room < 1 and right:
        return rule(title, EMPTY, width)
    if room < 1:
        return fit(head, width)
    return (*head, Span(" " + "─" * room, Tone.RULE), *((Span(" "), *right) if right else ()))


def wrap(text: str, width: int, most: int) -> tuple[str, ...]:
    """Break `text` between words into at most `most` lines of `width` cells; the last line is cropped."""
    lines: list[str] = []
    words = Span(text).text.split(" ")
    while words and len(lines) < most - 1:
        line = words.pop(0)
        while words and cells(line) + 1 + cells(words[0]) <= width:
            line += " " + words.pop(0)
        lines.append(crop(line, width))
    if words:
        lines.append(crop(" ".join(words), width))
    return tuple(lines)


def plain(lines: Iterable[Line]) -> str:
    """Return rows as text without tones, for the shell."""
    return "\n".join("".join(span.text for span in line).rstrip() for line in lines)


def clock(at: float) -> str:
    """Format the time of day in UTC: `12:34:56`."""
    seconds = int(at) % 86400
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


@lru_cache(4096)
def _cell(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _sanitised(text: str) -> str:
    """Clean `text`, and drop variation selectors (terminals disagree on their width) and excess combining marks."""
    text = clean(text)
    if text.isascii():
        return text
    kept: list[str] = []
    stack = 0
    for character in text:
        if "\ufe00" <= character <= "\ufe0f":
            continue
        stack = stack + 1 if _cell(character) == 0 else 0
        if stack <= MAX_COMBINING_MARKS:
            kept.append(character)
    return "".join(kept)
