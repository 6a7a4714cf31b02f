"""Whole frames as text, at three sizes: what the terminal shows is the golden text, in dark and in light alike.

Run as a module it writes them anew: `python -m tests.tui.test_frames`. Look at the difference before it is kept, and at
the pictures of `make gallery`.
"""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from cockpit.tui.widgets.lines import Lines
from cockpit.views.rows import length
from tests.gallery import SIZES, STAGES, THEMES, scene, show
from tests.tui.screens import SETTINGS, Screen, open_screen
from tests.tui.textual_private import frame_text

FOLDER = Path(__file__).parents[1] / "golden" / "frames"
KEPT = ("at-canary", "hold-at-dogfood", "reverting", "rolled-back", "empty", "hostile", "confirm", "number", "pull",
        "filter", "help")  # fmt: skip
"""Stages whose frames are kept; of all others only their measures are held."""


def path(stage: str, size: tuple[int, int]) -> Path:
    """Where the frame is kept."""
    return FOLDER / f"{stage}-{size[0]}x{size[1]}.txt"


def measured(screen: Screen, size: tuple[int, int]) -> None:
    """Nothing is wider than its panel, stands outside the terminal, or on something else."""
    taken: set[tuple[int, int]] = set()
    for widget in screen.app.dashboard.query(Lines):
        if not widget.display:
            continue
        region = widget.region
        cells = {(x, y) for x in range(region.x, region.right) for y in range(region.y, region.bottom)}
        assert not cells & taken, f"{widget.id} stands on another panel"
        assert region.right <= size[0], widget.id
        assert region.bottom <= size[1], widget.id
        taken |= cells
        for line in widget.lines:
            assert length(line) <= region.width, f"{widget.id} is cut off: {line}"
        assert len(widget.lines) <= region.height, f"{widget.id} has more rows than room"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("stage", STAGES)
async def test_a_frame_is_as_it_was_looked_at_in_dark_and_in_light(stage: str, size: tuple[int, int]) -> None:
    frames = []
    for theme in THEMES:
        async with open_screen(scene(STAGES[stage][0]), size=size, settings=replace(SETTINGS, theme=theme)) as screen:
            await show(screen, stage)
            measured(screen, size)
            frames.append(frame_text(screen.app))
    assert frames[0] == frames[1]
    if stage in KEPT:
        assert frames[0] == path(stage, size).read_text("utf-8"), (
            "the frame changed; if it is meant, write it anew with `python -m tests.tui.test_frames`"
        )


async def write() -> None:
    """All kept frames."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for stage in KEPT:
        for size in SIZES:
            async with open_screen(scene(STAGES[stage][0]), size=size) as screen:
                await show(screen, stage)
                path(stage, size).write_text(frame_text(screen.app), "utf-8")


if __name__ == "__main__":
    asyncio.run(write())
