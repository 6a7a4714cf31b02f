"""Cleaning of untrusted text, and texts for counts, lists and durations.

PR titles, authors, branch names, error output, host names and all records of the store are untrusted. A raw ESC moves
the cursor or sets the clipboard, a C1 byte does the same in eight bits, and a bidi override makes `abandon` read as
something else. Markup needs no cleaning here: the screen always shows text literally.
"""

import re

_TERMINAL_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI, ECMA-48 5.4
    r"|[\x1b\x9d][\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS, SOS, PM, APC up to their terminator
    r"|\x1b[ -/]*[0-~]"  # other escapes, ECMA-35
)


def clean(text: str) -> str:
    """`text` on one line, without control, escape, bidi and other unprintable characters.

    White space of any kind becomes a space. `str.isprintable` is false for exactly the Unicode categories
    "Other" (Cc, Cf, Cs, Co, Cn) and "Separator", except the ASCII space.
    """
    if text.isprintable():
        return text
    bare = _TERMINAL_SEQUENCE.sub("", text)
    return "".join(c if c.isprintable() else " " if c.isspace() else "" for c in bare)


def clean_lines(text: str) -> tuple[str, ...]:
    """The lines of a command's output, each cleaned."""
    return tuple(clean(line).rstrip() for line in text.replace("\r", "\n").split("\n"))


def tail(text: str, lines: int = 6) -> str:
    """The last non-empty lines of a command's output, cleaned and joined by newlines."""
    kept = [line for line in clean_lines(text) if line]
    return "\n".join(kept[-lines:])


def short(ident: str) -> str:
    """The first ten characters of a commit or build id."""
    return ident[:10]


def plural(count: int, noun: str) -> str:
    """`1 host`, `2 hosts`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def names(items: tuple[str, ...], most: int = 3) -> str:
    """`a, b, c and 4 more`."""
    if len(items) <= most:
        return ", ".join(items)
    return f"{', '.join(items[:most])} and {len(items) - most} more"


def duration(seconds: float) -> str:
    """A duration in its largest units: `8 s`, `4 min`, `1 h 20 min`, `3 d`."""
    whole = max(0, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{hours // 24} d"


def percent(share: float) -> str:
    """A share from 0 to 1 as a percentage: `0 %`, `0.42 %`, `12.3 %`."""
    value = share * 100
    if value == 0:
        return "0 %"
    return f"{value:.2f} %" if value < 10 else f"{value:.1f} %"
