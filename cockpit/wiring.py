"""Who gets what: the one module that knows every adapter."""

import asyncio
import getpass
import os
import re
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

from cockpit.adapters.artifacts import FolderArtifacts
from cockpit.adapters.commands import LocalCommands
from cockpit.adapters.leases import StoreLocks
from cockpit.adapters.sqlite import SqliteStore
from cockpit.config import Config
from cockpit.control.board import Board
from cockpit.control.desk import Desk
from cockpit.control.feeds import Sources, follow, gather, preview_main
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.engine.hands import Hands
from cockpit.engine.loop import Engine
from cockpit.ports import Alerts, Failed, Metrics, Repository

if TYPE_CHECKING:
    from cockpit.tui.app import CockpitApp
    from cockpit.tui.settings import ScreenSettings

clock = time
Also = Callable[[Board], Coroutine[Any, Any, None]]


def who() -> str:
    """`user@host`: the person at this terminal, as events name them."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


@dataclass(frozen=True)
class World:
    """The systems of one config, as ports."""

    config: Config
    store: SqliteStore
    locks: StoreLocks

    @classmethod
    def open(cls, config: Config, read_only: bool = False) -> "World":
        """The world of `config`; with `read_only` no part of it can write. Close its store at the end."""
        store = SqliteStore(config.resolve(config.store.path), read_only=read_only)
        return cls(config, store, StoreLocks(store, clock))

    def repository(self) -> Repository:
        """The application's repository, by its mirror."""
        from cockpit.adapters.git import GitMirror

        url = self.config.repository.url
        local = self.config.resolve(url)
        where = str(local) if local.exists() else url
        return GitMirror(where, self.config.state / "mirror.git", self.config.repository.main)

    def metrics(self) -> Metrics:
        """Where requests and errors are counted."""
        from cockpit.adapters.scrape import ScrapedMetrics

        metrics, policy = self.config.metrics, self.config.policy
        if metrics.kind == "prometheus":
            from cockpit.adapters.prometheus import PrometheusMetrics

            source = self.config.prometheus
            tiers = "|".join(re.escape(tier.name) for tier in policy.tiers).replace("\\", "\\\\")  # in a string
            places = {"app": self.config.app, "tiers": tiers}
            queries = (source.requests, source.errors, source.age)
            return PrometheusMetrics(source.url, *queries, places, policy.gate.fresh, source.timeout)
        return ScrapedMetrics(path=metrics.path, requests=metrics.requests, errors=metrics.errors, route=metrics.route)

    def alerts(self) -> Alerts | None:
        """Where alerts fire; None where no such place is configured."""
        from cockpit.adapters.alerts import AlertmanagerAlerts, PrometheusAlerts

        source = self.config.alerts
        match source.kind:
            case "alertmanager":
                return AlertmanagerAlerts(source.url, source.matchers, source.timeout)
            case "prometheus":
                return PrometheusAlerts(source.url, source.matchers, source.timeout)
            case _:
                return None

    def hands(self) -> Hands:
        """The engine's tools."""
        from cockpit.adapters.builder import CommandBuilder
        from cockpit.adapters.smoke import CommandSmoke

        build, smoke = self.config.build, self.config.smoke
        repository, commands = self.repository(), LocalCommands()
        builder = CommandBuilder(
            repository=repository,
            artifacts=self.artifacts(),
            commands=commands,
            command=build.command,
            output=build.output,
            timeout=build.timeout,
            scratch=self.config.state / "scratch",
        )
        return Hands(repository, builder, CommandSmoke(commands, smoke.command, smoke.timeout), clock)

    def artifacts(self) -> FolderArtifacts:
        """Where builds are kept."""
        return FolderArtifacts(self.config.resolve(self.config.artifacts.folder))

    def sources(self) -> Sources:
        """What a snapshot is made of."""
        every, alerts_every = self.config.metrics.every, self.config.alerts.every
        watched = {"scrape_every": every, "alerts_every": alerts_every}
        return Sources(self.store, self.locks, self.metrics(), self.repository(), self.alerts(), **watched)


@asynccontextmanager
async def world(config: Config, read_only: bool = False) -> AsyncIterator[World]:
    """The world of `config`, closed again at the end. With `read_only` nothing in it can write; where there is no
    store yet, an empty one is made, for there is nothing to protect."""
    opened = World.open(config, read_only and config.resolve(config.store.path).exists())
    try:
        yield opened
    finally:
        await opened.store.close()


async def look(world: World, with_main: bool = False) -> Snapshot:
    """One look at everything the store knows, and at main where asked. Raises `Failed`."""
    snapshot = await gather(Snapshot(world.config.policy, clock()), Sources(world.store, world.locks), clock)
    if not with_main:
        return snapshot
    preview = await asyncio.to_thread(preview_main, world.repository(), snapshot.base)
    return replace(snapshot, main=Seen(preview, clock()))


