"""Revert conflicts by file and hunk: the lines on the branch, and the lines without the PR."""

from collections.abc import Sequence

from cockpit.deploy.pulls.conflicts import FileConflict, Hunk
from cockpit.deploy.text import clean, plural
from cockpit.views.rows import EMPTY, Line, Span, Tone, fit

MAX_LINES = 12
"""Lines shown of each side of a hunk."""


def rows(conflicts: Sequence[FileConflict], width: int) -> tuple[Line, ...]:
    """List every file with its hunks."""
    lines: list[Line] = []
    for conflict in conflicts:
        hunks = conflict.hunks
        summary = plural(len(hunks), "hunk") if hunks else "deleted on one side and changed on the other, or binary"
        where = f"  {summary}, on {clean(conflict.where)}"
        lines.append(fit((Span(clean(conflict.path), Tone.STRONG), Span(where, Tone.DIM)), width))
        for hunk in hunks:
            lines += _hunk(hunk, width)
        lines.append(EMPTY)
    return tuple(lines)


def _hunk(hunk: Hunk, width: int) -> list[Line]:
    rows: list[Line] = [fit((Span(f"  at line {hunk.line}", Tone.DIM),), width)]
    for mark, tone, lines in (("- ", Tone.BAD, hunk.current), ("+ ", Tone.GOOD, hunk.without)):
        rows += [fit((Span(f"  {mark}{line}", tone),), width) for line in lines[:MAX_LINES]]
        if len(lines) > MAX_LINES:
            rows.append(fit((Span(f"  {mark}and {plural(len(lines) - MAX_LINES, 'more line')}", Tone.DIM),), width))
    return rows
