"""The footer of keys and the help page: what each key does, or why it is disabled."""

from dataclasses import dataclass

from cockpit.views.rows import Line, Span, Tone, cells, column, fit, wrap


@dataclass(frozen=True)
class Hint:
    """One key."""

    key: str
    """The key as shown to people."""
    title: str
    help: str = ""
    refusal: str = ""
    """Why the key is disabled now; empty if it is enabled."""
    vital: bool = False
    """Whether a narrow footer keeps the key even if it is disabled, so that it is always in its place."""


def footer(commands: tuple[Hint, ...], others: tuple[Hint, ...], width: int) -> tuple[Line, Line]:
    """Return commands on one line, other keys on another.

    Disabled keys are dim. If a line is too short, disabled keys are left out first and vital keys last.
    """
    return _keys(commands, width), _keys(others, width)


def help_page(sections: tuple[tuple[str, tuple[Hint, ...]], ...], width: int) -> tuple[Line, ...]:
    """List every key by section, with its help text and the reason if it is disabled."""
    lines: list[Line] = []
    for name, hints in sections:
        lines += [(), (Span(name, Tone.TITLE),)] if lines else [(Span(name, Tone.TITLE),)]
        for hint in hints:
            title = Tone.DIM if hint.refusal else Tone.STRONG
            head: Line = (column(hint.key, 9, Tone.KEY), column(hint.title, 14, title))
            for text in wrap(hint.help, width - 23, 3):
                lines.append(fit((*head, Span(text)), width))
                head = (Span(" " * 23),)
            refused = f"not now: {hint.refusal}" if hint.refusal else ""
            lines += [(Span(" " * 23), Span(text, Tone.WAITING)) for text in wrap(refused, width - 23, 3) if text]
    return tuple(lines)


def _keys(hints: tuple[Hint, ...], width: int) -> Line:
    """Fit keys into one line: drop keys that are not vital first, of these the disabled ones first, from the end."""
    kept = list(hints)
    while kept and sum(cells(hint.key) + cells(hint.title) + 3 for hint in kept) - 1 > width:
        droppable = [hint for hint in kept if not hint.vital] or kept
        kept.remove(([hint for hint in droppable if hint.refusal] or droppable)[-1])
    line: Line = (Span(" "),)
    for hint in kept:
        key, title = (Tone.DIM, Tone.DIM) if hint.refusal else (Tone.KEY, Tone.PLAIN)
        gap = "" if hint is kept[-1] else "  "
        line = (*line, Span(hint.key, key), Span(f" {hint.title}{gap}", title))
    return fit(line, width)
