"""The screen on a board and an in-memory store, for tests that press its keys."""

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
from cockpit.tui.app import BackgroundTask, CockpitApp
from cockpit.tui.commands.confirm import Confirm
from cockpit.tui.screen_settings import ScreenSettings
from cockpit.tui.widgets.lines import Lines
from cockpit.views.rows import plain
from tests.builders import ADA, NOW
from tests.fakes import MemoryStore, NoLocks
from tests.tui import textual_private

THEMES = Path(__file__).parents[2] / "themes"
SETTINGS = ScreenSettings(themes=(THEMES,))


@dataclass
class Screen:
    """The app under test, with its board, store and pilot."""

    app: CockpitApp
    board: Board
    store: MemoryStore
    pilot: Pilot[None]

    async def press(self, *keys: str) -> None:
        """Press keys and wait until they are handled."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    def text(self) -> str:
        """Return the text of the topmost screen."""
        return "\n".join(plain(widget.lines) for widget in self.app.screen.query(Lines) if widget.display)

    def notices(self) -> list[str]:
        """Return the texts of the notices shown so far."""
        return textual_private.notices(self.app)

    @property
    def confirm(self) -> Confirm:
        """The open confirmation."""
        assert isinstance(self.app.screen, Confirm)
        return self.app.screen

    async def confirm_with(self, reason: str) -> None:
        """Type a reason and press Enter."""
        self.confirm.query_one("#reason", Input).value = reason
        await self.press("enter")
        await self.until(lambda: not isinstance(self.app.screen, Confirm))

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until the condition holds."""
        for _ in range(200):
            if condition():
                return
            await self.pilot.pause(0.01)
        raise AssertionError(f"the condition never held; the screen shows\n{self.text()}")

    async def events(self) -> list[Event]:
        """Return the events written since the screen opened."""
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


async def store_of(snapshot: Snapshot) -> MemoryStore:
    """Return a store with the snapshot's events and targets, the targets in the snapshot's versions."""
    store = MemoryStore()
    releases = snapshot.log.value.releases
    await store.commit(
        *(Put(store_keys.event(release.id, e.number), encode(e)) for release in releases for e in release.events)
    )
    targets = snapshot.targets.value.values()
    version = max((target.version for target in targets), default=0)
    while version and await store.commit() < version - 1:
        pass
    if version:
        await store.commit(*(Put(store_keys.target(p.target.tier), msgspec.json.encode(p.target)) for p in targets))
    return store


@asynccontextmanager
async def open_screen(
    snapshot: Snapshot,
    *,
    watch: bool = False,
    size: tuple[int, int] = (80, 24),
    settings: ScreenSettings = SETTINGS,
    background: BackgroundTask | None = None,
) -> AsyncIterator[Screen]:
    """Open the screen on `snapshot`; its commands write to an in-memory store."""
    board = Board(snapshot.policy, lambda: NOW)
    board.put(
        **{name: getattr(snapshot, name) for name in Snapshot.__dataclass_fields__ if name not in {"policy", "now"}}
    )
    store = await store_of(snapshot)

    async def look(past: str) -> Snapshot:
        return board.look()

    dispatcher = None if watch else Dispatcher(store, look, lambda: NOW, CommanderLease(NoLocks(), ADA))
    app = CockpitApp(board, dispatcher, ADA, settings, background)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield Screen(app, board, store, pilot)
