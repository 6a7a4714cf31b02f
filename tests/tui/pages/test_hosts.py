"""The page of hosts: a cursor over cells, names beneath, one host whole at Enter."""

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
from tests.tui.screens import Screen, screen


def here(seen: Screen) -> tuple[str, str]:
    return seen.app.screen.query_one(HostGrid).here


def says(seen: Screen, part: str) -> str:
    return plain(seen.app.screen.query_one(f"#{part}", Lines).lines)


async def test_it_opens_and_names_the_host_under_the_cursor() -> None:
    async with screen(pulling()) as seen:
        await seen.press("G")
        assert isinstance(seen.app.screen, Hosts)
        assert here(seen) == ("staging", "stage-1")
        assert "stage-1" in says(seen, "here")
        assert "n N next straggler" in says(seen, "closing")
        await seen.press("down", "right")
        assert here(seen) == ("dogfood", "dog-2")
        await seen.press("right", "right", "right")
        assert here(seen) == ("production", "web-02")
        assert "web-02" in says(seen, "here")
        assert "serving for 41 s  9ea7b0b111" in says(seen, "here")
        await seen.press("escape")
        assert not isinstance(seen.app.screen, Page)


async def test_stragglers_are_named_reached_by_a_key_and_shown_whole() -> None:
    async with screen(pulling(), size=(120, 40)) as seen:
        await seen.press("G")
        assert "web-09 failed for 5 s: health: 503" in says(seen, "late")
        assert "web-10 silent for 2 min" in says(seen, "late")
        await seen.press("n")
        assert here(seen)[1] == "web-04"
        await seen.press("N", "N")
        assert here(seen)[1] == "web-09"
        await seen.press("enter")
        text = seen.text()
        assert "HOST web-09" in text
        assert "refuses    9ea7b0b111" in text
        assert "health: 503" in text
        await seen.press("escape")
        assert here(seen)[1] == "web-09"


async def test_the_ends_and_leaving_the_edge() -> None:
    async with screen(at_production()) as seen:
        await seen.press("G", "end")
        assert here(seen) == ("production", "web-10")
        await seen.press("right", "down", "pagedown")
        assert here(seen) == ("production", "web-10")
        await seen.press("home")
        assert here(seen) == ("staging", "stage-1")
        await seen.press("left", "up", "pageup")
        assert here(seen) == ("staging", "stage-1")


async def test_the_cursor_stays_on_its_host_while_others_come_and_only_changed_cells_are_painted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with screen(at_production()) as seen:
        await seen.press("G", "end")
        cells = seen.app.screen.query_one(HostGrid)
        painted: list[tuple[int, int]] = []
        monkeypatch.setattr(cells, "refresh", lambda *regions: painted.extend((r.x, r.width) for r in regions))
        hosts = dict(seen.board.snapshot.statuses.value)
        hosts["web-05"] = msgspec.structs.replace(hosts["web-05"], state=HostState.WARMING)
        seen.board.put(statuses=Seen(hosts, NOW))
        seen.app.screen.redraw()  # type: ignore[attr-defined]
        assert (5, 1) in painted
        assert len(painted) == 1
        monkeypatch.undo()
        hosts["aaa-stranger"] = status("aaa-stranger", "production", OLD)
        seen.board.put(statuses=Seen(hosts, NOW))
        seen.app.screen.redraw()  # type: ignore[attr-defined]
        assert here(seen) == ("production", "web-10")


async def test_ten_thousand_hosts_scroll() -> None:
    scene = at_production()
    names = tuple(f"web-{n:05}" for n in range(10_000))
    tiers = (Tier("production", Audience.PUBLIC, names),)
    known = {name: status(name, "production", NEW if n % 7 else OLD) for n, name in enumerate(names)}
    large = replace(scene, policy=msgspec.structs.replace(scene.policy, tiers=tiers), statuses=Seen(known, NOW))
    async with screen(large) as seen:
        await seen.press("G", "end")
        assert here(seen) == ("production", "web-09999")
        assert "▸" in plain(seen.app.screen.query_one(HostGrid).lines)
        await seen.press("up")
        assert here(seen) == ("production", f"web-{9_999 - 79:05}")
        await seen.press("home")
        assert "production" in plain(seen.app.screen.query_one(HostGrid).lines[:1])


async def test_hostile_names_and_outputs_are_text() -> None:
    async with screen(hostile()) as seen:
        await seen.press("G", "n")
        assert "[red]evil[/]" in seen.text()
        assert "\x1b" not in seen.text()
        await seen.press("enter")
        assert "[red]evil[/]" in seen.text()


@pytest.mark.parametrize("scene", SCENES)
async def test_no_scene_and_no_size_breaks_it(scene: str) -> None:
    async with screen(SCENES[scene](), size=(80, 24)) as seen:
        await seen.press("G")
        for size in ((20, 5), (200, 60), (80, 24)):
            await seen.pilot.resize_terminal(*size)
            await seen.pilot.pause()
            await seen.press("n", "down", "enter")
            if len(seen.app.screen_stack) > 2:
                await seen.press("escape")


async def test_a_fleet_of_nobody_says_so() -> None:
    scene = at_production()
    nobody = replace(scene, policy=msgspec.structs.replace(scene.policy, tiers=()), statuses=Seen({}, NOW))
    async with screen(nobody) as seen:
        await seen.press("G", "right", "down", "n", "end", "enter")
        assert "there is no host" in says(seen, "here")
