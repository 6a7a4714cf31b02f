"""The grid of hosts: the cursor moves among cells and stays on its host by name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from cockpit.tui.theme.textual_theme import palette
from cockpit.tui.theme.theme_file import load_themes
from cockpit.tui.widgets.host_grid import HostGrid
from cockpit.views.host_grid import HostKind, TierBlock
from cockpit.views.rows import Span
from tests.tui.screens import THEMES


def block(tier: str, *hosts: str, straggler: str = "") -> TierBlock:
    kinds = bytes(HostKind.BEHIND if host == straggler else HostKind.NEW for host in hosts)
    return TierBlock(tier, (Span(tier),), hosts, kinds)


@asynccontextmanager
async def open_grid(*blocks: TierBlock) -> AsyncIterator[tuple[HostGrid, Pilot[None]]]:
    class GridApp(App[None]):
        def compose(self) -> ComposeResult:
            yield HostGrid(palette(load_themes([THEMES])["dark"]))

    app = GridApp()
    async with app.run_test(size=(4, 10)) as pilot:  # three hosts a row beside the gutter
        grid = app.query_one(HostGrid)
        grid.fill(blocks)
        yield grid, pilot


async def test_keys_move_within_a_tier_and_across_its_end() -> None:
    async with open_grid(block("canary", "c1"), block("production", "p1", "p2", "p3", "p4")) as (grid, pilot):
        assert grid.host_at_cursor == ("canary", "c1")
        await pilot.press("right")
        assert grid.host_at_cursor == ("production", "p1")
        await pilot.press("down")
        assert grid.host_at_cursor == ("production", "p4")
        await pilot.press("left", "home")
        assert grid.host_at_cursor == ("canary", "c1")


async def test_keys_find_the_next_straggler_and_wrap_around() -> None:
    blocks = block("canary", "c1", straggler="c1"), block("production", "p1", "p2", straggler="p2")
    async with open_grid(*blocks) as (grid, pilot):
        await pilot.press("n")
        assert grid.host_at_cursor == ("production", "p2")
        await pilot.press("n")
        assert grid.host_at_cursor == ("canary", "c1")


async def test_the_cursor_stays_on_its_host_and_near_it_once_the_host_is_gone() -> None:
    async with open_grid(block("production", "p1", "p2", "p3")) as (grid, pilot):
        await pilot.press("end")
        grid.fill((block("production", "p0", "p1", "p2", "p3"),))
        assert grid.host_at_cursor == ("production", "p3")
        grid.fill((block("production", "p0", "p1"),))
        assert grid.host_at_cursor == ("production", "p1")
        grid.fill((block("production"),))
        assert grid.host_at_cursor == ("", "")
