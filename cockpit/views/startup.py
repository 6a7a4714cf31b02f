"""The page shown during set-up: which steps are done and which one is running."""

from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration
from cockpit.views.rows import EMPTY, Line, Span, Tone, wrap


def setup_page(snapshot: Snapshot, width: int, height: int) -> tuple[Line, ...]:
    """List the set-up steps, the last of them running; only the newest if not all fit."""
    startup = snapshot.startup
    steps = [step for step in startup.value.splitlines() if step.strip()]
    age = startup.age(snapshot.now) or 0.0
    lines: list[Line] = [(Span(f"setting up {snapshot.policy.app}", Tone.STRONG),), EMPTY]
    lines += [(Span("✓ ", Tone.GOOD), Span(step, Tone.DIM)) for step in steps[:-1]]
    elapsed = f"  {duration(age)}" if age >= 2 else ""
    lines += [(Span("◉ ", Tone.WAITING), Span(step), Span(elapsed, Tone.DIM)) for step in steps[-1:]]
    error = wrap(startup.error, max(10, width - 8), 3) if startup.error else ()
    lines += [(Span(f"? {text}", Tone.UNKNOWN),) for text in error]
    lines = lines[-max(1, height) :]
    above = max(0, (height - len(lines)) // 3)
    return (*(EMPTY for _ in range(above)), *((Span("    "), *line) for line in lines))
