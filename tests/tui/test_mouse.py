"""Clicks and the wheel act like keys."""

from textual.events import MouseScrollDown, MouseScrollUp

from cockpit.deploy.facts import Held
from cockpit.tui.commands.confirm import Confirm
from cockpit.tui.pages.page import Page
from cockpit.tui.widgets.panel import Panel
from cockpit.views.rows import plain
from tests.builders import at_canary
from tests.tui.screens import Screen, open_screen


def position(screen: Screen, panel: str, words: str) -> tuple[int, int]:
    """Return the position of these words in a panel."""
    rows = plain(screen.app.screen.query_one(f"#{panel}").lines).split("\n")  # type: ignore[attr-defined]
    y = next(y for y, row in enumerate(rows) if words in row)
    return rows[y].index(words), y


async def test_a_click_selects_a_row_and_focuses_its_panel_and_a_double_click_opens_it() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.pilot.click("#log", offset=position(screen, "log", "dogfood told"))
        assert screen.app.focused is screen.app.dashboard.query_one("#log")
        assert "dogfood" in screen.app.dashboard.text_at_cursor
        await screen.pilot.click("#tiers", offset=position(screen, "tiers", "production"))
        await screen.until(lambda: "ERRORS production" in screen.text())
        await screen.pilot.click("#chart")
        assert screen.app.focused is screen.app.dashboard.query_one("#chart")
        await screen.pilot.click("#pulls", offset=position(screen, "pulls", "#33"), times=2)
        await screen.until(lambda: "PULL REQUEST #33" in screen.text())


async def test_the_wheel_moves_the_cursor() -> None:
    async with open_screen(at_canary()) as screen:
        pulls = screen.app.dashboard.query_one("#pulls", Panel)

        def turn(kind: type[MouseScrollDown] | type[MouseScrollUp]) -> None:
            pulls.post_message(kind(pulls, 5, 2, 0, 0, 0, False, False, False, 5, 2, None))

        turn(MouseScrollDown)
        turn(MouseScrollDown)
        await screen.until(lambda: "#33" in pulls.text_at_cursor)
        turn(MouseScrollUp)
        await screen.until(lambda: "#32" in pulls.text_at_cursor)


async def test_a_click_on_a_key_hint_acts_as_that_key() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.pilot.click("#footer", offset=position(screen, "footer", "details"))
        await screen.until(lambda: isinstance(screen.app.screen, Page))
        await screen.pilot.click("#keys", offset=position(screen, "keys", "close"))
        await screen.until(lambda: not isinstance(screen.app.screen, Page))
        await screen.pilot.click("#footer", offset=position(screen, "footer", "R ROLL"))
        await screen.until(lambda: isinstance(screen.app.screen, Confirm))
        await screen.pilot.click("#keys", offset=position(screen, "keys", "cancel"))
        await screen.until(lambda: not isinstance(screen.app.screen, Confirm))
        assert await screen.events() == []
        await screen.pilot.click("#footer", offset=position(screen, "footer", "hold"))
        await screen.until(screen.notices)
        (event,) = await screen.events()
        assert isinstance(event.what, Held)


async def test_a_click_outside_all_rows_does_nothing() -> None:
    async with open_screen(at_canary()) as screen:
        before = screen.text()
        await screen.pilot.click("#headline")
        await screen.pilot.click("#timeline")
        await screen.pilot.click("#pulls", offset=(3, 0))
        await screen.pilot.pause()
        assert screen.text() == before
