"""The screen itself: what it shows, where, how it follows, and how it ends."""

import asyncio

import pytest
from msgspec import structs
from textual.command import CommandPalette
from textual.widgets import Input

from cockpit.deploy.facts import Call
from cockpit.deploy.locks import Holder
from cockpit.deploy.snapshot import Judgement, Log, Seen
from cockpit.ports import Failed
from cockpit.tui.dashboard import Dashboard
from cockpit.tui.pages.page import Page
from cockpit.tui.screen_settings import ScreenSettings
from cockpit.tui.widgets.error_chart import ErrorChart
from cockpit.tui.widgets.lines import Lines
from cockpit.tui.widgets.panel import Panel
from cockpit.views.rows import plain
from tests.builders import HOSTILE, NOW, SCENES, at_canary, hold_at_dogfood, idle, setting_up, soaking
from tests.tui import textual_private
from tests.tui.screens import SETTINGS, open_screen


@pytest.mark.parametrize("scene", SCENES)
async def test_every_moment_is_shown_at_every_size(scene: str) -> None:
    async with open_screen(SCENES[scene]()) as screen:
        assert "webapp" in screen.text()
        await screen.pilot.resize_terminal(160, 45)
        await screen.until(lambda: "ada@box" in screen.text() or "conn nobody" in screen.text())


async def test_no_size_breaks_it_and_the_picture_comes_back() -> None:
    async with open_screen(at_canary()) as screen:
        before = screen.text()
        for size in ((20, 5), (1, 1), (200, 60), (40, 12), (60, 100), (80, 24)):
            await screen.pilot.resize_terminal(*size)
            await screen.pilot.pause()
        await screen.until(lambda: screen.text() == before)


async def test_every_panel_stands_inside_the_terminal_and_none_on_another() -> None:
    for size in ((80, 24), (120, 40), (160, 45), (68, 20)):
        async with open_screen(at_canary(), size=size) as screen:
            taken: set[tuple[int, int]] = set()
            for widget in screen.app.screen.query(Lines):
                if widget.display:
                    cells = {(x, y) for x in range(widget.region.x, widget.region.right) for y in range(
                        widget.region.y, widget.region.bottom)}  # fmt: skip
                    assert not cells & taken
                    taken |= cells
            assert all(x < size[0] and y < size[1] for x, y in taken)


async def test_a_change_on_the_board_reaches_the_screen_and_repaints_only_what_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_screen(soaking()) as screen:
        timeline = screen.app.dashboard.query_one("#timeline", Lines)
        repainted: list[object] = []
        monkeypatch.setattr(timeline, "refresh", lambda *regions, **_: repainted.append(regions))
        screen.board.put(judgement=at_canary().judgement)
        await screen.until(lambda: " GO " in screen.text())
        assert repainted == []


async def test_setting_up_gives_way_to_the_panels() -> None:
    async with open_screen(setting_up()) as screen:
        assert "setting up webapp" in screen.text()
        assert "PULL REQUESTS" not in _shown(screen.app.dashboard)
        ready = idle()
        screen.board.put(log=ready.log, targets=ready.targets, statuses=ready.statuses)
        screen.board.put(preview=ready.preview, startup=Seen("", NOW))
        await screen.until(lambda: "UNRELEASED ON MAIN" in _shown(screen.app.dashboard))
        assert "setting up webapp" not in _shown(screen.app.dashboard)


async def test_the_bell_rings_once_for_a_new_alarm_and_not_for_one_found_on_arrival() -> None:
    async with open_screen(hold_at_dogfood()) as screen:
        rung: list[int] = []
        screen.app.bell = lambda: rung.append(1)  # type: ignore[method-assign]
        screen.board.put(engine=Seen(Holder("somebody"), NOW))
        await screen.until(lambda: "somebody" in screen.text())
        assert rung == []
    async with open_screen(at_canary()) as screen:
        screen.app.bell = lambda: rung.append(1)  # type: ignore[method-assign]
        calm = screen.board.snapshot.judgement.value
        assert calm is not None
        worse = _called(calm, Call.HOLD)
        screen.board.put(judgement=Seen(worse, NOW))
        await screen.until(lambda: " HOLD " in screen.text())
        screen.board.put(engine=Seen(Holder("somebody"), NOW))
        await screen.until(lambda: "somebody" in screen.text())
        assert rung == [1]


async def test_numbers_and_tab_give_panels_the_keys() -> None:
    async with open_screen(at_canary()) as screen:
        for key, panel in (("1", "tiers"), ("2", "pulls"), ("3", "chart"), ("4", "log"), ("tab", "tiers")):
            await screen.press(key)
            assert screen.app.focused is not None
            assert screen.app.focused.id == panel


async def test_the_chart_shows_the_tier_that_is_chosen() -> None:
    async with open_screen(at_canary()) as screen:
        assert "ERRORS canary" in screen.text()
        await screen.press("t")
        assert "ERRORS production" in screen.text()
        await screen.press("left", "left")
        assert "ERRORS dogfood" in screen.text()
        await screen.press("1", "k")
        assert "ERRORS staging" in screen.text()
        assert "it serves nobody" in screen.text()


