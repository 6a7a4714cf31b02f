"""A page shows rows over the dashboard, and Esc closes it."""

from cockpit.tui.pages.page import Page
from tests.builders import at_canary
from tests.tui.screens import open_screen


async def test_help_says_why_keys_are_refused_and_escape_closes_the_page() -> None:
    async with open_screen(at_canary(), size=(120, 60)) as screen:
        await screen.press("?")
        assert "not now: nothing is held" in screen.text()
        assert "panel" in screen.text()
        await screen.press("R")
        assert isinstance(screen.app.screen, Page), "no command is given from a page"
        await screen.press("escape")
        assert not isinstance(screen.app.screen, Page)
