"""The filter of a panel: rows with the typed text stay, compared literally and without case."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cockpit.views.rows import Line, Span, Tone, cells, fit

MAX_LENGTH = 60
"""Maximum number of characters."""


@dataclass(frozen=True)
class FilterInput:
    """The text of a filter, and whether it is being typed."""

    text: str = ""
    typing: bool = False

    def __bool__(self) -> bool:
        return bool(self.text) or self.typing

    def with_typed(self, character: str) -> "FilterInput":
        """Return the filter with one more character."""
        return replace(self, text=(self.text + character)[:MAX_LENGTH])

    def without_last(self) -> "FilterInput":
        """Return the filter without its last character."""
        return replace(self, text=self.text[:-1])

    def matching_rows(self, names: Sequence[str], texts: Sequence[str]) -> tuple[int, ...]:
        """Return the indices of the rows to show: all rows of a name if one of them has the text."""
        if not self.text:
            return tuple(range(len(names)))
        wanted = self.text.casefold()
        matching = {name for name, text in zip(names, texts, strict=True) if wanted in text.casefold()}
        return tuple(index for index, name in enumerate(names) if name in matching)

    def prompt(self, width: int) -> Line:
        """Return the line that shows the filter under the rows."""
        cursor = Span("▏" if self.typing else " ", Tone.KEY)
        keys = "  enter keep  esc all" if self.typing else "  / change  esc all"
        return fit((Span("/", Tone.KEY), Span(self.text, Tone.STRONG), cursor, Span(keys, Tone.DIM)), width)


def with_count(heading: Line, shown: int, total: int) -> Line:
    """Return the heading with the number of shown rows, at the same width: its rule gets shorter."""
    note = f"  {shown} of {total}"
    for index, span in enumerate(heading):
        if span.tone is Tone.RULE and cells(span.text) > cells(note):
            shorter = Span(span.text[: len(span.text) - len(note)], Tone.RULE)
            return (*heading[:1], Span(note, Tone.WAITING), *heading[1:index], shorter, *heading[index + 1 :])
    return (*heading[:1], Span(note, Tone.WAITING))