async def test_z_shows_another_length_of_time_in_the_chart() -> None:
    async with open_screen(at_canary(), size=(160, 45)) as screen:
        before = screen.text()
        for shown in ("-5 min", "-30 min", "-180 min"):
            await screen.press("z")
            assert shown in screen.text()
        await screen.press("z")
        assert screen.text() == before


async def test_the_chart_is_drawn_once_its_lines_can_be() -> None:
    async with open_screen(hold_at_dogfood(), size=(120, 40)) as screen:
        chart = screen.app.dashboard.query_one(ErrorChart)
        await screen.until(lambda: any("\u2800" < c <= "\u28ff" for c in plain(chart.lines)))


async def test_the_cursor_stays_on_its_row_while_rows_come_above_it() -> None:
    async with open_screen(at_canary()) as screen:
        log = screen.app.dashboard.query_one("#log", Panel)
        await screen.press("4", "j")
        assert log.name_at_cursor == "6"
        other = hold_at_dogfood()
        assert other.open is not None
        screen.board.put(log=Seen(Log((other.open,)), NOW))
        await screen.until(lambda: "HOLD:" in screen.text())
        assert log.name_at_cursor == "6"


async def test_help_says_why_keys_are_refused_and_escape_closes_it() -> None:
    async with open_screen(at_canary(), size=(120, 60)) as screen:
        await screen.press("?")
        assert "not now: nothing is held" in screen.text()
        assert "panel" in screen.text()
        await screen.press("R")
        assert isinstance(screen.app.screen, Page), "no command is given from a page"
        await screen.press("escape")
        assert not isinstance(screen.app.screen, Page)


async def test_history_opens_a_release_and_details_show_the_picture_live() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("y")
        assert screen.text().count("2026-11-2") == 2
        await screen.press("j", "enter")
        assert "RELEASE 2026-11-22.4" in screen.text()
        await screen.press("escape", "escape", "d")
        assert "last good" in screen.text()
        screen.board.put(engine=Seen(Holder("another@box"), NOW))
        await screen.until(lambda: "engine another@box" in screen.text())


async def test_enter_opens_the_pr_under_the_cursor_in_full() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("j", "enter")
        assert "Fix the total when a cart is empty" in screen.text()
        assert "app/part_32_1.py" in screen.text()


async def test_the_palette_finds_every_command_and_shows_hostile_reasons_literally() -> None:
    held = at_canary(HOSTILE)
    async with open_screen(held, size=(120, 40)) as screen:
        screen.board.put(engine=Seen(Holder("[/]"), NOW))
        await screen.press("ctrl+p")
        assert isinstance(screen.app.screen, CommandPalette)
        screen.app.screen.query_one(Input).value = "ROLL"
        await screen.pilot.pause(0.3)
        await screen.press("enter")
        await screen.until(lambda: "roll back to 0ld5eed000" in screen.text())


async def test_themes_are_cycled_and_change_nothing_but_looks() -> None:
    async with open_screen(at_canary()) as screen:
        before, first = screen.text(), screen.app.theme
        seen = [first]
        for _ in range(6):
            await screen.press("T")
            seen.append(screen.app.theme)
            assert screen.text() == before
        assert sorted(seen[:6]) == ["ansi", "colourblind", "contrast", "dark", "light", "mono"]
        assert seen[6] == first


async def test_a_theme_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(
        Failed, match="theme neon: is not there; there are ansi, colourblind, contrast, dark, light, mono"
    ):
        async with open_screen(at_canary(), settings=ScreenSettings("neon", SETTINGS.themes)):
            pass


async def test_what_runs_behind_the_screen_may_end_in_peace() -> None:
    ended = asyncio.Event()

    async def behind() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.set()

    async with open_screen(at_canary(), background=behind) as screen:
        await screen.until(lambda: textual_private.has_background_task(screen.app))
        await screen.press("q")
    assert ended.is_set()


async def test_what_breaks_behind_the_screen_ends_it_with_a_clear_word() -> None:
    async def behind() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(_break())

    async def _break() -> None:
        raise Failed("store", "the file is gone", "restore it from a backup")

    async with open_screen(at_canary(), background=behind) as screen:
        await screen.until(lambda: screen.app.return_code == 3)
        assert "cockpit: store: the file is gone; restore it" in textual_private.exit_message(screen.app)


def _called(judgement: Judgement, call: Call) -> Judgement:
    """The same judgement with another word."""
    return structs.replace(judgement, verdict=structs.replace(judgement.verdict, call=call))


def _shown(dashboard: Dashboard) -> str:
    return "\n".join(plain(widget.lines) for widget in dashboard.query(Lines) if widget.display)


async def test_a_picture_that_comes_while_the_screen_is_left_is_let_go() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.app.dashboard.query_one("#headline").remove()
        footer = screen.app.dashboard.query_one("#footer", Lines)
        screen.app.dashboard.set_hints((), ())
        screen.app.dashboard.paint(screen.board.look())
        assert "quit" in plain(footer.lines), "nothing is painted any more, and nothing breaks"
