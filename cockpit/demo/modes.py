"""The demo's two ways: with the screen, and without."""

from pathlib import Path

from cockpit import wiring
from cockpit.config import load
from cockpit.demo import headless as player
from cockpit.demo.company_process import SETTING_UP, staged
from cockpit.demo.layout import StoreKind
from cockpit.demo.shop_history import Story


def headless(
    story: str, seed: int, keep: Path | None, consul: bool, prometheus: bool, *, as_json: bool, autopilot: bool
) -> int:
    """Play the story; the exit code: 0 where it ended as it should. Raises `Failed`."""
    with staged(Story(story), seed, keep, _store(consul), prometheus) as stage:
        return player.headless(stage, as_json, autopilot)


def on_screen(story: str, seed: int, keep: Path | None, consul: bool, prometheus: bool, *, autopilot: bool) -> int:
    """Open the cockpit on the company. Raises `Failed`."""
    with staged(Story(story), seed, keep, _store(consul), prometheus) as stage:
        config = load(stage.layout.config)
        config = player.on_autopilot(config) if autopilot else config
        return wiring.run_screen(config, watch=False, extra_feed=stage.report, startup=SETTING_UP)


def _store(consul: bool) -> StoreKind:
    return StoreKind.CONSUL if consul else StoreKind.SQLITE
