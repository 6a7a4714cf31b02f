"""What is shown while there is nothing to see yet: what has been done to get there, and what is being done."""

from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration
from cockpit.views.rows import EMPTY, Line, Span, Tone, wrap


def opening(snapshot: Snapshot, width: int, height: int) -> tuple[Line, ...]:
    """The steps of the set-up in the middle of the room, the last one under way; the newest where not all fit."""
    seen = snapshot.opening
    steps = [step for step in seen.value.splitlines() if step.strip()]
    age = seen.age(snapshot.now) or 0.0
    said: list[Line] = [(Span(f"setting up {snapshot.policy.app}", Tone.STRONG),), EMPTY]
    said += [(Span("✓ ", Tone.GOOD), Span(step, Tone.DIM)) for step in steps[:-1]]
    lasts = f"  {duration(age)}" if age >= 2 else ""
    said += [(Span("◉ ", Tone.WAITING), Span(step), Span(lasts, Tone.DIM)) for step in steps[-1:]]
    wrong = wrap(seen.error, max(10, width - 8), 3) if seen.error else ()
    said += [(Span(f"? {text}", Tone.UNKNOWN),) for text in wrong]
    said = said[-max(1, height) :]
    above = max(0, (height - len(said)) // 3)
    return (*(EMPTY for _ in range(above)), *((Span("    "), *line) for line in said))
