"""The mouse does what keys do, and nothing that they do not."""

import pytest
from textual.events import MouseScrollDown, MouseScrollUp

from cockpit.deploy.facts import Held
from cockpit.tui.commands.confirm import Confirm
from cockpit.tui.pages.page import Page
from cockpit.tui.widgets.key_line import key_at
from cockpit.tui.widgets.panel import Panel
from cockpit.views.rows import Line, Span, Tone, plain
from tests.builders import at_canary
from tests.tui.screens import Screen, open_screen


def place(screen: Screen, panel: str, words: str) -> tuple[int, int]:
    """Where in the panel these words stand."""
    rows = plain(screen.app.screen.query_one(f"#{panel}").lines).split("\n")  # type: ignore[attr-defined]
    y = next(y for y, row in enumerate(rows) if words in row)
    return rows[y].index(words), y


async def test_a_click_goes_to_a_row_and_gives_its_panel_the_keys_and_a_second_opens_it() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.pilot.click("#log", offset=place(screen, "log", "dogfood pointed"))
        assert screen.app.focused is screen.app.dashboard.query_one("#log")
        assert "dogfood" in screen.app.dashboard.text_at_cursor
        await screen.pilot.click("#tiers", offset=place(screen, "tiers", "production"))
        await screen.until(lambda: "ERRORS production" in screen.text())
        await screen.pilot.click("#chart")
        assert screen.app.focused is screen.app.dashboard.query_one("#chart")
        await screen.pilot.click("#pulls", offset=place(screen, "pulls", "#33"), times=2)
        await screen.until(lambda: "PULL REQUEST #33" in screen.text())


async def test_the_wheel_moves_in_a_list() -> None:
    async with open_screen(at_canary()) as screen:
        pulls = screen.app.dashboard.query_one("#pulls", Panel)

        def turned(kind: type[MouseScrollDown] | type[MouseScrollUp]) -> None:
            pulls.post_message(kind(pulls, 5, 2, 0, 0, 0, False, False, False, 5, 2, None))

        turned(MouseScrollDown)
        turned(MouseScrollDown)
        await screen.until(lambda: "#33" in pulls.text_at_cursor)
        turned(MouseScrollUp)
        await screen.until(lambda: "#32" in pulls.text_at_cursor)


async def test_a_click_on_a_hint_is_its_key() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.pilot.click("#footer", offset=place(screen, "footer", "details"))
        await screen.until(lambda: isinstance(screen.app.screen, Page))
        await screen.pilot.click("#keys", offset=place(screen, "keys", "close"))
        await screen.until(lambda: not isinstance(screen.app.screen, Page))
        await screen.pilot.click("#footer", offset=place(screen, "footer", "R ROLL"))
        await screen.until(lambda: isinstance(screen.app.screen, Confirm))
        await screen.pilot.click("#keys", offset=place(screen, "keys", "cancel"))
        await screen.until(lambda: not isinstance(screen.app.screen, Confirm))
        assert await screen.events() == []
        await screen.pilot.click("#footer", offset=place(screen, "footer", "hold"))
        await screen.until(screen.notices)
        (event,) = await screen.events()
        assert isinstance(event.what, Held)


async def test_a_click_beside_everything_does_nothing() -> None:
    async with open_screen(at_canary()) as screen:
        before = screen.text()
        await screen.pilot.click("#headline")
        await screen.pilot.click("#timeline")
        await screen.pilot.click("#pulls", offset=(3, 0))
        await screen.pilot.pause()
        assert screen.text() == before


@pytest.mark.parametrize(
    ("x", "key"), [(0, ""), (1, "a"), (5, "a"), (11, "f"), (14, "f"), (20, "f"), (21, ""), (40, "")]
)
def test_a_title_belongs_to_the_key_before_it(x: int, key: str) -> None:
    refused: Line = (Span("f", Tone.DIM), Span(" finish  ", Tone.DIM))
    line: Line = (Span(" "), Span("a", Tone.KEY), Span(" advance "), *refused, Span("    "))
    assert key_at(line, x) == key
