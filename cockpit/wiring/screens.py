"""Open the screen in a terminal or a browser, with the threads and feeds behind it."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cockpit.adapters.browser import Browser
from cockpit.config import Config
from cockpit.control.board import Board
from cockpit.control.dispatcher import Dispatcher
from cockpit.control.feeds.feed_retry import retry_feed
from cockpit.control.feeds.feed_table import follow
from cockpit.control.feeds.last_visit_feed import follow_last_visit
from cockpit.deploy.schedule.presence import Sign
from cockpit.deploy.snapshot import Seen
from cockpit.ports import Failed
from cockpit.wiring.background import BackgroundThread
from cockpit.wiring.context import Context
from cockpit.wiring.read_only import open_for_watching, watched_last_seen, watched_sources
from cockpit.wiring.signals import on_termination
from cockpit.wiring.stores import open_store
from cockpit.wiring.systems import clock, conflict_resolver, current_user, diff_reader, last_seen, local_zone

if TYPE_CHECKING:
    from cockpit.tui.app import CockpitApp
    from cockpit.tui.screen_settings import ScreenSettings

IN_BROWSER = "TEXTUAL_DRIVER"
"""The environment variable that textual-serve sets for a screen in a browser."""

ExtraFeed = Callable[[Board], Coroutine[Any, Any, None]]


def run_screen(config: Config, watch: bool, extra_feed: ExtraFeed | None = None, startup: str = "") -> int:
    """Show the screen until the user quits or a signal ends it, and return the exit code.

    Raises `Failed` without a terminal.
    """
    if not (watch and IN_BROWSER in os.environ):
        require_terminal()
    with open_screen(config, watch, extra_feed, startup) as (app, _):
        app.run(mouse=config.screen.mouse)
        return app.return_code or 0


def require_terminal() -> None:
    """Raise `Failed` if there is no terminal that can show the screen."""
    from cockpit.tui.terminal.capabilities import refuse_terminal

    isatty = sys.stdin.isatty() and sys.__stderr__ is not None and sys.__stderr__.isatty()
    if refused := refuse_terminal(os.environ, isatty):
        raise Failed("terminal", refused)


def serve_watch(config: Config, host: str, port: int, public_url: str) -> int:
    """Serve the read-only screen to browsers until SIGTERM or Ctrl-C. Raises `Failed` for an unusable address."""
    from cockpit.tui.web.server import WatchServer, is_loopback

    if public_url and not public_url.startswith(("http://", "https://")):
        raise Failed("watch --web", f"invalid --public-url {public_url}", "start it with http:// or https://")
    if not public_url and not is_loopback(host):
        raise Failed("watch --web", f"{host} is not a loopback address", "give the URL for browsers by --public-url")
    command = (sys.executable, "-m", "cockpit", "watch", "--config", str(config.path))
    netloc = f"[{host}]" if ":" in host else host
    server = WatchServer(command, host, port, f"{config.app} · cockpit", public_url or f"http://{netloc}:{port}")
    try:
        server.serve()
    except OSError as error:
        raise Failed("watch --web", str(error), "choose another --host or --port") from error
    return 0


@contextmanager
def open_screen(
    config: Config, watch: bool, extra_feed: ExtraFeed | None = None, startup: str = ""
) -> "Iterator[tuple[CockpitApp, Board]]":
    """Create the screen and its board. Unless it only watches, run the engine and the commander lease in a thread.

    `extra_feed` is one more feed, for the demo's progress; `startup` is the progress that the first frame shows.
    """
    from cockpit.tui.app import CockpitApp

    board = Board(config.policy, clock)
    board.put(startup=Seen(startup, clock()), zone=local_zone(config))
    context = Context(config, *(open_for_watching(config, clock) if watch else open_store(config, False, clock)))
    thread = None if watch else BackgroundThread(config)

    def connection_lost() -> None:
        if thread:
            thread.sign_at_end = Sign.LOST
        app.exit()

    async def background() -> None:
        if thread:
            thread.report_to(asyncio.get_running_loop(), board)
        on_termination(connection_lost)
        try:
            async with asyncio.TaskGroup() as group:
                sources = context.sources()
                group.create_task(follow(board, watched_sources(sources) if watch else sources, clock))
                visits = watched_last_seen(config) if watch else last_seen(config)
                group.create_task(retry_feed(board, ("last_visit",), lambda: follow_last_visit(board, visits, clock)))
                if extra_feed:
                    group.create_task(extra_feed(board))
        finally:
            await context.store.close()

    dispatcher = Dispatcher(context.store, board.past, clock, thread, interactive=True) if thread else None
    app = CockpitApp(board, dispatcher, current_user(), screen_settings(config), background)
    app.navigation.read_diff = diff_reader(config)
    if IN_BROWSER not in os.environ:  # a browser would open on the server
        app.copy_actions.open_browser = Browser(os.environ).open
    if not watch:
        app.use_resolver(conflict_resolver(config))
    with ExitStack() as stack:
        if thread:
            stack.enter_context(thread.running())
        yield app, board


def screen_settings(config: Config) -> "ScreenSettings":
    """Return the settings of the screen from the config and the environment."""
    from cockpit.tui.screen_settings import ScreenSettings
    from cockpit.tui.terminal.capabilities import colours, few_glyphs

    own_folders = (config.resolve(config.screen.themes),) if config.screen.themes else ()
    return ScreenSettings(
        theme=config.screen.theme,
        themes=(shared_path("themes"), *own_folders),
        keys=config.screen.keys,
        title=config.app,
        frugal=config.screen.frugal,
        colours=colours(os.environ),
        few_glyphs=few_glyphs(os.environ),
        notices=config.screen.notices,
        env=os.environ,
    )


def shared_path(name: str) -> Path:
    """Return the path of a file that comes with cockpit: beside the package in a checkout, inside it if installed."""
    package = Path(__file__).parents[1]
    installed = package / "share" / name
    return installed if installed.exists() else package.parent / name


def check_theme(config: Config) -> str:
    """Read every theme, and return the name of the configured one and of all. Raises `Failed`."""
    from cockpit.tui.theme.theme_file import load_themes

    settings = screen_settings(config)
    themes = load_themes(settings.themes)
    if settings.theme not in themes:
        raise Failed("theme", f"{settings.theme} not found", f"choose one of {', '.join(sorted(themes))}")
    return f"{settings.theme}; available: {', '.join(sorted(themes))}"
