"""Draws the picture in README from a running demo: `make picture`.

It starts a real company, drives the screen by its keys, and saves the screen as SVG after the gate has found the bad
pull request on dogfood.
"""

import asyncio
from pathlib import Path

from textual.pilot import Pilot

from cockpit import wiring
from cockpit.config import load
from cockpit.control.board import Board
from cockpit.demo.company_process import SETTING_UP, running_company
from cockpit.demo.settings import DemoSettings
from cockpit.deploy.facts import Call

PICTURE = Path(__file__).parents[1] / "docs" / "cockpit.svg"
SIZE = (130, 38)
PATIENCE = 60.0


async def take_steps(board: Board, pilot: Pilot[None]) -> None:
    """Start a release, advance it to dogfood, and select a pull request in the list."""
    await board.until(
        lambda s: s.last_good is not None and not s.startup.value and s.preview.value is not None, PATIENCE
    )
    await pilot.pause(10)  # some history for the chart
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
    """Play the hotfix story up to dogfood and save the screen."""
    with running_company(DemoSettings(), keep=None) as company:
        config = load(company.layout.config)
        feed = company.report_startup
        with wiring.open_screen(config, watch=False, extra_feed=feed, startup=SETTING_UP) as (app, board):
            async with app.run_test(size=SIZE) as pilot:
                await take_steps(board, pilot)
                PICTURE.parent.mkdir(exist_ok=True)
                PICTURE.write_text(app.export_screenshot(title="cockpit"), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(draw())
