"""A panel alone on the screen, and back."""

from cockpit.tui.widgets.lines import Lines
from tests.builders import at_canary
from tests.tui.screens import Screen, screen


def shown(on: Screen) -> set[str | None]:
    return {widget.id for widget in on.app.deck.query(Lines) if widget.display}


async def test_m_gives_the_panel_with_the_keys_the_screen_and_takes_it_back() -> None:
    async with screen(at_canary()) as on:
        before = on.text()
        for key, panel in (("1", "tiers"), ("2", "pulls"), ("3", "chart"), ("4", "log")):
            await on.press(key, "M")
            assert shown(on) == {"headline", panel, "footer"}
            widget = on.app.deck.query_one(f"#{panel}")
            assert (widget.region.width, widget.region.height) == (80, 24 - 3 - 2)
            await on.press("M")
        await on.press("2")
        assert on.text() == before


async def test_a_number_brings_another_panel_in_its_place() -> None:
    async with screen(at_canary()) as on:
        await on.press("M", "4")
        assert shown(on) == {"headline", "log", "footer"}
        await on.press("j", "enter")
        assert "EVENTS 2026-11-23.3" in on.text()
        await on.press("escape", "M")
        assert "timeline" in shown(on)


async def test_a_panel_alone_follows_the_size_of_the_terminal() -> None:
    async with screen(at_canary()) as on:
        await on.press("M")
        await on.pilot.resize_terminal(160, 50)
        await on.until(lambda: on.app.deck.query_one("#pulls").region.width == 160)
        await on.pilot.resize_terminal(20, 5)
        await on.pilot.resize_terminal(80, 24)
        await on.until(lambda: shown(on) == {"headline", "pulls", "footer"})
