"""A PR's description, files and diff as rows: literal, in the colours that are given, with what is left out said."""

from collections.abc import Callable, Sequence

from cockpit.deploy.pulls.diff import FileDiff, PullDiff
from cockpit.deploy.text import plural
from cockpit.views.rows import EMPTY, Line, Span, Tone, cells, column, crop, fit, rule, wrap

Paint = Callable[[str, Sequence[str]], Sequence[Line]]
"""(path, lines of code) -> the same lines with the tones of their language."""

MOST_SAID = 40
"""Lines of a description that are shown."""
BAR = 10
"""Cells of the widest bar of a file."""


def plainly(path: str, code: Sequence[str]) -> Sequence[Line]:
    """Code without colours."""
    return tuple((Span(line),) for line in code)


def description(text: Sequence[str], width: int) -> tuple[Line, ...]:
    """What its author wrote, broken between words."""
    told = [line for paragraph in text for line in (wrap(paragraph, width, MOST_SAID) if paragraph else ("",))]
    while told and not told[-1]:
        told.pop()
    rest = len(told) - MOST_SAID
    more = ((Span(f"… {plural(rest, 'line')} more", Tone.DIM),),) if rest > 0 else ()
    return (*((Span(line),) if line else EMPTY for line in told[:MOST_SAID]), *more)


def files(change: PullDiff, width: int) -> tuple[Line, ...]:
    """A line a file: how much came and went, and why its diff is not shown where it is not."""
    heading = rule(plural(len(change.parts), "FILE").replace("FILEs", "FILES"), _sum(change), width)
    most = max((part.added + part.removed for part in change.parts), default=0)
    return (heading, *(_file(part, most, width) for part in change.parts))


def diff(change: PullDiff, paint: Paint = plainly) -> tuple[Line, ...]:
    """Every hunk of every file that has any, not cut to a width: painting is dear and does not depend on it."""
    lines: list[Line] = []
    for part in change.parts:
        named = f"{part.was} → {part.path}" if part.was else part.path
        lines += [
            EMPTY,
            (Span(named, Tone.STRONG), Span(f"  {part.unshown}", Tone.UNKNOWN if part.unshown else Tone.DIM)),
        ]
        for hunk in _hunks(part.patch):
            lines += [(Span(hunk[0], Tone.NEW),), *_painted(part.path, hunk[1:], paint)]
    return tuple(lines)


def _sum(change: PullDiff) -> Line:
    return (Span(f"+{change.added:,}", Tone.GOOD), Span(" "), Span(f"-{change.removed:,}", Tone.BAD))


def _file(part: FileDiff, most: int, width: int) -> Line:
    size = part.added + part.removed
    bar = -(-BAR * size // most) if most else 0
    plus = round(bar * part.added / size) if size else 0
    named = f"{part.was} → {part.path}" if part.was else part.path
    note = f"  {part.unshown}" if part.unshown else ""
    room = max(10, width - 14 - BAR - cells(note))
    return fit(
        (
            column(f"+{part.added:,}", 6, Tone.GOOD if part.added else Tone.DIM, right=True),
            column(f"-{part.removed:,}", 7, Tone.BAD if part.removed else Tone.DIM, right=True),
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
    found: list[list[str]] = []
    for line in patch:
        if line.startswith("@@ "):
            found.append([line])
        elif found:
            found[-1].append(line)
    return found


def _painted(path: str, lines: Sequence[str], paint: Paint) -> list[Line]:
    """Both sides of the hunk are painted whole, so that a string over several lines keeps its colour on each."""
    after = iter(paint(path, [line[1:] for line in lines if line[:1] in "+ "]))
    before = iter(paint(path, [line[1:] for line in lines if line[:1] in "- "]))
    found: list[Line] = []
    for line in lines:
        match line[:1]:
            case "+":
                found.append((Span("+ ", Tone.ADDED), *next(after, EMPTY)))
            case "-":
                found.append((Span("- ", Tone.REMOVED), *next(before, EMPTY)))
            case "\\":
                found.append((Span(line, Tone.DIM),))
            case _:
                next(before, EMPTY)
                found.append((Span("  "), *next(after, EMPTY)))
    return found
