"""One PR in full: description, files, diff; copied, and opened where there is a browser."""

import base64
import threading

import pytest

from cockpit.deploy.pulls.diff import FileDiff, PullDiff
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.pulls.reviews import Review
from cockpit.deploy.snapshot import Seen
from cockpit.ports import Failed
from cockpit.tui.terminal.clipboard import osc52
from cockpit.tui.widgets.panel import Panel
from cockpit.views.rows import Tone
from tests.builders import NOW, at_canary
from tests.tui.screens import Screen, open_screen

URL = "https://forge.example.com/shop/pull/31"
HUNK = ("@@ -1,2 +1,3 @@ def prices():", " import time", "+# for a minute", '+kept = "x"', "-kept = 1")
CHANGE = PullDiff(
    ("The list is asked for on every page.", "", "[@click=app.quit]markup[/] stays as it is."),
    ("Cache it", "Test it"),
    (FileDiff("app/prices.py", "", 2, 1, HUNK), FileDiff("logo.png", omitted="binary")),
)


def told(_: PullRequest) -> PullDiff:
    return CHANGE


def page(screen: Screen) -> str:
    panel = screen.app.screen.query_one(Panel)
    return "\n".join("".join(span.text for span in row) for row in panel._all[0])


async def test_what_is_known_is_there_at_once_and_the_diff_once_it_is_read() -> None:
    go = threading.Event()

    def slowly(pull: PullRequest) -> PullDiff:
        assert go.wait(20)
        return told(pull)

    async with open_screen(at_canary()) as screen:
        screen.app.navigation.read_diff = slowly
        await screen.press("enter")
        assert "Cache the price list for a minute" in page(screen)
        assert "reading the diff" in page(screen)
        go.set()
        await screen.until(lambda: "DIFF" in page(screen))
        said = (
            "DESCRIPTION",
            "asked for on every page",
            "[@click=app.quit]markup[/]",
            "COMMITS",
            "· Test it",
            "2 FILES",
        )
        for words in (*said, "binary", "@@ -1,2 +1,3 @@", "+ # for a minute", '+ kept = "x"', "- kept = 1"):
            assert words in page(screen), words


async def test_code_has_the_colours_of_its_language_and_lines_that_came_their_own_paper() -> None:
    async with open_screen(at_canary(), size=(100, 60)) as screen:
        screen.app.navigation.read_diff = told
        await screen.press("enter")
        await screen.until(lambda: "DIFF" in page(screen))
        rows = screen.app.screen.query_one(Panel)._all[0]
        tones = {span.text: span.tone for row in rows for span in row}
        assert tones["import"] is Tone.KEYWORD
        assert tones["# for a minute"] is Tone.COMMENT
        assert tones['"x"'] is Tone.STRING
        assert tones["+ "] is Tone.ADDED
        panel = screen.app.screen.query_one(Panel)
        y = next(y for y, row in enumerate(panel.lines) if any(span.text == "+ " for span in row))
        papers = {str(segment.style.bgcolor) for segment in panel.render_line(y) if segment.style}
        assert len(papers) == 1, "the whole row lies on it"


async def test_a_repository_that_cannot_be_read_says_so() -> None:
    def gone(pull: PullRequest) -> PullDiff:
        raise Failed("git", "there is no mirror", "fetch it first")

    async with open_screen(at_canary()) as screen:
        screen.app.navigation.read_diff = gone
        await screen.press("enter")
        await screen.until(lambda: "the diff cannot be read: git: there is no mirror; fetch it first" in page(screen))


async def test_the_forge_s_description_comes_before_the_commit_s() -> None:
    review = Review(31, "t", "a", URL, body=("As reviewed.",))
    async with open_screen(at_canary()) as screen:
        screen.board.put(reviews=Seen({31: review}, NOW))
        screen.app.navigation.read_diff = told
        await screen.press("enter")
        await screen.until(lambda: "DIFF" in page(screen))
        assert "As reviewed." in page(screen)
        assert "on every page" not in page(screen)


async def test_the_address_is_copied_and_opened_from_the_list_and_from_the_page(
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


async def test_where_there_is_no_browser_the_address_is_copied_and_where_there_is_none_that_is_said() -> None:
    def far(url: str) -> None:
        raise Failed("browser", "there is none at this end of SSH")

    async with open_screen(at_canary()) as screen:
        screen.app.copy_actions.open_browser = far
        await screen.press("o")
        assert "no forge has told an address" in screen.notices()[-1]
        screen.board.put(reviews=Seen({31: Review(31, "t", "a", URL)}, NOW))
        await screen.press("o")
        assert screen.notices()[-1] == f"there is none at this end of SSH; copied: {URL}"


async def test_without_an_address_the_name_is_copied_and_elsewhere_the_row() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("Y")
        assert "copied: #31 Cache the price list for a minute (" in screen.notices()[-1]
        await screen.press("4", "Y")
        assert "canary pointed at" in screen.notices()[-1]
        await screen.press("3", "Y")
        assert screen.notices()[-1] == "there is nothing to copy here"


def test_multiplexers_pass_the_clipboard_on_only_wrapped() -> None:
    assert osc52("a", {}) == "\x1b]52;c;YQ==\x07"
    assert osc52("a", {"TMUX": "x"}) == "\x1b]52;c;YQ==\x07\x1bPtmux;\x1b\x1b]52;c;YQ==\x07\x1b\\"
    long = osc52("a" * 2000, {"STY": "x"})
    pieces = long.split("\x1b\\")
    assert len(pieces) > 3
    assert max(map(len, pieces)) < 768
