"""Conflicts by file and hunk: what stands there, and what would without the PR."""

from collections.abc import Sequence

from cockpit.deploy.pulls.conflicts import FileConflict, Hunk
from cockpit.deploy.text import clean, plural
from cockpit.views.rows import EMPTY, Line, Span, Tone, fit

MOST = 12
"""Lines of either side of a hunk that are shown."""


def rows(clashes: Sequence[FileConflict], width: int) -> tuple[Line, ...]:
    """Every file with its hunks."""
    made: list[Line] = []
    for clash in clashes:
        hunks = clash.hunks
        said = plural(len(hunks), "hunk") if hunks else "removed on one side and changed on the other, or no text"
        head: Line = (Span(clean(clash.path), Tone.STRONG), Span(f"  {said}, on {clean(clash.where)}", Tone.DIM))
        made.append(fit(head, width))
        for hunk in hunks:
            made += _hunk(hunk, width)
        made.append(EMPTY)
    return tuple(made)


def _hunk(hunk: Hunk, width: int) -> list[Line]:
    made: list[Line] = [fit((Span(f"  at line {hunk.line}", Tone.DIM),), width)]
    for mark, tone, lines in (("- ", Tone.BAD, hunk.there), ("+ ", Tone.GOOD, hunk.without)):
        made += [fit((Span(f"  {mark}{line}", tone),), width) for line in lines[:MOST]]
        if len(lines) > MOST:
            made.append(fit((Span(f"  {mark}and {plural(len(lines) - MOST, 'more line')}", Tone.DIM),), width))
    return made
