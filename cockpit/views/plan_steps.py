"""The steps of a plan: the confirmation dialog and --dry-run show the same lines."""

from cockpit.deploy.plan import AppendEvent, Plan
from cockpit.views.rows import Line, Span, Tone, wrap

NO_LIMIT = 10_000


def steps(plan: Plan, width: int = NO_LIMIT, most: int = NO_LIMIT) -> tuple[Line, ...]:
    """Return the title, one numbered entry for each step, wrapped at `width` cells, and at most `most` warnings."""
    lines: list[Line] = [(Span(text, Tone.STRONG),) for text in wrap(plan.title, width, 3)]
    for number, step in enumerate(plan.steps, 1):
        tone = Tone.PLAIN if isinstance(step, AppendEvent) else Tone.NEW
        for index, text in enumerate(wrap(step.summary, width - 5, 4)):
            lines.append((Span(f"  {number}. " if index == 0 else " " * 5, Tone.DIM), Span(text, tone)))
    for warning in plan.warnings[:most]:
        for index, text in enumerate(wrap(warning, width - 5, 2)):
            lines.append((Span("  !  " if index == 0 else " " * 5, Tone.BAD), Span(text, Tone.WAITING)))
    if (rest := len(plan.warnings) - most) > 0:
        lines.append((Span("  !  ", Tone.BAD), Span(f"and {rest} more, see `cockpit pulls`", Tone.WAITING)))
    return tuple(lines)
