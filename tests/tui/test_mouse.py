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
from tests.tui.screens import Screen, screen


def place(on: Screen, panel: str, words: str) -> tuple[int, int]:
    """Where in the panel these words stand."""
    rows = plain(on.app.screen.query_one(f"#{panel}").lines).split("\n")  # type: ignore[attr-defined]
    y = next(y for y, row in enumerate(rows) if words in row)
    return rows[y].index(words), y


async def test_a_click_goes_to_a_row_and_gives_its_panel_the_keys_and_a_second_opens_it() -> None:
    async with screen(at_canary()) as on:
        await on.pilot.click("#log", offset=place(on, "log", "dogfood pointed"))
        assert on.app.focused is on.app.deck.query_one("#log")
        assert "dogfood" in on.app.deck.text_at_cursor
        await on.pilot.click("#tiers", offset=place(on, "tiers", "production"))
        await on.until(lambda: "ERRORS production" in on.text())
        await on.pilot.click("#chart")
        assert on.app.focused is on.app.deck.query_one("#chart")
        await on.pilot.click("#pulls", offset=place(on, "pulls", "#33"), times=2)
        await on.until(lambda: "PULL REQUEST #33" in on.text())


async def test_the_wheel_moves_in_a_list() -> None:
    async with screen(at_canary()) as on:
        pulls = on.app.deck.query_one("#pulls", Panel)

        def turned(kind: type[MouseScrollDown] | type[MouseScrollUp]) -> None:
            pulls.post_message(kind(pulls, 5, 2, 0, 0, 0, False, False, False, 5, 2, None))

        turned(MouseScrollDown)
        turned(MouseScrollDown)
        await on.until(lambda: "#33" in pulls.text_at_cursor)
        turned(MouseScrollUp)
        await on.until(lambda: "#32" in pulls.text_at_cursor)


async def test_a_click_on_a_hint_is_its_key() -> None:
    async with screen(at_canary()) as on:
        await on.pilot.click("#footer", offset=place(on, "footer", "details"))
        await on.until(lambda: isinstance(on.app.screen, Page))
        await on.pilot.click("#closing", offset=place(on, "closing", "close"))
        await on.until(lambda: not isinstance(on.app.screen, Page))
        await on.pilot.click("#footer", offset=place(on, "footer", "R ROLL"))
        await on.until(lambda: isinstance(on.app.screen, Confirm))
        await on.pilot.click("#answer", offset=place(on, "answer", "leave it"))
        await on.until(lambda: not isinstance(on.app.screen, Confirm))
        assert await on.events() == []
        await on.pilot.click("#footer", offset=place(on, "footer", "hold"))
        await on.until(on.notices)
        (event,) = await on.events()
        assert isinstance(event.what, Held)


async def test_a_click_beside_everything_does_nothing() -> None:
    async with screen(at_canary()) as on:
        before = on.text()
        await on.pilot.click("#headline")
        await on.pilot.click("#timeline")
        await on.pilot.click("#pulls", offset=(3, 0))
        await on.pilot.pause()
        assert on.text() == before


@pytest.mark.parametrize(
    ("x", "key"), [(0, ""), (1, "a"), (5, "a"), (11, "f"), (14, "f"), (20, "f"), (21, ""), (40, "")]
)
def test_a_title_belongs_to_the_key_before_it(x: int, key: str) -> None:
    refused: Line = (Span("f", Tone.DIM), Span(" finish  ", Tone.DIM))
    line: Line = (Span(" "), Span("a", Tone.KEY), Span(" advance "), *refused, Span("    "))
    assert key_at(line, x) == key
