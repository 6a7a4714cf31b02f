"""Plain characters for a console with a small font: the Linux console has 256 glyphs and shows a box for the rest.

Each character is replaced cell for cell at the last step before the terminal, so no other module knows about it.
"""

from cockpit.views.rows import cells

_PLAIN = {
    "●": "*", "◉": "@", "○": "o", "‖": "H", "✗": "x", "✓": "+", "↶": "<", "↺": "<", "…": "~", "▸": ">", "→": ">",
    "↑": "^", "↓": "v", "·": ".", "–": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "■": "#", "▏": "|", "•": "*",
    "━": "=", "╌": "-", "┄": "-", "┊": ":", "╭": "+", "╮": "+", "╰": "+", "╯": "+", "▊": "|", "▎": "|",
    "▁": "_", "▂": "_", "▃": ".", "▄": "-", "▅": "=", "▆": "+", "▇": "#", "█": "#",
}  # fmt: skip
_KEPT = "─│┌┐└┘├┤┬┴┼"
"""Box-drawing characters that every console font has."""


def plain(text: str) -> str:
    """Replace what the font lacks, in as many cells: a braille dot by `*`, a character without a likeness by `?`."""
    return text if text.isascii() else "".join(map(_plain, text))


def _plain(character: str) -> str:
    if character.isascii() or character in _KEPT:
        return character
    if replacement := _PLAIN.get(character):
        return replacement
    if "\u2800" <= character <= "\u28ff":
        return "*" if character != "\u2800" else " "
    if "\xa1" <= character <= "\xff":
        return character
    return "?" * cells(character)