def shell_desk(world: World, with_main: bool = False) -> Desk:
    """A desk that looks at the store anew for each decision."""

    async def fresh(_past: str) -> Snapshot:
        return await look(world, with_main)

    return Desk(world.store, fresh, clock)


def board_desk(world: World, board: Board) -> Desk:
    """A desk that decides on the board's picture, which feeds keep true."""

    return Desk(world.store, board.past, clock)


async def run_engine(config: Config) -> None:
    """Follow the world and work in it until cancelled."""
    async with world(config) as outside:
        board = Board(config.policy, clock)
        holder = f"{who()}:{os.getpid()}"
        engine = Engine(board, outside.store, outside.locks, outside.hands(), clock, holder)
        sources = Sources(outside.store, outside.locks, outside.metrics(), scrape_every=config.metrics.every)
        async with asyncio.TaskGroup() as group:
            group.create_task(follow(board, sources, clock))
            group.create_task(engine.run())


async def run_agent(config: Config, host: str, tier: str, folder: Path, url: str) -> None:
    """Keep one host at its tier's target until cancelled."""
    from cockpit.agent.loop import Agent
    from cockpit.agent.settings import AgentSettings, HookSettings

    has = config.agent
    hooks = HookSettings(
        drain=has.drain,
        inflight=has.inflight,
        reload=has.reload,
        health=has.health,
        undrain=has.undrain,
        timeout=has.timeout,
        drain_least=has.drain_least,
        drain_most=has.drain_most,
        health_most=has.health_most,
    )
    settings = AgentSettings(host=host, tier=tier, folder=folder, url=url, hooks=hooks, heartbeat=has.heartbeat)
    async with world(config) as outside:
        agent = Agent(settings, outside.store, outside.artifacts(), LocalCommands(), clock)
        await agent.run(asyncio.Event())


def run_screen(config: Config, watch: bool, also: Also | None = None, opening: str = "") -> int:
    """The screen until it is left, by its key or by a signal. Raises `Failed` where there is no terminal for it."""
    from cockpit.tui.terminal import refuse_terminal

    talks = sys.stdin.isatty() and sys.__stderr__ is not None and sys.__stderr__.isatty()
    if refused := refuse_terminal(os.environ, talks):
        raise Failed("terminal", refused)
    with screen(config, watch, also, opening) as (app, _):
        app.run(mouse=config.screen.mouse)
        return app.return_code or 0


@contextmanager
def screen(
    config: Config, watch: bool, also: Also | None = None, opening: str = ""
) -> "Iterator[tuple[CockpitApp, Board]]":
    """The screen and its board; with an engine in a thread of its own unless it only watches.

    `also` is one more feed, for the demo's progress, and `opening` what it is at when the first frame is painted. The
    engine has its own event loop: a terminal that stops reading blocks the screen's, and a release must go on all
    the same.
    """
    from cockpit.tui.app import CockpitApp

    board = Board(config.policy, clock)
    board.put(opening=Seen(opening, clock()))
    outside = World.open(config, read_only=watch)

    async def background() -> None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, app.exit)
        try:
            async with asyncio.TaskGroup() as group:
                sources = outside.sources()
                group.create_task(follow(board, replace(sources, repository=None) if watch else sources, clock))
                if also:
                    group.create_task(also(board))
        finally:
            await outside.store.close()

    desk = None if watch else board_desk(outside, board)
    app = CockpitApp(board, desk, who(), screen_settings(config), background)
    with nullcontext() if watch else _engine_thread(config):
        yield app, board


def screen_settings(config: Config) -> "ScreenSettings":
    """How the screen looks."""
    from cockpit.tui.settings import ScreenSettings

    own = (config.resolve(config.screen.themes),) if config.screen.themes else ()
    return ScreenSettings(
        theme=config.screen.theme, themes=(shared("themes"), *own), keys=config.screen.keys, title=config.app
    )


def shared(name: str) -> Path:
    """A file or folder that comes with cockpit: beside the package in a checkout, inside it once installed."""
    package = Path(__file__).parent
    installed = package / "share" / name
    return installed if installed.exists() else package.parent / name


@contextmanager
def _engine_thread(config: Config) -> Iterator[None]:
    loop = asyncio.new_event_loop()
    task = loop.create_task(run_engine(config))

    def work() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.close()

    thread = threading.Thread(target=work, name="engine")
    thread.start()
    try:
        yield
    finally:
        with suppress(RuntimeError):  # the loop is closed already: the engine has ended by itself
            loop.call_soon_threadsafe(task.cancel)
        thread.join()


def check_theme(config: Config) -> str:
    """The theme's name, once every theme has been read whole. Raises `Failed`."""
    from cockpit.tui.themes import load_themes

    settings = screen_settings(config)
    found = load_themes(settings.themes)
    if settings.theme not in found:
        raise Failed("theme", f"there is no {settings.theme}", f"choose one of {', '.join(sorted(found))}")
    return f"{settings.theme}, of {', '.join(sorted(found))}"
