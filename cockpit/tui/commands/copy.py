"""Takes something out of the screen: onto the person's clipboard, or into their browser."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import short
from cockpit.ports import Failed
from cockpit.tui.commands.dialogue import tell
from cockpit.tui.notice import Notice
from cockpit.tui.terminal.clipboard import osc52
from cockpit.views.rows import crop

if TYPE_CHECKING:
    from textual.app import App

Browse = Callable[[str], None]
"""Opens a web address; raises `Failed` where it cannot."""


class CopyActions:
    """For one screen."""

    browse: Browse | None = None

    def __init__(self, app: "App[None]") -> None:
        self._app = app

    def copy(self, text: str, why: str = "") -> None:
        """Put it onto the clipboard of the terminal; `why` is said before it."""
        if not text:
            tell(self._app, Notice("there is nothing to copy here", ok=False))
            return
        if driver := self._app._driver:
            driver.write(osc52(text, os.environ))
        tell(self._app, Notice(f"{why}copied: {crop(text, 60)}"))

    def open(self, url: str) -> None:
        """Show it in a browser; where there is none at this end of the line, copy it."""
        if not url:
            tell(self._app, Notice("no forge has told an address of this PR: see [forge] in the config", ok=False))
            return
        if self.browse is None:
            self.copy(url, "there is no browser here; ")
            return
        try:
            self.browse(url)
        except Failed as failed:
            self.copy(url, f"{failed.reason}; ")
        else:
            tell(self._app, Notice(f"opened {crop(url, 60)}"))


def address(pull: PullRequest, snapshot: Snapshot) -> str:
    """Where the forge shows the PR; empty where none has told."""
    review = snapshot.reviews.value.get(pull.number) if pull.number else None
    return review.url if review else ""


def said(pull: PullRequest, snapshot: Snapshot) -> str:
    """What to paste to a colleague: the PR's address, else its name, title and commit."""
    return address(pull, snapshot) or f"{pull.name} {pull.title} ({short(pull.commits[-1])})"
