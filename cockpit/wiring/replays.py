"""A replay: what the store knows of a release is read once, and played without the store."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from time import monotonic

from cockpit.config import Config
from cockpit.control.board import Board
from cockpit.control.record_reader import read_pages
from cockpit.control.replay_clock import REDRAWN, ReplayClock
from cockpit.deploy import store_keys
from cockpit.deploy.events import Event
from cockpit.deploy.record.traffic_pages import TrafficPage, buckets
from cockpit.deploy.release import Release
from cockpit.ports import Failed
from cockpit.rules.record.past_snapshot import picture_at
from cockpit.wiring.context import look, open_context
from cockpit.wiring.screens import on_terminal, screen_settings

SLICES = ("log", "targets", "statuses", "judged", "engine", "commander", "traffic")


@dataclass(frozen=True)
class Recording:
    """All that is on record of one release."""

    release: Release
    before: tuple[Release, ...]
    pages: tuple[TrafficPage, ...]


async def read_recording(config: Config, ident: str) -> Recording | None:
    """The record of that release, without a name the newest; None where there is none. Raises `Failed`."""
    async with open_context(config, read_only=True) as outside:
        releases = (await look(outside, rota=False)).log.value.releases
        place = next((n for n in reversed(range(len(releases))) if ident in ("", releases[n].id)), None)
        if place is None:
            return None
        pages, _ = read_pages(await outside.store.list(store_keys.traffic(releases[place].id)))
        return Recording(releases[place], releases[:place], pages)


def play_on_screen(config: Config, played: Recording, speed: float) -> int:
    """Show it until it is left. Raises `Failed` where there is no terminal for it."""
    from cockpit.tui.replay_app import ReplayApp

    on_terminal()
    player = _player(played, speed)
    board = Board(config.policy, player.now)
    app = ReplayApp(board, player, screen_settings(config), lambda: feed(board, player, config, played))
    app.run(mouse=config.screen.mouse)
    return app.return_code or 0


async def feed(board: Board, player: ReplayClock, config: Config, played: Recording) -> None:
    """Keep the board at the replay's time until cancelled."""
    counted = tuple(buckets(played.pages))
    while True:
        picture = picture_at(played.release, played.before, config.policy, counted, player.now())
        board.put(replay=player.replayed(), **{name: getattr(picture, name) for name in SLICES})
        await player.turned(REDRAWN)


async def events(played: Recording, speed: float) -> AsyncIterator[Event]:
    """Its events as they come, at that speed."""
    told = iter(played.release.events)
    async for _ in _player(played, speed).passing():
        yield next(told)


def _player(played: Recording, speed: float) -> ReplayClock:
    moments = [event.at for event in played.release.events if event.at]
    if not moments:
        raise Failed("replay", "no event of it can be read", "restore the store's backup")
    return ReplayClock([event.at or moments[0] for event in played.release.events], monotonic, speed)
