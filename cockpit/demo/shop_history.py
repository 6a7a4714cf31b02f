"""The shop's history as values: which pull requests there were, who made them, what each changed.

Written down in history.toml, because it is a story and not a program; read and put in order here.
"""

import random
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cockpit.deploy.pulls.pull_request import How

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
    """(path, find, put): `find` stands in the file exactly once; empty for a new file."""
    subject: str = ""
    """Empty: the title of its pull request."""


class ShopPull(Struct, frozen=True):
    """A pull request as it was written."""

    number: int
    title: str
    author: str
    branch: str
    commit: tuple[ShopChange, ...]
    how: How = How.MERGE
    fresh: bool = False
    """Whether it, and those after it up to the next fresh one, forked from main as it stood then."""
    unreleased: bool = False
    fault: str | None = None
    """The route that it breaks, empty for any; None for a PR that breaks nothing."""


class ShopHistory(Struct, frozen=True):
    """All pull requests, oldest first."""

    pulls: tuple[ShopPull, ...]
    own: ShopPull
    """The one among them on which the stories differ."""
    authors: dict[str, str]

    @property
    def bad(self) -> ShopPull | None:
        """The one that breaks something."""
        return None if self.own.fault is None else self.own


def read_history(story: Story, seed: int) -> ShopHistory:
    """The history with the story's own pull request in the last round; `seed` says how and where it landed there."""
    written: dict[str, Any] = tomllib.loads((HERE / "history.toml").read_text(encoding="utf-8"))
    pulls = msgspec.convert(written["pull"], list[ShopPull])
    how = (How.MERGE, How.SQUASH, How.REBASE)[(seed - 1) % 3]
    own = replace(msgspec.convert(written["story"][story], ShopPull), how=how, unreleased=True)
    last_round = max(place for place, pull in enumerate(pulls) if pull.fresh)
    pulls.insert(random.Random(seed).randint(last_round + 1, len(pulls)), own)
    return ShopHistory(tuple(pulls), own, dict(written["authors"]))


def first_files() -> Files:
    """The shop before its first pull request."""
    return {
        path.relative_to(SHOP).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(SHOP.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }


def edited(files: Files, change: ShopChange) -> Files:
    """`files` after one commit."""
    after = dict(files)
    for path, find, put in change.edits:
        if not find:
            after[path] = put.lstrip("\n")
            continue
        assert after[path].count(find) == 1, f"{path} has {find!r} {after[path].count(find)} times"
        after[path] = after[path].replace(find, put)
    return after
