"""The screen and what runs behind it."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cockpit.adapters.browser import Browser
from cockpit.config import Config
from cockpit.control.board import Board
from cockpit.control.dispatcher import Dispatcher
from cockpit.control.feeds import follow, unbroken
from cockpit.control.last_look import follow_looks
from cockpit.deploy.schedule.presence import Sign
from cockpit.deploy.snapshot import Seen
from cockpit.ports import Failed
from cockpit.wiring.background import Background
from cockpit.wiring.context import Context
from cockpit.wiring.systems import changes, clock, looks, resolver, who, zone_here

if TYPE_CHECKING:
    from cockpit.tui.app import CockpitApp
    from cockpit.tui.screen_settings import ScreenSettings

IN_BROWSER = "TEXTUAL_DRIVER"
"""The variable by which textual-serve names the driver of a screen that it shows in a browser."""

Also = Callable[[Board], Coroutine[Any, Any, None]]


def run_screen(config: Config, watch: bool, also: Also | None = None, opening: str = "") -> int:
    """The screen until it is left, by its key or by a signal. Raises `Failed` where there is no terminal for it."""
    if not (watch and IN_BROWSER in os.environ):
        on_terminal()
    with screen(config, watch, also, opening) as (app, _):
        app.run(mouse=config.screen.mouse)
        return app.return_code or 0


def on_terminal() -> None:
    """Raises `Failed` where there is no terminal for the screen."""
    from cockpit.tui.terminal.capabilities import refuse_terminal

    talks = sys.stdin.isatty() and sys.__stderr__ is not None and sys.__stderr__.isatty()
    if refused := refuse_terminal(os.environ, talks):
        raise Failed("terminal", refused)


def serve_watch(config: Config, host: str, port: int, public_url: str) -> int:
    """The read-only screen for browsers, until it is told to end. Raises `Failed` where it cannot be served there."""
    from cockpit.tui.web.server import WatchServer, is_loopback

    if public_url and not public_url.startswith(("http://", "https://")):
        raise Failed("watch --web", f"{public_url} is no address of a page", "it begins with http:// or https://")
    if not public_url and not is_loopback(host):
        raise Failed("watch --web", f"{host} is not this machine alone", "say by --public-url how browsers reach it")
    command = (sys.executable, "-m", "cockpit", "watch", "--config", str(config.path))
    shown = f"[{host}]" if ":" in host else host
    server = WatchServer(command, host, port, f"{config.app} · cockpit", public_url or f"http://{shown}:{port}")
    try:
        server.serve()
    except OSError as refused:
        raise Failed("watch --web", str(refused), "choose another --host or --port") from refused
    return 0


@contextmanager
def screen(
    config: Config, watch: bool, also: Also | None = None, opening: str = ""
) -> "Iterator[tuple[CockpitApp, Board]]":
    """The screen and its board; with the engine and the commander's seat backstage unless it only watches.

    `also` is one more feed, for the demo's progress, and `opening` what it is at when the first frame is painted.
    """
    from cockpit.tui.app import CockpitApp

    board = Board(config.policy, clock)
    board.put(opening=Seen(opening, clock()), zone=zone_here(config))
    outside = Context.open(config, read_only=watch)
    behind = None if watch else Background(config)

    def cut_off() -> None:
        if behind:
            behind.ending = Sign.LOST
        app.exit()

    async def background() -> None:
        if behind:
            behind.tell(asyncio.get_running_loop(), board)
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, cut_off)
        try:
            async with asyncio.TaskGroup() as group:
                sources = outside.sources()
                group.create_task(follow(board, replace(sources, repository=None) if watch else sources, clock))
                seen = looks(config, watch)
                group.create_task(unbroken(board, "looked", lambda: follow_looks(board, seen, clock)))
                if also:
                    group.create_task(also(board))
        finally:
            await outside.store.close()

    desk = Dispatcher(outside.store, board.past, clock, behind, stays=True) if behind else None
    app = CockpitApp(board, desk, who(), screen_settings(config), background)
    app.reading.show = changes(config)
    if IN_BROWSER not in os.environ:  # else it would open beside the server, not beside the person
        app.taking.browse = Browser(os.environ).open
    if not watch:
        app.resolve_with(resolver(config))
    with ExitStack() as ends:
        if behind:
            ends.enter_context(behind.running())
        yield app, board


def screen_settings(config: Config) -> "ScreenSettings":
    """How the screen looks."""
    from cockpit.tui.screen_settings import ScreenSettings
    from cockpit.tui.terminal.capabilities import colours, few_glyphs

    own = (config.resolve(config.screen.themes),) if config.screen.themes else ()
    return ScreenSettings(
        theme=config.screen.theme,
        themes=(shared("themes"), *own),
        keys=config.screen.keys,
        title=config.app,
        frugal=config.screen.frugal,
        colours=colours(os.environ),
        few_glyphs=few_glyphs(os.environ),
        notices=config.screen.notices,
        env=os.environ,
    )


def shared(name: str) -> Path:
    """A file or folder that comes with cockpit: beside the package in a checkout, inside it once installed."""
    package = Path(__file__).parents[1]
    installed = package / "share" / name
    return installed if installed.exists() else package.parent / name


def check_theme(config: Config) -> str:
    """The theme's name, once every theme has been read whole. Raises `Failed`."""
    from cockpit.tui.theme.theme_file import load_themes

    settings = screen_settings(config)
    found = load_themes(settings.themes)
    if settings.theme not in found:
        raise Failed("theme", f"there is no {settings.theme}", f"choose one of {', '.join(sorted(found))}")
    return f"{settings.theme}, of {', '.join(sorted(found))}"
