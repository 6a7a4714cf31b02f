"""The app: it follows the board, rings, switches themes and ends."""

import asyncio

import pytest
from msgspec import structs

from cockpit.deploy.facts import Call
from cockpit.deploy.locks import Holder
from cockpit.deploy.snapshot import Judgement, Seen
from cockpit.ports import Failed
from cockpit.tui.screen_settings import ScreenSettings
from cockpit.tui.widgets.lines import Lines
from tests.builders import NOW, SCENES, at_canary, hold_at_dogfood, soaking
from tests.tui import textual_private
from tests.tui.screens import SETTINGS, open_screen


@pytest.mark.parametrize("scene", SCENES)
async def test_every_scene_is_shown_and_survives_a_resize(scene: str) -> None:
    async with open_screen(SCENES[scene]()) as screen:
        assert "webapp" in screen.text()
        await screen.pilot.resize_terminal(160, 45)
        await screen.until(lambda: "ada@box" in screen.text() or "no commander" in screen.text())


async def test_a_change_on_the_board_repaints_only_the_changed_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_screen(soaking()) as screen:
        timeline = screen.app.dashboard.query_one("#timeline", Lines)
        repainted: list[object] = []
        monkeypatch.setattr(timeline, "refresh", lambda *regions, **_: repainted.append(regions))
        screen.board.put(judgement=at_canary().judgement)
        await screen.until(lambda: " GO " in screen.text())
        assert repainted == []


async def test_the_bell_rings_once_for_a_new_alarm_and_not_for_one_of_before() -> None:
    async with open_screen(hold_at_dogfood()) as screen:
        rings: list[int] = []
        screen.app.bell = lambda: rings.append(1)  # type: ignore[method-assign]
        screen.board.put(engine=Seen(Holder("other@box"), NOW))
        await screen.until(lambda: "other@box" in screen.text())
        assert rings == []
    async with open_screen(at_canary()) as screen:
        screen.app.bell = lambda: rings.append(1)  # type: ignore[method-assign]
        judgement = screen.board.snapshot.judgement.value
        assert judgement is not None
        worse = _called(judgement, Call.HOLD)
        screen.board.put(judgement=Seen(worse, NOW))
        await screen.until(lambda: " HOLD " in screen.text())
        screen.board.put(engine=Seen(Holder("other@box"), NOW))
        await screen.until(lambda: "other@box" in screen.text())
        assert rings == [1]


async def test_switching_themes_changes_only_colours() -> None:
    async with open_screen(at_canary()) as screen:
        before, first = screen.text(), screen.app.theme
        themes = [first]
        for _ in range(6):
            await screen.press("T")
            themes.append(screen.app.theme)
            assert screen.text() == before
        assert sorted(themes[:6]) == ["ansi", "colourblind", "contrast", "dark", "light", "mono"]
        assert themes[6] == first


async def test_an_unknown_theme_is_refused_with_the_known_ones() -> None:
    with pytest.raises(
        Failed, match="theme neon: not found; choose one of ansi, colourblind, contrast, dark, light, mono"
    ):
        async with open_screen(at_canary(), settings=ScreenSettings("neon", SETTINGS.themes)):
            pass


async def test_the_background_task_may_finish_its_cleanup() -> None:
    ended = asyncio.Event()

    async def run() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.set()

    async with open_screen(at_canary(), background=run) as screen:
        await screen.until(lambda: textual_private.has_background_task(screen.app))
        await screen.press("q")
    assert ended.is_set()


async def test_a_failing_background_task_ends_the_screen_with_its_message() -> None:
    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())

    async def fail() -> None:
        raise Failed("store", "the file is gone", "restore it from a backup")

    async with open_screen(at_canary(), background=run) as screen:
        await screen.until(lambda: screen.app.return_code == 3)
        assert "cockpit: store: the file is gone; restore it" in textual_private.exit_message(screen.app)


def _called(judgement: Judgement, call: Call) -> Judgement:
    """Return the judgement with another call."""
    return structs.replace(judgement, verdict=structs.replace(judgement.verdict, call=call))
