"""The footer of keys and the page of help, from rows that say what each key does and why it may not."""

from dataclasses import dataclass

from cockpit.views.rows import Line, Span, Tone, cells, column, fit, wrap


@dataclass(frozen=True)
class Hint:
    """One key."""

    key: str
    """As a person reads it."""
    title: str
    help: str = ""
    refusal: str = ""
    """Why it does nothing now; empty where it does."""
    vital: bool = False
    """Whether a narrow footer keeps it, refused or not: a hand under stress looks for it in its place."""


def footer(commands: tuple[Hint, ...], others: tuple[Hint, ...], width: int) -> tuple[Line, Line]:
    """Commands on one line, the rest on another; what is refused is dimmed, and left out first where room is short,
    what is vital last."""
    return _keys(commands, width), _keys(others, width)


def help_page(rooms: tuple[tuple[str, tuple[Hint, ...]], ...], width: int) -> tuple[Line, ...]:
    """Every key by room, with its sentence and, where it is refused, the reason."""
    lines: list[Line] = []
    for name, hints in rooms:
        lines += [(), (Span(name, Tone.TITLE),)] if lines else [(Span(name, Tone.TITLE),)]
        for hint in hints:
            title = Tone.DIM if hint.refusal else Tone.STRONG
            head: Line = (column(hint.key, 9, Tone.KEY), column(hint.title, 11, title))
            for text in wrap(hint.help, width - 20, 3):
                lines.append(fit((*head, Span(text)), width))
                head = (Span(" " * 20),)
            refused = f"not now: {hint.refusal}" if hint.refusal else ""
            lines += [(Span(" " * 20), Span(text, Tone.WAITING)) for text in wrap(refused, width - 20, 3) if text]
    return tuple(lines)


def _keys(hints: tuple[Hint, ...], width: int) -> Line:
    """In one line: what is not vital goes first, of that what is refused, and of either the last."""
    kept = list(hints)
    while kept and sum(cells(hint.key) + cells(hint.title) + 3 for hint in kept) - 1 > width:
        less = [hint for hint in kept if not hint.vital] or kept
        kept.remove(([hint for hint in less if hint.refusal] or less)[-1])
    line: Line = (Span(" "),)
    for hint in kept:
        key, title = (Tone.DIM, Tone.DIM) if hint.refusal else (Tone.KEY, Tone.PLAIN)
        gap = "" if hint is kept[-1] else "  "
        line = (*line, Span(hint.key, key), Span(f" {hint.title}{gap}", title))
    return fit(line, width)
