"""Draws every screen at three sizes in dark and light into a folder, to be looked at: `make gallery`.

    python -m tests.gallery FOLDER [THEME ...]

Pictures are SVG, as a terminal would show them; beside each lies its text, as `tests/tui/test_frames.py` compares it.
"""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from cockpit.deploy.pulls.reviews import Checks, Review, ReviewState
from cockpit.deploy.snapshot import Seen, Snapshot
from tests.builders import CHANGE, NOW, PULLS, SCENES, at_production
from tests.tui.screens import SETTINGS, Screen, open_screen

SIZES = ((80, 24), (120, 40), (200, 60))
THEMES = ("dark", "light")


def reviewed(snapshot: Snapshot) -> Snapshot:
    """With what a forge tells of its PRs."""
    verdicts = (ReviewState.APPROVED, ReviewState.APPROVED, ReviewState.CHANGES, ReviewState.WAITING)
    checks = (Checks.GREEN, Checks.GREEN, Checks.RED, Checks.RUNNING)
    known = {
        pull.number: Review(
            pull.number, pull.title, pull.author, f"https://forge.example.com/shop/pull/{pull.number}",
            verdicts[index % 4], checks[index % 4],
        )
        for index, pull in enumerate(PULLS)
    }  # fmt: skip
    return replace(snapshot, reviews=Seen(known, NOW - 3))


VIEWS: dict[str, tuple[str, tuple[str, ...]]] = {
    **{scene.replace(" ", "-"): (scene, ()) for scene in SCENES},
    "confirm": ("at canary", ("a",)),
    "override": ("soaking", ("a",)),
    "number": ("at half", ("a",)),
    "pull": ("at canary", ("enter",)),
    "filter": ("at canary", ("/", *"cart")),
    "log-alone": ("at production", ("4", "M")),
    "chart-alone": ("hold at dogfood", ("3", "M")),
    "help": ("at canary", ("?",)),
    "details": ("at production", ("d",)),
    "history": ("at canary", ("y",)),
    "palette": ("at canary", ("ctrl+p",)),
}
"""A name to a scene and the keys that are pressed in it."""


def scene(name: str) -> Snapshot:
    """The picture under a screen."""
    made = at_production(50) if name == "at half" else SCENES[name]()
    return reviewed(made) if made.latest else made


async def show(screen: Screen, stage: str) -> None:
    """Press the stage's keys and wait for what comes of them."""
    screen.app.navigation.read_diff = lambda pull: CHANGE
    for key in VIEWS[stage][1]:
        await screen.press(key)
    if stage == "pull":
        await screen.until(lambda: "DIFF" in screen.text() or "FILES" in screen.text())
    await screen.until(lambda: screen.app.dashboard.chart_ready)
    await screen.pilot.pause()


async def draw(folder: Path, themes: tuple[str, ...]) -> None:
    """Every stage, size and theme."""
    folder.mkdir(parents=True, exist_ok=True)
    for stage, (under, _) in VIEWS.items():
        for size in SIZES:
            for theme in themes:
                async with open_screen(scene(under), size=size, settings=replace(SETTINGS, theme=theme)) as screen:
                    await show(screen, stage)
                    name = f"{stage}-{size[0]}x{size[1]}-{theme}"
                    (folder / f"{name}.svg").write_text(screen.app.export_screenshot(title=name), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(draw(Path(sys.argv[1] if len(sys.argv) > 1 else "gallery"), tuple(sys.argv[2:]) or THEMES))
