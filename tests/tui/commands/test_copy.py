"""Copying a PR's URL or a row, and opening the URL in a browser."""

import base64

import pytest

from cockpit.deploy.pulls.reviews import Review
from cockpit.deploy.snapshot import Seen
from cockpit.ports import Failed
from tests.builders import NOW, at_canary
from tests.tui.screens import open_screen

URL = "https://forge.example.com/shop/pull/31"


async def test_the_url_is_copied_and_opened_from_the_list_and_from_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("STY", raising=False)
    opened: list[str] = []
    async with open_screen(at_canary()) as screen:
        screen.board.put(reviews=Seen({31: Review(31, "t", "a", URL)}, NOW))
        screen.app.copy_actions.open_browser = opened.append
        written: list[str] = []
        assert screen.app._driver
        monkeypatch.setattr(screen.app._driver, "write", written.append)
        await screen.press("Y", "o", "enter", "Y", "o")
        assert opened == [URL, URL]
        coded = base64.b64encode(URL.encode()).decode()
        assert written.count(f"\x1b]52;c;{coded}\x07") == 2
        assert any(f"copied: {URL}" in said for said in screen.notices())


async def test_without_a_browser_the_url_is_copied_and_a_missing_url_is_reported() -> None:
    def no_browser(url: str) -> None:
        raise Failed("browser", "this is an SSH session, without a browser")

    async with open_screen(at_canary()) as screen:
        screen.app.copy_actions.open_browser = no_browser
        await screen.press("o")
        assert "no URL of this PR is known" in screen.notices()[-1]
        screen.board.put(reviews=Seen({31: Review(31, "t", "a", URL)}, NOW))
        await screen.press("o")
        assert screen.notices()[-1] == f"this is an SSH session, without a browser; copied: {URL}"


async def test_without_a_url_the_pr_s_name_is_copied_and_in_other_panels_the_row() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("Y")
        assert "copied: #31 Cache the price list for a minute (" in screen.notices()[-1]
        await screen.press("4", "Y")
        assert "canary told to run" in screen.notices()[-1]
        await screen.press("3", "Y")
        assert screen.notices()[-1] == "nothing to copy here"
