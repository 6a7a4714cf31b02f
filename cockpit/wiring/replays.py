"""Replay a release: read its record from the store once, then play it without the store."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from time import monotonic

from cockpit.config import Config
from cockpit.control.board import Board
from cockpit.control.record_reader import read_pages
from cockpit.control.replay_clock import FRAME_EVERY, ReplayClock
from cockpit.deploy import store_keys
from cockpit.deploy.events import Event
from cockpit.deploy.record.traffic_pages import TrafficPage, buckets
from cockpit.deploy.release import Release
from cockpit.ports import Failed
from cockpit.rules.record.past_snapshot import snapshot_at
from cockpit.wiring.context import open_context, read_snapshot
from cockpit.wiring.screens import require_terminal, screen_settings


@dataclass(frozen=True)
class Recording:
    """The record of one release, with the releases before it."""

    release: Release
    before: tuple[Release, ...]
    pages: tuple[TrafficPage, ...]


async def read_recording(config: Config, release_id: str) -> Recording | None:
    """Read the record of that release, or of the latest for an empty id; None if there is none. Raises `Failed`."""
    async with open_context(config, read_only=True) as context:
        releases = (await read_snapshot(context, rota=False)).log.value.releases
        index = next((n for n in reversed(range(len(releases))) if release_id in ("", releases[n].id)), None)
        if index is None:
            return None
        pages, _ = read_pages(await context.store.list(store_keys.traffic(releases[index].id)))
        return Recording(releases[index], releases[:index], pages)


def play_on_screen(config: Config, recording: Recording, speed: float) -> int:
    """Show the replay until the user quits. Returns the exit code. Raises `Failed` without a terminal."""
    from cockpit.tui.replay_app import ReplayApp

    require_terminal()
    clock = _replay_clock(recording, speed)
    board = Board(config.policy, clock.now)
    app = ReplayApp(board, clock, screen_settings(config), lambda: replay_feed(board, clock, config, recording))
    app.run(mouse=config.screen.mouse)
    return app.return_code or 0


async def replay_feed(board: Board, clock: ReplayClock, config: Config, recording: Recording) -> None:
    """Keep the board at the replay's time until cancelled."""
    counted = tuple(buckets(recording.pages))
    while True:
        snapshot = snapshot_at(recording.release, recording.before, config.policy, counted, clock.now())
        board.put(
            replay=clock.status(),
            log=snapshot.log,
            targets=snapshot.targets,
            statuses=snapshot.statuses,
            judgement=snapshot.judgement,
            engine=snapshot.engine,
            commander=snapshot.commander,
            traffic=snapshot.traffic,
        )
        await clock.wait_for_change(FRAME_EVERY)


async def replay_events(recording: Recording, speed: float) -> AsyncIterator[Event]:
    """Yield the events at that speed."""
    events = iter(recording.release.events)
    async for _ in _replay_clock(recording, speed).event_times():
        yield next(events)


def _replay_clock(recording: Recording, speed: float) -> ReplayClock:
    times = [event.at for event in recording.release.events if event.at]
    if not times:
        raise Failed("replay", "none of its events can be read", "restore the store's backup")
    return ReplayClock([event.at or times[0] for event in recording.release.events], monotonic, speed)
