"""The screen on a board and a store in memory, for tests that press its keys."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from textual.pilot import Pilot
from textual.widgets import Input

from cockpit.control.board import Board
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Dispatcher
from cockpit.deploy import store_keys
from cockpit.deploy.events import Event, encode
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Put
from cockpit.tui.app import Background, CockpitApp
from cockpit.tui.commands.confirm import Confirm
from cockpit.tui.screen_settings import ScreenSettings
from cockpit.tui.widgets.lines import Lines
from cockpit.views.rows import plain
from tests.builders import ADA, NOW
from tests.fakes import MemoryStore, NoLocks

THEMES = Path(__file__).parents[2] / "themes"
LOOK = ScreenSettings(themes=(THEMES,))


@dataclass
class Screen:
    """The app under test and what stands behind it."""

    app: CockpitApp
    board: Board
    store: MemoryStore
    pilot: Pilot[None]

    async def press(self, *keys: str) -> None:
        """Press keys and let everything that follows happen."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    def text(self) -> str:
        """All that the topmost screen says."""
        return "\n".join(plain(widget.lines) for widget in self.app.screen.query(Lines) if widget.display)

    def notices(self) -> list[str]:
        """What notices said."""
        return [notice.message for notice in self.app._notifications]

    @property
    def confirm(self) -> Confirm:
        """The confirmation that is asking."""
        assert isinstance(self.app.screen, Confirm)
        return self.app.screen

    async def answer(self, why: str) -> None:
        """Type a reason and press Enter."""
        self.confirm.query_one("#why", Input).value = why
        await self.press("enter")
        await self.until(lambda: not isinstance(self.app.screen, Confirm))

    async def until(self, true: Callable[[], object]) -> None:
        """Wait for something to become true."""
        for _ in range(200):
            if true():
                return
            await self.pilot.pause(0.01)
        raise AssertionError(f"it never came: the screen says\n{self.text()}")

    async def events(self) -> list[Event]:
        """What was written to the store beyond what the picture began with."""
        snapshot = self.board.snapshot
        known = {
            store_keys.event(release.id, event.number)
            for release in snapshot.log.value.releases
            for event in release.events
        }
        entries = await self.store.list(store_keys.RELEASES)
        return [
            msgspec.json.decode(e.value or b"", type=Event)
            for e in entries
            if e.key not in known and store_keys.parse_event(e.key)
        ]


async def stored(snapshot: Snapshot) -> MemoryStore:
    """A store whose targets have the versions the picture names."""
    store = MemoryStore()
    releases = snapshot.log.value.releases
    await store.commit(*(Put(store_keys.event(one.id, e.number), encode(e)) for one in releases for e in one.events))
    placed = snapshot.targets.value.values()
    version = max((place.version for place in placed), default=0)
    while version and await store.commit() < version - 1:
        pass
    if version:
        await store.commit(*(Put(store_keys.target(p.target.tier), msgspec.json.encode(p.target)) for p in placed))
    return store


@asynccontextmanager
async def screen(
    snapshot: Snapshot,
    *,
    watch: bool = False,
    size: tuple[int, int] = (80, 24),
    look: ScreenSettings = LOOK,
    background: Background | None = None,
) -> AsyncIterator[Screen]:
    """The screen showing `snapshot`, its commands writing to a store in memory."""
    board = Board(snapshot.policy, lambda: NOW)
    board.put(
        **{name: getattr(snapshot, name) for name in Snapshot.__dataclass_fields__ if name not in {"policy", "now"}}
    )
    store = await stored(snapshot)

    async def looked(past: str) -> Snapshot:
        return board.look()

    desk = None if watch else Dispatcher(store, looked, lambda: NOW, CommanderLease(NoLocks(), ADA))
    app = CockpitApp(board, desk, ADA, look, background)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield Screen(app, board, store, pilot)
