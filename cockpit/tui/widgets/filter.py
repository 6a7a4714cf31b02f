"""What is typed to keep some rows of a list: literally, whatever its case."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cockpit.views.rows import Line, Span, Tone, cells, fit

LONGEST = 60
"""Characters that may be typed."""


@dataclass(frozen=True)
class FilterInput:
    """The text, and whether it is being typed."""

    text: str = ""
    typing: bool = False

    def __bool__(self) -> bool:
        return bool(self.text) or self.typing

    def typed(self, character: str) -> "FilterInput":
        """With one more character."""
        return replace(self, text=(self.text + character)[:LONGEST])

    def rubbed(self) -> "FilterInput":
        """With one less."""
        return replace(self, text=self.text[:-1])

    def kept(self, names: Sequence[str], words: Sequence[str]) -> tuple[int, ...]:
        """Places of the rows that stay: all of a name of which any row holds the text."""
        if not self.text:
            return tuple(range(len(names)))
        wanted = self.text.casefold()
        good = {name for name, said in zip(names, words, strict=True) if wanted in said.casefold()}
        return tuple(place for place, name in enumerate(names) if name in good)

    def foot(self, width: int) -> Line:
        """The line at the list's foot."""
        cursor = Span("▏" if self.typing else " ", Tone.KEY)
        ways = "  enter keep  esc all" if self.typing else "  / change  esc all"
        return fit((Span("/", Tone.KEY), Span(self.text, Tone.STRONG), cursor, Span(ways, Tone.DIM)), width)


def counted(heading: Line, kept: int, of: int) -> Line:
    """A heading that says how many rows are left; its thin line gives up the room."""
    note = f"  {kept} of {of}"
    for place, span in enumerate(heading):
        if span.tone is Tone.RULE and cells(span.text) > cells(note):
            shorter = Span(span.text[: len(span.text) - len(note)], Tone.RULE)
            return (*heading[:1], Span(note, Tone.WAITING), *heading[1:place], shorter, *heading[place + 1 :])
    return (*heading[:1], Span(note, Tone.WAITING))
