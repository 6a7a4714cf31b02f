"""A panel alone on the screen, and back."""

from cockpit.tui.widgets.lines import Lines
from tests.builders import at_canary
from tests.tui.screens import Screen, open_screen


def shown(screen: Screen) -> set[str | None]:
    return {widget.id for widget in screen.app.dashboard.query(Lines) if widget.display}


async def test_m_gives_the_panel_with_the_keys_the_screen_and_takes_it_back() -> None:
    async with open_screen(at_canary()) as screen:
        before = screen.text()
        for key, panel in (("1", "tiers"), ("2", "pulls"), ("3", "chart"), ("4", "log")):
            await screen.press(key, "M")
            assert shown(screen) == {"headline", panel, "footer"}
            widget = screen.app.dashboard.query_one(f"#{panel}")
            assert (widget.region.width, widget.region.height) == (80, 24 - 3 - 2)
            await screen.press("M")
        await screen.press("2")
        assert screen.text() == before


async def test_a_number_brings_another_panel_in_its_place() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("M", "4")
        assert shown(screen) == {"headline", "log", "footer"}
        await screen.press("j", "enter")
        assert "EVENTS 2026-11-23.3" in screen.text()
        await screen.press("escape", "M")
        assert "timeline" in shown(screen)


async def test_a_panel_alone_follows_the_size_of_the_terminal() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("M")
        await screen.pilot.resize_terminal(160, 50)
        await screen.until(lambda: screen.app.dashboard.query_one("#pulls").region.width == 160)
        await screen.pilot.resize_terminal(20, 5)
        await screen.pilot.resize_terminal(80, 24)
        await screen.until(lambda: shown(screen) == {"headline", "pulls", "footer"})
