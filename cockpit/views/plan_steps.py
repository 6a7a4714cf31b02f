"""What a command would do, step by step: the confirmation and --dry-run show the same lines."""

from cockpit.deploy.plan import AppendEvent, Plan
from cockpit.views.rows import Line, Span, Tone, wrap

UNBROKEN = 10_000


def steps(plan: Plan, width: int = UNBROKEN, most: int = UNBROKEN) -> tuple[Line, ...]:
    """The title, then a numbered line a step, broken where it is longer than `width` cells, and `most` warnings."""
    lines: list[Line] = [(Span(text, Tone.STRONG),) for text in wrap(plan.title, width, 3)]
    for number, step in enumerate(plan.steps, 1):
        tone = Tone.PLAIN if isinstance(step, AppendEvent) else Tone.NEW
        for index, text in enumerate(wrap(step.words, width - 5, 4)):
            lines.append((Span(f"  {number}. " if index == 0 else " " * 5, Tone.DIM), Span(text, tone)))
    for warning in plan.warnings[:most]:
        for index, text in enumerate(wrap(warning, width - 5, 2)):
            lines.append((Span("  !  " if index == 0 else " " * 5, Tone.BAD), Span(text, Tone.WAITING)))
    if (rest := len(plan.warnings) - most) > 0:
        lines.append((Span("  !  ", Tone.BAD), Span(f"and {rest} more, see `cockpit pulls`", Tone.WAITING)))
    return tuple(lines)
