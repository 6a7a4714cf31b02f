"""Keys open the pages of a PR, of past releases and of details."""

from cockpit.deploy.locks import Holder
from cockpit.deploy.snapshot import Seen
from tests.builders import NOW, at_canary
from tests.tui.screens import open_screen


async def test_history_opens_a_release_and_details_follow_the_board() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("y")
        assert screen.text().count("2026-11-2") == 2
        await screen.press("j", "enter")
        assert "RELEASE 2026-11-22.4" in screen.text()
        await screen.press("escape", "escape", "d")
        assert "last good" in screen.text()
        screen.board.put(engine=Seen(Holder("another@box"), NOW))
        await screen.until(lambda: "engine another@box" in screen.text())


async def test_enter_opens_the_page_of_the_selected_pr() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("j", "enter")
        assert "Fix the total when a cart is empty" in screen.text()
        assert "app/part_32_1.py" in screen.text()
