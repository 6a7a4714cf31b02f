"""The shop's pull requests as values, read from history.toml."""

import random
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cockpit.deploy.pulls.pull_request import MergeMethod

HERE = Path(__file__).resolve().parent
SHOP = HERE / "shop"

Files = dict[str, str]
"""{path: text} of a whole tree."""


class Story(StrEnum):
    """What happens in the demo."""

    CLEAN = "clean"
    HOTFIX = "hotfix"
    ROLLBACK = "rollback"


class ShopChange(Struct, frozen=True):
    """One commit of a branch."""

    edits: tuple[tuple[str, str, str], ...]
    """(path, old text, new text). The old text occurs exactly once in the file; empty for a new file."""
    subject: str = ""
    """Empty for the title of the pull request."""


class ShopPull(Struct, frozen=True):
    """A pull request of the shop."""

    number: int
    title: str
    author: str
    branch: str
    commit: tuple[ShopChange, ...]
    method: MergeMethod = MergeMethod.MERGE
    new_round: bool = False
    """Whether this one and those after it, up to the next new round, fork from main at this point."""
    unreleased: bool = False
    breaks: str | None = None
    """The route that it breaks, empty for any route; None if it breaks nothing."""


class ShopHistory(Struct, frozen=True):
    """All pull requests, oldest first."""

    pulls: tuple[ShopPull, ...]
    story_pull: ShopPull
    """The one that depends on the story."""
    authors: dict[str, str]

    @property
    def bad(self) -> ShopPull | None:
        """The one that breaks something."""
        return None if self.story_pull.breaks is None else self.story_pull


def read_history(story: Story, seed: int) -> ShopHistory:
    """The history of that story. The seed chooses the merge method and the position of the story's pull request."""
    written: dict[str, Any] = tomllib.loads((HERE / "history.toml").read_text(encoding="utf-8"))
    pulls = msgspec.convert(written["pull"], list[ShopPull])
    method = (MergeMethod.MERGE, MergeMethod.SQUASH, MergeMethod.REBASE)[(seed - 1) % 3]
    story_pull = replace(msgspec.convert(written["story"][story], ShopPull), method=method, unreleased=True)
    last_round = max(place for place, pull in enumerate(pulls) if pull.new_round)
    pulls.insert(random.Random(seed).randint(last_round + 1, len(pulls)), story_pull)
    return ShopHistory(tuple(pulls), story_pull, dict(written["authors"]))


def initial_files() -> Files:
    """The shop before its first pull request."""
    return {
        path.relative_to(SHOP).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(SHOP.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }


def apply_change(files: Files, change: ShopChange) -> Files:
    """`files` after one commit."""
    after = dict(files)
    for path, old, new in change.edits:
        if not old:
            after[path] = new.lstrip("\n")
            continue
        assert after[path].count(old) == 1, f"{path} contains {old!r} {after[path].count(old)} times"
        after[path] = after[path].replace(old, new)
    return after
