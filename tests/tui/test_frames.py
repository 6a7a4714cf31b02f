"""Whole frames as text, at three sizes: they match the golden files, in dark and in light.

`python -m tests.tui.test_frames` writes the golden files again. Look at their diff, and at the pictures of
`make gallery`, before you commit them.
"""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from cockpit.tui.widgets.lines import Lines
from cockpit.views.rows import length
from tests.gallery import SIZES, THEMES, VIEWS, scene, show
from tests.tui.screens import SETTINGS, Screen, open_screen
from tests.tui.textual_private import frame_text

FOLDER = Path(__file__).parents[1] / "golden" / "frames"
GOLDEN = ("at-canary", "hold-at-dogfood", "reverting", "rolled-back", "empty", "hostile", "confirm", "number", "pull",
        "filter", "help")  # fmt: skip
"""Stages whose frames are golden files; of the others only the layout is checked."""


def golden_path(stage: str, size: tuple[int, int]) -> Path:
    """Return the path of the golden file."""
    return FOLDER / f"{stage}-{size[0]}x{size[1]}.txt"


def check_layout(screen: Screen, size: tuple[int, int]) -> None:
    """Check that no line is wider than its panel, and no panel outside the terminal or over another."""
    taken: set[tuple[int, int]] = set()
    for widget in screen.app.dashboard.query(Lines):
        if not widget.display:
            continue
        region = widget.region
        cells = {(x, y) for x in range(region.x, region.right) for y in range(region.y, region.bottom)}
        assert not cells & taken, f"{widget.id} overlaps another panel"
        assert region.right <= size[0], widget.id
        assert region.bottom <= size[1], widget.id
        taken |= cells
        for line in widget.lines:
            assert length(line) <= region.width, f"{widget.id} is too wide: {line}"
        assert len(widget.lines) <= region.height, f"{widget.id} has too many rows"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("stage", VIEWS)
async def test_frames_match_the_golden_files_in_dark_and_in_light(stage: str, size: tuple[int, int]) -> None:
    dark, light = THEMES
    async with open_screen(scene(VIEWS[stage][0]), size=size, settings=replace(SETTINGS, theme=dark)) as screen:
        await show(screen, stage)
        check_layout(screen, size)
        frame = frame_text(screen.app)
        while screen.app.theme != light:
            screen.app.action_theme()
        screen.app.clear_notifications()
        await screen.until(lambda: frame_text(screen.app) == frame)
        check_layout(screen, size)
    if stage in GOLDEN:
        assert frame == golden_path(stage, size).read_text("utf-8"), (
            "the frame changed; if that is intended, run `python -m tests.tui.test_frames`"
        )


async def write() -> None:
    """Write all golden files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for stage in GOLDEN:
        for size in SIZES:
            async with open_screen(scene(VIEWS[stage][0]), size=size) as screen:
                await show(screen, stage)
                golden_path(stage, size).write_text(frame_text(screen.app), "utf-8")


if __name__ == "__main__":
    asyncio.run(write())
