"""Draws every view at three sizes, dark and light, for review: `make gallery`.

    python -m tests.gallery FOLDER [THEME ...]

The pictures are SVG. `tests/tui/test_frames.py` compares their text.
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
    """The snapshot with reviews of its PRs from a forge."""
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
"""{name: (scene, keys to press)}"""


def scene(name: str) -> Snapshot:
    """The snapshot of a scene."""
    snapshot = at_production(50) if name == "at half" else SCENES[name]()
    return reviewed(snapshot) if snapshot.latest else snapshot


async def show(screen: Screen, view: str) -> None:
    """Press the keys of a view and wait for its content."""
    screen.app.navigation.read_diff = lambda pull: CHANGE
    for key in VIEWS[view][1]:
        await screen.press(key)
    if view == "pull":
        await screen.until(lambda: "DIFF" in screen.text() or "FILES" in screen.text())
    await screen.until(lambda: screen.app.dashboard.chart_ready)
    await screen.pilot.pause()


async def draw(folder: Path, themes: tuple[str, ...]) -> None:
    """Draw every view, size and theme."""
    folder.mkdir(parents=True, exist_ok=True)
    for view, (scene_name, _) in VIEWS.items():
        for size in SIZES:
            for theme in themes:
                async with open_screen(scene(scene_name), size=size, settings=replace(SETTINGS, theme=theme)) as screen:
                    await show(screen, view)
                    name = f"{view}-{size[0]}x{size[1]}-{theme}"
                    (folder / f"{name}.svg").write_text(screen.app.export_screenshot(title=name), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(draw(Path(sys.argv[1] if len(sys.argv) > 1 else "gallery"), tuple(sys.argv[2:]) or THEMES))
