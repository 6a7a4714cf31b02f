"""Draws the picture in README from a running demo: `make picture`.

The company is real, and so is the screen, driven by its keys; it is saved as SVG in the middle of a release, when
dogfood has shown that one of the pull requests is bad.
"""

import asyncio
from pathlib import Path

from textual.pilot import Pilot

from cockpit import wiring
from cockpit.config import load
from cockpit.control.board import Board
from cockpit.demo.company_process import SETTING_UP, staged
from cockpit.demo.shop_history import Story
from cockpit.deploy.facts import Call

PICTURE = Path(__file__).parents[1] / "docs" / "cockpit.svg"
SIZE = (130, 38)
PATIENCE = 60.0


async def take_steps(board: Board, pilot: Pilot[None]) -> None:
    """Start a release and take it to dogfood, then choose a pull request in the list."""
    await board.until(lambda s: s.last_good is not None and not s.startup.value and s.preview.value is not None, PATIENCE)
    await pilot.pause(10)  # traffic to look back on
    for key, step in (("s", "staging"), ("a", "dogfood")):
        await pilot.press(key)
        await pilot.pause(0.3)
        await pilot.press("enter")
        await board.until(lambda s, step=step: s.open is not None and s.open.step == step, PATIENCE)  # type: ignore[misc]
        snapshot = await board.until(lambda s: s.verdict.call is not Call.WAIT, PATIENCE)
        await pilot.pause(0.6)
    assert snapshot.verdict.call in {Call.HOLD, Call.ROLL_BACK}, snapshot.verdict
    await pilot.press(*"jjjjj")
    await pilot.pause(4)


async def draw() -> None:
    """Play the hotfix story up to dogfood and save what is on the screen."""
    with staged(Story.HOTFIX, 1, None) as stage:
        config = load(stage.layout.config)
        with wiring.open_screen(config, watch=False, extra_feed=stage.report, startup=SETTING_UP) as (app, board):
            async with app.run_test(size=SIZE) as pilot:
                await take_steps(board, pilot)
                PICTURE.parent.mkdir(exist_ok=True)
                PICTURE.write_text(app.export_screenshot(title="cockpit"), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(draw())
