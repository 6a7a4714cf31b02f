"""Copy text to the user's clipboard, or open a URL in their browser."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import short
from cockpit.ports import Failed
from cockpit.tui.commands.dialogue import show_notice
from cockpit.tui.notice import Notice
from cockpit.tui.terminal import textual_internals
from cockpit.tui.terminal.clipboard import osc52
from cockpit.views.rows import crop

if TYPE_CHECKING:
    from textual.app import App

OpenBrowser = Callable[[str], None]
"""Opens a URL; raises `Failed` if it cannot."""


class CopyActions:
    """Copying and opening for one screen."""

    open_browser: OpenBrowser | None = None

    def __init__(self, app: "App[None]") -> None:
        self._app = app

    def copy(self, text: str, prefix: str = "") -> None:
        """Copy text to the terminal's clipboard, and show a notice that starts with `prefix`."""
        if not text:
            show_notice(self._app, Notice("nothing to copy here", ok=False))
            return
        textual_internals.write(self._app, osc52(text, os.environ))
        show_notice(self._app, Notice(f"{prefix}copied: {crop(text, 60)}"))

    def open(self, url: str) -> None:
        """Open a URL in the browser; without a browser on this machine copy it."""
        if not url:
            show_notice(self._app, Notice("no URL of this PR is known: see [forge] in the config", ok=False))
            return
        if self.open_browser is None:
            self.copy(url, "no browser here; ")
            return
        try:
            self.open_browser(url)
        except Failed as failed:
            self.copy(url, f"{failed.reason}; ")
        else:
            show_notice(self._app, Notice(f"opened {crop(url, 60)}"))


def pull_url(pull: PullRequest, snapshot: Snapshot) -> str:
    """Return the PR's URL at the forge; empty if it is not known."""
    review = snapshot.reviews.value.get(pull.number) if pull.number else None
    return review.url if review else ""


def pull_reference(pull: PullRequest, snapshot: Snapshot) -> str:
    """Return what to paste to a colleague: the PR's URL, else its name, title and commit."""
    return pull_url(pull, snapshot) or f"{pull.name} {pull.title} ({short(pull.commits[-1])})"
