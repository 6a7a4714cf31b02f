"""Write to the terminal the cells that differ from what it shows, and nothing else.

Textual repaints whole regions: a ticking clock sends its whole line. Here each update is applied to a buffer of the
wanted screen; the difference to the buffer of what was written goes out with few cursor moves and style changes. While
the terminal does not drain, nothing is queued: the next frame that can be written brings it up to date.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

Cell = tuple[str, str]
"""The text and the escape sequence of its style; an empty text is the right half of a wide character."""

UNKNOWN: Cell = ("\0", "")
"""Equal to no cell: what the terminal shows there is not known."""
GAP = 6
"""Unchanged cells that are rewritten instead of skipped: a cursor move costs about as many bytes."""
RESET = "\x1b[0m"
_COLOURS = re.compile(r"[34]8;(?:2;\d+;\d+;\d+|5;\d+)|\d+")
"""The parts of a style's sequence: a colour takes several numbers, an attribute one."""


class ScreenBuffer:
    """What a terminal of this size should show, and what was written to it."""

    def __init__(
        self, width: int, height: int, colours: ColorSystem | None, substitute: Callable[[str], str] | None = None
    ) -> None:
        self.size = (width, height)
        self._substitute = substitute
        """Replaces texts cell for cell before they are written; None writes them unchanged."""
        self._colours = colours
        self._wanted = [[UNKNOWN] * width for _ in range(height)]
        self._written = [[UNKNOWN] * width for _ in range(height)]
        self._touched: set[int] = set()
        self._style: str | None = None
        """The style sequence that is on in the terminal; None if unknown."""

    def apply(self, updates: Iterable[tuple[int, int, Iterable[Segment]]]) -> None:
        """Paint updates, each a (column, row, segments), into the wanted screen."""
        for x, y, segments in updates:
            if not 0 <= y < self.size[1]:
                continue
            self._touched.add(y)
            for text, style, _ in segments:
                text = self._substitute(text) if self._substitute else text
                x = _paint(self._wanted[y], x, text, _sequence(style or Style.null(), self._colours))

    def changes(self) -> str:
        """Return what makes the terminal show the wanted screen, and count it as written.

        The last style stays on, because the next change often has the same; `reset_style` turns it off.
        """
        out: list[str] = []
        for y in sorted(self._touched):
            wanted, written = self._wanted[y], self._written[y]
            for start, end in _runs(wanted, written):
                out.append(f"\x1b[{y + 1};{start + 1}H")
                for text, sequence in wanted[start:end]:
                    if text and sequence != self._style:
                        out.append(_style_change(self._style, sequence))
                        self._style = sequence
                    out.append(text)
            written[:] = wanted
        self._touched.clear()
        return "".join(out)

    def reset_style(self) -> str:
        """Return the sequence that turns the style off, for before another program writes to the terminal."""
        self._style = ""
        return RESET

    def invalidate(self) -> None:
        """Make the next `changes` write the whole screen: what the terminal shows is unknown."""
        self._style = None
        for row in self._written:
            row[:] = [UNKNOWN] * self.size[0]
        self._touched = set(range(self.size[1]))


def _paint(row: list[Cell], x: int, text: str, sequence: str) -> int:
    """Put a text into a row and return the column after it. The other half of a wide character it cuts is blanked."""
    for character in text:
        wide = 1 if character.isascii() else get_character_cell_size(character)
        if wide == 0:
            if 0 < x <= len(row):
                head = x - 1 if row[x - 1][0] else x - 2
                row[head] = (row[head][0] + character, row[head][1])
            continue
        if x + wide > len(row):
            return len(row)
        _blank_cut_wide(row, x)
        _blank_cut_wide(row, x + wide)
        row[x] = (character, sequence)
        if wide == 2:
            row[x + 1] = ("", sequence)
        x += wide
    return x


def _blank_cut_wide(row: list[Cell], x: int) -> None:
    """Blank a wide character that reaches over the left edge of this cell."""
    if 0 < x < len(row) and not row[x][0]:
        row[x - 1] = (" ", row[x - 1][1])
        row[x] = (" ", row[x][1])


def _runs(wanted: list[Cell], written: list[Cell]) -> list[tuple[int, int]]:
    """Return (start, end) of the runs to write; close runs are joined, wide characters stay whole."""
    differ = [x for x, (new, old) in enumerate(zip(wanted, written, strict=True)) if new != old and new != UNKNOWN]
    runs: list[tuple[int, int]] = []
    for x in differ:
        start = x - 1 if not wanted[x][0] else x
        end = x + 2 if x + 1 < len(wanted) and not wanted[x + 1][0] else x + 1
        if x + 1 < len(written) and not written[x + 1][0]:
            end = max(end, x + 2)  # the terminal clears the other half of a wide character
        if runs and start - runs[-1][1] <= GAP and UNKNOWN not in wanted[runs[-1][1] : start]:
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        else:
            runs.append((start, end))
    return [(start, min(end, len(wanted))) for start, end in runs]


@lru_cache(4096)
def _style_change(old: str | None, new: str) -> str:
    """Return the sequence from one style to another: the difference, or a reset if something must be turned off."""
    if old is None:
        return f"{RESET}{new}"
    had, has = _style_parts(old), _style_parts(new)
    if had.keys() - has.keys():  # a colour or attribute goes back to the default
        return f"\x1b[0;{new[2:]}" if new else RESET
    differ = [part for kind, part in has.items() if had.get(kind) != part]
    return f"\x1b[{';'.join(differ)}m" if differ else ""


@lru_cache(4096)
def _style_parts(sequence: str) -> dict[str, str]:
    """Split a style's sequence into its parts by kind: `fg`, `bg`, or an attribute by its number."""
    parts: dict[str, str] = {}
    for part in _COLOURS.findall(sequence[2:-1]):
        first = int(part.partition(";")[0])
        if first == 38 or 30 <= first <= 37 or 90 <= first <= 97:
            parts["fg"] = part
        elif first == 48 or 40 <= first <= 47 or 100 <= first <= 107:
            parts["bg"] = part
        else:
            parts[part] = part
    return parts


@lru_cache(4096)
def _sequence(style: Style, colours: ColorSystem | None) -> str:
    """Return the escape sequence that turns the style on, as rich writes it, without links."""
    return style.update_link(None).render("\0", color_system=colours).partition("\0")[0]
