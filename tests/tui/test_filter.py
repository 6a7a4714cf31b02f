"""`/` keeps the rows of any list that hold what is typed; what is typed reaches nothing else."""

from textual.events import Key

from cockpit.tui.commands.confirm import Confirm
from cockpit.tui.pages.page import Page
from cockpit.tui.widgets.filter import MAX_LENGTH, FilterInput, with_count
from cockpit.tui.widgets.panel import Panel
from cockpit.views.rows import length, plain, rule
from tests.builders import HOSTILE, at_canary
from tests.tui.screens import Screen, open_screen


def panel_text(screen: Screen, name: str) -> str:
    return plain(screen.app.dashboard.query_one(f"#{name}", Panel).lines)


async def test_pulls_are_kept_by_any_of_their_words_and_the_title_counts_them() -> None:
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


async def test_a_burst_of_keys_over_a_slow_line_arrives_in_its_order() -> None:
    async with open_screen(at_canary()) as screen:
        for key, letter in (("slash", "/"), ("number_sign", "#"), ("3", "3"), ("4", "4"), ("enter", "\r"), ("r", "r")):
            screen.app.post_message(Key(key, letter))
        await screen.until(lambda: isinstance(screen.app.screen, Confirm) and "revert #34" in screen.text())


async def test_what_is_typed_is_looked_for_letter_for_letter() -> None:
    async with open_screen(at_canary(HOSTILE)) as screen:
        await screen.press("/", *"[/api/v1]")
        assert "1 of 4" in panel_text(screen, "pulls")
        await screen.press(*["backspace"] * 9, *".*")
        assert "0 of 4" in panel_text(screen, "pulls")
        await screen.press("enter", "r")
        assert not isinstance(screen.app.screen, Confirm), "there is no row to revert"


async def test_events_tiers_and_pages_are_filtered_too_and_each_by_itself() -> None:
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


async def test_the_filter_outlives_new_pictures() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("/", *"search", "enter")
        screen.board.put(reviews=screen.board.snapshot.reviews, log=screen.board.snapshot.log)
        await screen.until(lambda: "1 of 8" in panel_text(screen, "pulls"))


def test_a_filter_has_an_end_and_a_heading_keeps_its_width() -> None:
    filter_ = FilterInput(typing=True)
    for _ in range(100):
        filter_ = filter_.with_typed("x")
    assert len(filter_.text) == MAX_LENGTH
    heading = rule("PULL REQUESTS", (), 60)
    assert length(with_count(heading, 7, 60)) == length(heading) == 60
    assert plain((with_count(rule("PULL REQUESTS", (), 14), 7, 60),)) == "PULL REQUESTS  7 of 60"


def test_rows_of_one_name_stay_together() -> None:
    assert FilterInput("b").matching_rows(("one", "one", "two"), ("a", "b", "c")) == (0, 1)
