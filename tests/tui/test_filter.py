"""`/` keeps the rows of any list that hold what is typed; what is typed reaches nothing else."""

from textual.events import Key

from cockpit.tui.commands.confirm import Confirm
from cockpit.tui.pages.page import Page
from cockpit.tui.widgets.filter import LONGEST, FilterInput, counted
from cockpit.tui.widgets.panel import Panel
from cockpit.views.rows import length, plain, rule
from tests.builders import HOSTILE, at_canary
from tests.tui.screens import Screen, screen


def listing(on: Screen, name: str) -> str:
    return plain(on.app.deck.query_one(f"#{name}", Panel).lines)


async def test_pulls_are_kept_by_any_of_their_words_and_the_title_counts_them() -> None:
    async with screen(at_canary()) as on:
        await on.press("/", *"SEARCH")
        assert "PULL REQUESTS  1 of 8" in listing(on, "pulls")
        assert "#33" in listing(on, "pulls")
        assert "#31" not in listing(on, "pulls")
        await on.press(*["backspace"] * 6, *"part_34")
        assert "Show delivery dates" in listing(on, "pulls"), "its files are looked through as well"
        await on.press("enter", "r")
        assert "revert #34" in on.text(), "the cursor is on what is left"


async def test_no_key_typed_into_the_filter_gives_a_command() -> None:
    async with screen(at_canary()) as on:
        await on.press("/", *"haRsq/?M1")
        assert not isinstance(on.app.screen, Confirm | Page)
        assert "/haRsq/?M1" in listing(on, "pulls")
        assert await on.events() == []
        await on.press("escape")
        assert "PULL REQUESTS ─" in listing(on, "pulls")
        await on.press("h")
        await on.until(on.notices)


async def test_a_burst_of_keys_over_a_slow_line_arrives_in_its_order() -> None:
    async with screen(at_canary()) as on:
        for key, letter in (("slash", "/"), ("number_sign", "#"), ("3", "3"), ("4", "4"), ("enter", "\r"), ("r", "r")):
            on.app.post_message(Key(key, letter))
        await on.until(lambda: isinstance(on.app.screen, Confirm) and "revert #34" in on.text())


async def test_what_is_typed_is_looked_for_letter_for_letter() -> None:
    async with screen(at_canary(HOSTILE)) as on:
        await on.press("/", *"[/api/v1]")
        assert "1 of 4" in listing(on, "pulls")
        await on.press(*["backspace"] * 9, *".*")
        assert "0 of 4" in listing(on, "pulls")
        await on.press("enter", "r")
        assert not isinstance(on.app.screen, Confirm), "there is no row to revert"


async def test_events_tiers_and_pages_are_filtered_too_and_each_by_itself() -> None:
    async with screen(at_canary()) as on:
        await on.press("4", "/", *"smoke")
        assert "EVENTS  1 of 7" in listing(on, "log")
        await on.press("enter", "1", "/", *"canary")
        assert "TIERS  1 of 4" in listing(on, "tiers")
        assert "EVENTS  1 of 7" in listing(on, "log")
        assert "PULL REQUESTS ─" in listing(on, "pulls")
        await on.press("escape", "y", "/", *"22.4", "enter", "enter")
        assert "RELEASE 2026-11-22.4" in on.text(), "the row that is left opens, not the first of all"
        await on.press("escape")
        assert "RELEASES  1 of 2" in on.text()
        await on.press("escape")
        assert "RELEASES ─" in on.text(), "the first Esc ends the filter"
        await on.press("escape")
        assert not isinstance(on.app.screen, Page)


async def test_the_filter_outlives_new_pictures() -> None:
    async with screen(at_canary()) as on:
        await on.press("/", *"search", "enter")
        on.board.put(reviews=on.board.snapshot.reviews, log=on.board.snapshot.log)
        await on.until(lambda: "1 of 8" in listing(on, "pulls"))


def test_a_filter_has_an_end_and_a_heading_keeps_its_width() -> None:
    sieve = FilterInput(typing=True)
    for _ in range(100):
        sieve = sieve.typed("x")
    assert len(sieve.text) == LONGEST
    heading = rule("PULL REQUESTS", (), 60)
    assert length(counted(heading, 7, 60)) == length(heading) == 60
    assert plain((counted(rule("PULL REQUESTS", (), 14), 7, 60),)) == "PULL REQUESTS  7 of 60"


def test_rows_of_one_name_stay_together() -> None:
    assert FilterInput("b").kept(("one", "one", "two"), ("a", "b", "c")) == (0, 1)
