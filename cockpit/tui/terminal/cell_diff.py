"""Writes to the terminal the cells that differ from what it shows, and nothing else.

Textual repaints whole regions: a clock that ticks sends its line. Here every update lands in a picture of the screen
first; what differs from the picture of what was written goes out, in as few moves and colours as it takes. While the
terminal does not drain, nothing is queued: the next frame that can go out brings it up to date.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

Cell = tuple[str, str]
"""What stands there and the escape sequence of its style; an empty text is the right half of a wide character."""

UNKNOWN: Cell = ("\0", "")
"""No cell is like it: what the terminal shows there is not known."""
GAP = 6
"""Cells that are written again rather than jumped over: a jump costs about as many bytes."""
RESET = "\x1b[0m"
_COLOURS = re.compile(r"[34]8;(?:2;\d+;\d+;\d+|5;\d+)|\d+")
"""The parts of a style's sequence: a colour takes several numbers, all else one."""


class ScreenBuffer:
    """What is to be on a terminal of this size, and what was written to it."""

    def __init__(
        self, width: int, height: int, colours: ColorSystem | None, spelt: Callable[[str], str] | None = None
    ) -> None:
        self.size = (width, height)
        self._spelt = spelt
        """What texts are written as, cell for cell; None for as they are."""
        self._colours = colours
        self._wanted = [[UNKNOWN] * width for _ in range(height)]
        self._written = [[UNKNOWN] * width for _ in range(height)]
        self._touched: set[int] = set()
        self._style: str | None = None
        """What the terminal writes in now; None for unknown."""

    def take(self, placed: Iterable[tuple[int, int, Iterable[Segment]]]) -> None:
        """Paint an update, stretches of segments each with the column and row it begins at, into what is wanted."""
        for x, y, segments in placed:
            if not 0 <= y < self.size[1]:
                continue
            self._touched.add(y)
            for text, style, _ in segments:
                text = self._spelt(text) if self._spelt else text
                x = _paint(self._wanted[y], x, text, _sequence(style or Style.null(), self._colours))

    def changes(self) -> str:
        """What to write so that the terminal shows what is wanted; it counts as written from then on.

        The last style stays on, for the next change is often in the same; `at_rest` takes it off.
        """
        out: list[str] = []
        for y in sorted(self._touched):
            wanted, written = self._wanted[y], self._written[y]
            for start, end in _runs(wanted, written):
                out.append(f"\x1b[{y + 1};{start + 1}H")
                for text, sequence in wanted[start:end]:
                    if text and sequence != self._style:
                        out.append(_turn(self._style, sequence))
                        self._style = sequence
                    out.append(text)
            written[:] = wanted
        self._touched.clear()
        return "".join(out)

    def at_rest(self) -> str:
        """What to write before somebody else writes to the terminal."""
        self._style = ""
        return RESET

    def forget(self) -> None:
        """The terminal may show anything now: what is wanted is written whole with the next changes."""
        self._style = None
        for row in self._written:
            row[:] = [UNKNOWN] * self.size[0]
        self._touched = set(range(self.size[1]))


def _paint(row: list[Cell], x: int, text: str, sequence: str) -> int:
    """Put a text into a row; the column after it. What it cuts through of a wide character becomes a space."""
    for character in text:
        wide = 1 if character.isascii() else get_character_cell_size(character)
        if wide == 0:
            if 0 < x <= len(row):
                head = x - 1 if row[x - 1][0] else x - 2
                row[head] = (row[head][0] + character, row[head][1])
            continue
        if x + wide > len(row):
            return len(row)
        _part(row, x)
        _part(row, x + wide)
        row[x] = (character, sequence)
        if wide == 2:
            row[x + 1] = ("", sequence)
        x += wide
    return x


def _part(row: list[Cell], x: int) -> None:
    """Make sure that no wide character reaches over the left edge of this cell."""
    if 0 < x < len(row) and not row[x][0]:
        row[x - 1] = (" ", row[x - 1][1])
        row[x] = (" ", row[x][1])


def _runs(wanted: list[Cell], written: list[Cell]) -> list[tuple[int, int]]:
    """(start, end) of the stretches that must be written; near ones are joined, wide characters stay whole."""
    differ = [x for x, (new, old) in enumerate(zip(wanted, written, strict=True)) if new != old and new != UNKNOWN]
    runs: list[tuple[int, int]] = []
    for x in differ:
        start = x - 1 if not wanted[x][0] else x
        end = x + 2 if x + 1 < len(wanted) and not wanted[x + 1][0] else x + 1
        if x + 1 < len(written) and not written[x + 1][0]:
            end = max(end, x + 2)  # half of what was a wide character: the terminal clears the other half
        if runs and start - runs[-1][1] <= GAP and UNKNOWN not in wanted[runs[-1][1] : start]:
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        else:
            runs.append((start, end))
    return [(start, min(end, len(wanted))) for start, end in runs]


@lru_cache(4096)
def _turn(old: str | None, new: str) -> str:
    """What turns one style into the other: only what differs, where nothing has to go that cannot go by itself."""
    if old is None:
        return f"{RESET}{new}"
    had, has = _parts(old), _parts(new)
    if had.keys() - has.keys():  # a colour or attribute that is to be as the terminal has it
        return f"\x1b[0;{new[2:]}" if new else RESET
    differ = [part for kind, part in has.items() if had.get(kind) != part]
    return f"\x1b[{';'.join(differ)}m" if differ else ""


@lru_cache(4096)
def _parts(sequence: str) -> dict[str, str]:
    """The parts of a style's sequence by what each is of: `fg`, `bg`, or an attribute by its number."""
    found: dict[str, str] = {}
    for part in _COLOURS.findall(sequence[2:-1]):
        first = int(part.partition(";")[0])
        if first == 38 or 30 <= first <= 37 or 90 <= first <= 97:
            found["fg"] = part
        elif first == 48 or 40 <= first <= 47 or 100 <= first <= 107:
            found["bg"] = part
        else:
            found[part] = part
    return found


@lru_cache(4096)
def _sequence(style: Style, colours: ColorSystem | None) -> str:
    """The escape sequence that turns the style on, as rich writes it; a link is not carried over."""
    return style.update_link(None).render("\0", color_system=colours).partition("\0")[0]
