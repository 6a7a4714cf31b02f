"""The dashboard: its panels at every size, the chart's tier and time span, and a maximised panel."""

from cockpit.deploy.snapshot import Seen
from cockpit.tui.dashboard import Dashboard
from cockpit.tui.widgets.error_chart import ErrorChart
from cockpit.tui.widgets.lines import Lines
from cockpit.views.rows import plain
from tests.builders import NOW, at_canary, hold_at_dogfood, idle, setting_up
from tests.tui.screens import Screen, open_screen


async def test_after_any_size_the_old_size_shows_the_same_screen_again() -> None:
    async with open_screen(at_canary()) as screen:
        before = screen.text()
        for size in ((20, 5), (1, 1), (200, 60), (40, 12), (60, 100), (80, 24)):
            await screen.pilot.resize_terminal(*size)
            await screen.pilot.pause()
        await screen.until(lambda: screen.text() == before)


async def test_panels_stay_inside_the_terminal_and_do_not_overlap() -> None:
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


async def test_numbers_and_tab_focus_panels() -> None:
    async with open_screen(at_canary()) as screen:
        for key, panel in (("1", "tiers"), ("2", "pulls"), ("3", "chart"), ("4", "log"), ("tab", "tiers")):
            await screen.press(key)
            assert screen.app.focused is not None
            assert screen.app.focused.id == panel


async def test_the_chart_shows_the_selected_tier() -> None:
    async with open_screen(at_canary()) as screen:
        assert "ERRORS canary" in screen.text()
        await screen.press("t")
        assert "ERRORS production" in screen.text()
        await screen.press("left", "left")
        assert "ERRORS dogfood" in screen.text()
        await screen.press("1", "k")
        assert "ERRORS staging" in screen.text()
        assert "this tier serves no" in screen.text()


async def test_z_shows_the_next_time_span_in_the_chart() -> None:
    async with open_screen(at_canary(), size=(160, 45)) as screen:
        before = screen.text()
        for shown in ("-5 min", "-30 min", "-180 min"):
            await screen.press("z")
            assert shown in screen.text()
        await screen.press("z")
        assert screen.text() == before


async def test_the_chart_draws_its_lines_after_the_first_frame() -> None:
    async with open_screen(hold_at_dogfood(), size=(120, 40)) as screen:
        chart = screen.app.dashboard.query_one(ErrorChart)
        await screen.until(lambda: any("\u2800" < c <= "\u28ff" for c in plain(chart.lines)))


async def test_the_panels_replace_the_setup_progress() -> None:
    async with open_screen(setting_up()) as screen:
        assert "setting up webapp" in screen.text()
        assert "PULL REQUESTS" not in _shown(screen.app.dashboard)
        ready = idle()
        screen.board.put(log=ready.log, targets=ready.targets, statuses=ready.statuses)
        screen.board.put(preview=ready.preview, startup=Seen("", NOW))
        await screen.until(lambda: "UNRELEASED ON MAIN" in _shown(screen.app.dashboard))
        assert "setting up webapp" not in _shown(screen.app.dashboard)


def _shown(dashboard: Dashboard) -> str:
    return "\n".join(plain(widget.lines) for widget in dashboard.query(Lines) if widget.display)


async def test_a_snapshot_that_arrives_while_the_app_quits_is_not_painted() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.app.dashboard.query_one("#headline").remove()
        footer = screen.app.dashboard.query_one("#footer", Lines)
        screen.app.dashboard.set_hints((), ())
        screen.app.dashboard.paint(screen.board.look())
        assert "quit" in plain(footer.lines), "nothing is painted any more, and nothing breaks"


def shown(screen: Screen) -> set[str | None]:
    return {widget.id for widget in screen.app.dashboard.query(Lines) if widget.display}


async def test_m_maximises_the_focused_panel_and_shows_all_panels_again() -> None:
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


async def test_a_number_key_shows_another_panel_maximised() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("M", "4")
        assert shown(screen) == {"headline", "log", "footer"}
        await screen.press("j", "enter")
        assert "EVENTS 2026-11-23.3" in screen.text()
        await screen.press("escape", "M")
        assert "timeline" in shown(screen)


async def test_a_maximised_panel_follows_the_size_of_the_terminal() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("M")
        await screen.pilot.resize_terminal(160, 50)
        await screen.until(lambda: screen.app.dashboard.query_one("#pulls").region.width == 160)
        await screen.pilot.resize_terminal(20, 5)
        await screen.pilot.resize_terminal(80, 24)
        await screen.until(lambda: shown(screen) == {"headline", "pulls", "footer"})
