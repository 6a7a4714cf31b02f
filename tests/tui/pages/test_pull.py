"""The page of one PR: description, commits, files and highlighted diff."""

import threading

from cockpit.deploy.pulls.diff import FileDiff, PullDiff
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.pulls.reviews import Review
from cockpit.deploy.snapshot import Seen
from cockpit.ports import Failed
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


def read_diff(_: PullRequest) -> PullDiff:
    return CHANGE


def page(screen: Screen) -> str:
    panel = screen.app.screen.query_one(Panel)
    return "\n".join("".join(span.text for span in row) for row in panel._all[0])


async def test_known_facts_are_shown_at_once_and_the_diff_once_it_is_read() -> None:
    released = threading.Event()

    def read_slowly(pull: PullRequest) -> PullDiff:
        assert released.wait(20)
        return read_diff(pull)

    async with open_screen(at_canary()) as screen:
        screen.app.navigation.read_diff = read_slowly
        await screen.press("enter")
        assert "Cache the price list for a minute" in page(screen)
        assert "reading the diff" in page(screen)
        released.set()
        await screen.until(lambda: "DIFF" in page(screen))
        texts = (
            "DESCRIPTION",
            "asked for on every page",
            "[@click=app.quit]markup[/]",
            "COMMITS",
            "· Test it",
            "2 FILES",
        )
        for words in (*texts, "binary", "@@ -1,2 +1,3 @@", "+ # for a minute", '+ kept = "x"', "- kept = 1"):
            assert words in page(screen), words


async def test_code_is_highlighted_and_added_lines_have_their_own_background() -> None:
    async with open_screen(at_canary(), size=(100, 60)) as screen:
        screen.app.navigation.read_diff = read_diff
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
        assert len(papers) == 1, "the whole row has it"


async def test_an_unreadable_repository_is_reported() -> None:
    def fail(pull: PullRequest) -> PullDiff:
        raise Failed("git", "there is no mirror", "fetch it first")

    async with open_screen(at_canary()) as screen:
        screen.app.navigation.read_diff = fail
        await screen.press("enter")
        await screen.until(lambda: "cannot read the diff: git: there is no mirror; fetch it first" in page(screen))


async def test_the_forge_s_description_replaces_the_commit_s() -> None:
    review = Review(31, "t", "a", URL, body=("As reviewed.",))
    async with open_screen(at_canary()) as screen:
        screen.board.put(reviews=Seen({31: review}, NOW))
        screen.app.navigation.read_diff = read_diff
        await screen.press("enter")
        await screen.until(lambda: "DIFF" in page(screen))
        assert "As reviewed." in page(screen)
        assert "on every page" not in page(screen)
