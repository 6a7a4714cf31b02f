"""The description, files and diff of a PR as rows; the caller passes the syntax highlighting."""

from collections.abc import Callable, Sequence

from cockpit.deploy.pulls.diff import FileDiff, PullDiff
from cockpit.deploy.text import plural
from cockpit.views.rows import EMPTY, Line, Span, Tone, cells, column, crop, fit, rule, wrap

Paint = Callable[[str, Sequence[str]], Sequence[Line]]
"""(path, lines of code) -> the same lines, highlighted."""

MAX_DESCRIPTION = 40
"""Lines shown of a description."""
BAR = 10
"""Cells of the longest bar of changed lines."""


def uncoloured(path: str, code: Sequence[str]) -> Sequence[Line]:
    """Return code without highlighting."""
    return tuple((Span(line),) for line in code)


def description(text: Sequence[str], width: int) -> tuple[Line, ...]:
    """Return the description, broken between words and cropped after `MAX_DESCRIPTION` lines."""
    lines = [line for paragraph in text for line in (wrap(paragraph, width, MAX_DESCRIPTION) if paragraph else ("",))]
    while lines and not lines[-1]:
        lines.pop()
    rest = len(lines) - MAX_DESCRIPTION
    more = ((Span(f"… {plural(rest, 'line')} more", Tone.DIM),),) if rest > 0 else ()
    return (*((Span(line),) if line else EMPTY for line in lines[:MAX_DESCRIPTION]), *more)


def files(change: PullDiff, width: int) -> tuple[Line, ...]:
    """Return one line for each file: added and removed lines, and why its diff is omitted."""
    heading = rule(plural(len(change.files), "FILE").replace("FILEs", "FILES"), _totals(change), width)
    most = max((file.added + file.removed for file in change.files), default=0)
    return (heading, *(_file(file, most, width) for file in change.files))


def diff(change: PullDiff, paint: Paint = uncoloured) -> tuple[Line, ...]:
    """Return every hunk of every file, not cropped: highlighting is slow and does not depend on the width."""
    lines: list[Line] = []
    for file in change.files:
        named = f"{file.old_path} → {file.path}" if file.old_path else file.path
        lines += [
            EMPTY,
            (Span(named, Tone.STRONG), Span(f"  {file.omitted}", Tone.UNKNOWN if file.omitted else Tone.DIM)),
        ]
        for hunk in _hunks(file.patch):
            lines += [(Span(hunk[0], Tone.NEW),), *_highlighted(file.path, hunk[1:], paint)]
    return tuple(lines)


def _totals(change: PullDiff) -> Line:
    return (Span(f"+{change.added:,}", Tone.GOOD), Span(" "), Span(f"-{change.removed:,}", Tone.BAD))


def _file(file: FileDiff, most: int, width: int) -> Line:
    size = file.added + file.removed
    bar = -(-BAR * size // most) if most else 0
    plus = round(bar * file.added / size) if size else 0
    named = f"{file.old_path} → {file.path}" if file.old_path else file.path
    note = f"  {file.omitted}" if file.omitted else ""
    room = max(10, width - 14 - BAR - cells(note))
    return fit(
        (
            column(f"+{file.added:,}", 6, Tone.GOOD if file.added else Tone.DIM, right=True),
            column(f"-{file.removed:,}", 7, Tone.BAD if file.removed else Tone.DIM, right=True),
            Span(" "),
            Span("+" * plus, Tone.GOOD),
            Span("-" * (bar - plus), Tone.BAD),
            Span(" " * (BAR - bar + 1)),
            Span(crop(named, room)),
            Span(note, Tone.UNKNOWN),
        ),
        width,
    )


def _hunks(patch: Sequence[str]) -> list[list[str]]:
    hunks: list[list[str]] = []
    for line in patch:
        if line.startswith("@@ "):
            hunks.append([line])
        elif hunks:
            hunks[-1].append(line)
    return hunks


def _highlighted(path: str, lines: Sequence[str], paint: Paint) -> list[Line]:
    """Highlight both sides of a hunk as a whole, so that a string over several lines is recognised."""
    after = iter(paint(path, [line[1:] for line in lines if line[:1] in "+ "]))
    before = iter(paint(path, [line[1:] for line in lines if line[:1] in "- "]))
    painted: list[Line] = []
    for line in lines:
        match line[:1]:
            case "+":
                painted.append((Span("+ ", Tone.ADDED), *next(after, EMPTY)))
            case "-":
                painted.append((Span("- ", Tone.REMOVED), *next(before, EMPTY)))
            case "\\":
                painted.append((Span(line, Tone.DIM),))
            case _:
                next(before, EMPTY)
                painted.append((Span("  "), *next(after, EMPTY)))
    return painted
