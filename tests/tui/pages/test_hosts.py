"""The page of hosts: a cursor over the grid, the host under it, and the page of one host on Enter."""

from dataclasses import replace

import msgspec
import pytest

from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.snapshot import Seen
from cockpit.deploy.tiers import Audience, Tier
from cockpit.tui.pages.hosts import Hosts
from cockpit.tui.pages.page import Page
from cockpit.tui.widgets.host_grid import HostGrid
from cockpit.tui.widgets.lines import Lines
from cockpit.views.rows import plain
from tests.builders import NEW, NOW, OLD, SCENES, at_production, hostile, pulling, status
from tests.tui.screens import Screen, open_screen


def host_at_cursor(screen: Screen) -> tuple[str, str]:
    return screen.app.screen.query_one(HostGrid).host_at_cursor


def part_text(screen: Screen, part: str) -> str:
    return plain(screen.app.screen.query_one(f"#{part}", Lines).lines)


async def test_the_page_names_the_host_under_the_cursor() -> None:
    async with open_screen(pulling()) as screen:
        await screen.press("G")
        assert isinstance(screen.app.screen, Hosts)
        assert host_at_cursor(screen) == ("staging", "stage-1")
        assert "stage-1" in part_text(screen, "host")
        assert "n N next straggler" in part_text(screen, "keys")
        await screen.press("down", "right")
        assert host_at_cursor(screen) == ("dogfood", "dog-2")
        await screen.press("right", "right", "right")
        assert host_at_cursor(screen) == ("production", "web-02")
        assert "web-02" in part_text(screen, "host")
        assert "serving for 41 s  9ea7b0b111" in part_text(screen, "host")
        await screen.press("escape")
        assert not isinstance(screen.app.screen, Page)


async def test_stragglers_are_named_found_by_a_key_and_opened() -> None:
    async with open_screen(pulling(), size=(120, 40)) as screen:
        await screen.press("G")
        assert "web-09 failed for 5 s: health: 503" in part_text(screen, "stragglers")
        assert "web-10 silent for 2 min" in part_text(screen, "stragglers")
        await screen.press("n")
        assert host_at_cursor(screen)[1] == "web-04"
        await screen.press("N", "N")
        assert host_at_cursor(screen)[1] == "web-09"
        await screen.press("enter")
        text = screen.text()
        assert "HOST web-09" in text
        assert "refuses    9ea7b0b111" in text
        assert "health: 503" in text
        await screen.press("escape")
        assert host_at_cursor(screen)[1] == "web-09"


async def test_the_cursor_stops_at_both_ends() -> None:
    async with open_screen(at_production()) as screen:
        await screen.press("G", "end")
        assert host_at_cursor(screen) == ("production", "web-10")
        await screen.press("right", "down", "pagedown")
        assert host_at_cursor(screen) == ("production", "web-10")
        await screen.press("home")
        assert host_at_cursor(screen) == ("staging", "stage-1")
        await screen.press("left", "up", "pageup")
        assert host_at_cursor(screen) == ("staging", "stage-1")


async def test_the_cursor_stays_on_its_host_and_only_changed_cells_are_repainted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_screen(at_production()) as screen:
        await screen.press("G", "end")
        cells = screen.app.screen.query_one(HostGrid)
        painted: list[tuple[int, int]] = []
        monkeypatch.setattr(cells, "refresh", lambda *regions: painted.extend((r.x, r.width) for r in regions))
        hosts = dict(screen.board.snapshot.statuses.value)
        hosts["web-05"] = msgspec.structs.replace(hosts["web-05"], state=HostState.WARMING)
        screen.board.put(statuses=Seen(hosts, NOW))
        screen.app.screen.redraw()  # type: ignore[attr-defined]
        assert (5, 1) in painted
        assert len(painted) == 1
        monkeypatch.undo()
        hosts["aaa-stranger"] = status("aaa-stranger", "production", OLD)
        screen.board.put(statuses=Seen(hosts, NOW))
        screen.app.screen.redraw()  # type: ignore[attr-defined]
        assert host_at_cursor(screen) == ("production", "web-10")


async def test_ten_thousand_hosts_scroll() -> None:
    scene = at_production()
    names = tuple(f"web-{n:05}" for n in range(10_000))
    tiers = (Tier("production", Audience.PUBLIC, names),)
    known = {name: status(name, "production", NEW if n % 7 else OLD) for n, name in enumerate(names)}
    large = replace(scene, policy=msgspec.structs.replace(scene.policy, tiers=tiers), statuses=Seen(known, NOW))
    async with open_screen(large) as screen:
        await screen.press("G", "end")
        assert host_at_cursor(screen) == ("production", "web-09999")
        assert "▸" in plain(screen.app.screen.query_one(HostGrid).lines)
        await screen.press("up")
        assert host_at_cursor(screen) == ("production", f"web-{9_999 - 79:05}")
        await screen.press("home")
        assert "production" in plain(screen.app.screen.query_one(HostGrid).lines[:1])


async def test_hostile_host_names_and_outputs_are_shown_literally() -> None:
    async with open_screen(hostile()) as screen:
        await screen.press("G", "n")
        assert "[red]evil[/]" in screen.text()
        assert "\x1b" not in screen.text()
        await screen.press("enter")
        assert "[red]evil[/]" in screen.text()


@pytest.mark.parametrize("scene", SCENES)
async def test_every_scene_works_at_every_size(scene: str) -> None:
    async with open_screen(SCENES[scene](), size=(80, 24)) as screen:
        await screen.press("G")
        for size in ((20, 5), (200, 60), (80, 24)):
            await screen.pilot.resize_terminal(*size)
            await screen.pilot.pause()
            await screen.press("n", "down", "enter")
            if len(screen.app.screen_stack) > 2:
                await screen.press("escape")


async def test_a_fleet_without_hosts_says_so() -> None:
    scene = at_production()
    empty = replace(scene, policy=msgspec.structs.replace(scene.policy, tiers=()), statuses=Seen({}, NOW))
    async with open_screen(empty) as screen:
        await screen.press("G", "right", "down", "n", "end", "enter")
        assert "no host" in part_text(screen, "host")


async def test_a_snapshot_that_arrives_while_the_page_closes_is_not_drawn() -> None:
    async with open_screen(pulling()) as screen:
        await screen.press("G")
        page = screen.app.screen
        assert isinstance(page, Hosts)
        await page.query_one(HostGrid).remove()
        page.redraw()
