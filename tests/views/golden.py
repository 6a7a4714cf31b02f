"""Golden texts: every view of every scene. Run as a module to write them, and read the diff before you commit it."""

from collections.abc import Iterator
from pathlib import Path

from cockpit.control.command_table import find_command
from cockpit.deploy.plan import CommandRequest, Plan
from cockpit.deploy.snapshot import Snapshot
from cockpit.views import (
    day,
    event_log,
    headline,
    history,
    host,
    host_grid,
    key_help,
    plan_steps,
    pull_diff,
    pulls,
    startup,
    status,
    tiers,
    timeline,
)
from cockpit.views.rows import Line, cells, fit, plain
from tests.builders import ADA, CHANGE, SCENES

FOLDER = Path(__file__).parents[1] / "golden"
WIDTHS = (80, 160)
HINTS = tuple(key_help.Hint(word[0], word, f"What {word} does.") for word in ("start", "advance", "hold"))


def path(scene: str, width: int) -> Path:
    """Return the path of the golden text of a scene."""
    return FOLDER / f"{scene.replace(' ', '-')}-{width}.txt"


def sections(snapshot: Snapshot, width: int) -> Iterator[tuple[str, tuple[Line, ...]]]:
    """Yield (title, lines) of every view of one snapshot."""
    roomy = width >= 110
    yield "headline", headline.headline(snapshot, width, ADA)
    if snapshot.startup.value:
        yield "opening", startup.setup_page(snapshot, width, 12)
        return
    yield "timeline", timeline.timeline(snapshot, width, roomy)
    rows = tuple(line for _, line in tiers.tiers(snapshot, width, roomy))
    yield "tiers", (tiers.heading(snapshot, width, roomy), *rows)
    _, shown = pulls.current_pulls(snapshot)
    yield "pulls", pulls.rows(shown, snapshot.open, width * 6 // 10)
    yield "log", event_log.rows(snapshot.latest, snapshot.now, width)
    yield "history", history.releases(snapshot, width)
    if snapshot.policy.calendar.restricted:
        yield "day", day.page(snapshot, width)
    yield "status", status.status(snapshot, width)
    if shown and snapshot.open:
        diff = (fit(line, width) for line in pull_diff.diff(CHANGE))
        yield "pull", (*pulls.page(shown[0], snapshot, width, CHANGE), *diff)
    for verb in ("advance", "rollback"):
        decided = find_command(verb).decide(snapshot, CommandRequest(ADA))
        if isinstance(decided, Plan):
            yield verb, plan_steps.steps(decided, min(width, 90))
    yield "hosts", host_grid.grid(snapshot, width)
    yield "host", host.page(snapshot, "canary", "canary-1", width)


def drawn(scene: str, width: int) -> str:
    """Return the golden text of a scene."""
    parts = []
    for title, lines in sections(SCENES[scene](), width):
        assert all(sum(cells(span.text) for span in line) <= width for line in lines), f"{title} is too wide"
        parts.append(f"[{title}]\n{plain(lines)}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for scene in SCENES:
        for width in WIDTHS:
            path(scene, width).write_text(drawn(scene, width), "utf-8")
