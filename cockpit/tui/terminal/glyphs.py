"""Plain characters for a console whose font has few: the Linux console holds 256 glyphs, and shows a box for the rest.

One cell for one cell, at the last step before the terminal, so that nothing above knows of it.
"""

from cockpit.views.rows import cells

_PLAIN = {
    "●": "*", "◉": "@", "○": "o", "‖": "H", "✗": "x", "✓": "+", "↶": "<", "↺": "<", "…": "~", "▸": ">", "→": ">",
    "↑": "^", "↓": "v", "·": ".", "–": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "■": "#", "▏": "|", "•": "*",
    "━": "=", "╌": "-", "┄": "-", "┊": ":", "╭": "+", "╮": "+", "╰": "+", "╯": "+", "▊": "|", "▎": "|",
    "▁": "_", "▂": "_", "▃": ".", "▄": "-", "▅": "=", "▆": "+", "▇": "#", "█": "#",
}  # fmt: skip
_KEPT = "─│┌┐└┘├┤┬┴┼"
"""Lines that every console font has."""


def plain(text: str) -> str:
    """The same in as many cells: what has no likeness of its own becomes `?`, a braille dot `*`."""
    return text if text.isascii() else "".join(map(_plain, text))


def _plain(character: str) -> str:
    if character.isascii() or character in _KEPT:
        return character
    if found := _PLAIN.get(character):
        return found
    if "\u2800" <= character <= "\u28ff":
        return "*" if character != "\u2800" else " "
    if "\xa1" <= character <= "\xff":
        return character
    return "?" * cells(character)
