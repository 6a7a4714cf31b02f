"""The demo's two ways: with the screen, and without."""

from pathlib import Path

from cockpit import wiring
from cockpit.config import load
from cockpit.demo import headless as player
from cockpit.demo.history import Story
from cockpit.demo.stage import SETTING_UP, staged


def headless(story: str, seed: int, keep: Path | None, *, as_json: bool, autopilot: bool) -> int:
    """Play the story; the exit code: 0 where it ended as it should. Raises `Failed`."""
    with staged(Story(story), seed, keep) as stage:
        return player.headless(stage, as_json, autopilot)


def on_screen(story: str, seed: int, keep: Path | None, *, autopilot: bool) -> int:
    """Open the cockpit on the company. Raises `Failed`."""
    with staged(Story(story), seed, keep) as stage:
        config = load(stage.layout.config)
        config = player.on_autopilot(config) if autopilot else config
        return wiring.run_screen(config, watch=False, also=stage.report, opening=SETTING_UP)
