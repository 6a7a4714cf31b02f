"""A panel keeps its cursor on a row by name, and `/` filters its rows."""

from textual.events import Key

from cockpit.deploy.snapshot import Log, Seen
from cockpit.tui.commands.confirm import Confirm
from cockpit.tui.pages.page import Page
from cockpit.tui.widgets.panel import Panel
from cockpit.views.rows import plain
from tests.builders import HOSTILE, NOW, at_canary, hold_at_dogfood
from tests.tui.screens import Screen, open_screen


async def test_the_cursor_stays_on_its_row_if_rows_come_above_it() -> None:
    async with open_screen(at_canary()) as screen:
        log = screen.app.dashboard.query_one("#log", Panel)
        await screen.press("4", "j")
        assert log.name_at_cursor == "6"
        other = hold_at_dogfood()
        assert other.open is not None
        screen.board.put(log=Seen(Log((other.open,)), NOW))
        await screen.until(lambda: "HOLD:" in screen.text())
        assert log.name_at_cursor == "6"


def panel_text(screen: Screen, name: str) -> str:
    return plain(screen.app.dashboard.query_one(f"#{name}", Panel).lines)


async def test_prs_are_filtered_by_all_their_texts_and_the_heading_counts_them() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("/", *"SEARCH")
        assert "PULL REQUESTS  1 of 8" in panel_text(screen, "pulls")
        assert "#33" in panel_text(screen, "pulls")
        assert "#31" not in panel_text(screen, "pulls")
        await screen.press(*["backspace"] * 6, *"part_34")
        assert "Show delivery dates" in panel_text(screen, "pulls"), "its files are looked through as well"
        await screen.press("enter", "r")
        assert "revert #34" in screen.text(), "the cursor is on what is left"


async def test_no_key_typed_into_the_filter_gives_a_command() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("/", *"haRsq/?M1")
        assert not isinstance(screen.app.screen, Confirm | Page)
        assert "/haRsq/?M1" in panel_text(screen, "pulls")
        assert await screen.events() == []
        await screen.press("escape")
        assert "PULL REQUESTS ─" in panel_text(screen, "pulls")
        await screen.press("h")
        await screen.until(screen.notices)


async def test_a_burst_of_keys_is_handled_in_order() -> None:
    async with open_screen(at_canary()) as screen:
        for key, letter in (("slash", "/"), ("number_sign", "#"), ("3", "3"), ("4", "4"), ("enter", "\r"), ("r", "r")):
            screen.app.post_message(Key(key, letter))
        await screen.until(lambda: isinstance(screen.app.screen, Confirm) and "revert #34" in screen.text())


async def test_the_filter_compares_literally() -> None:
    async with open_screen(at_canary(HOSTILE)) as screen:
        await screen.press("/", *"[/api/v1]")
        assert "1 of 4" in panel_text(screen, "pulls")
        await screen.press(*["backspace"] * 9, *".*")
        assert "0 of 4" in panel_text(screen, "pulls")
        await screen.press("enter", "r")
        assert not isinstance(screen.app.screen, Confirm), "there is no row to revert"


async def test_each_panel_and_page_has_a_filter_of_its_own() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("4", "/", *"smoke")
        assert "EVENTS  1 of 7" in panel_text(screen, "log")
        await screen.press("enter", "1", "/", *"canary")
        assert "TIERS  1 of 4" in panel_text(screen, "tiers")
        assert "EVENTS  1 of 7" in panel_text(screen, "log")
        assert "PULL REQUESTS ─" in panel_text(screen, "pulls")
        await screen.press("escape", "y", "/", *"22.4", "enter", "enter")
        assert "RELEASE 2026-11-22.4" in screen.text(), "the row that is left opens, not the first of all"
        await screen.press("escape")
        assert "RELEASES  1 of 2" in screen.text()
        await screen.press("escape")
        assert "RELEASES ─" in screen.text(), "the first Esc ends the filter"
        await screen.press("escape")
        assert not isinstance(screen.app.screen, Page)


async def test_the_filter_stays_with_new_snapshots() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("/", *"search", "enter")
        screen.board.put(reviews=screen.board.snapshot.reviews, log=screen.board.snapshot.log)
        await screen.until(lambda: "1 of 8" in panel_text(screen, "pulls"))
