"""The screen as a Textual application: it follows the board and shows it, and decides nothing itself.

Keys that command go to `CommandDialogue`, keys that open a page to `Navigation`.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any

from rich.text import Text

from cockpit.control.board import Board
from cockpit.control.command_table import refusal_reason
from cockpit.control.conflict_resolver import ConflictResolver
from cockpit.control.dispatcher import Dispatcher
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean
from cockpit.ports import Failed
from cockpit.tui import key_hints
from cockpit.tui.alarms import Alarms
from cockpit.tui.command_palette import CommandProvider, PaletteEntry
from cockpit.tui.commands.copy import CopyActions, pull_reference, pull_url
from cockpit.tui.commands.dialogue import CommandDialogue, show_notice
from cockpit.tui.dashboard import Dashboard
from cockpit.tui.key_bindings import (
    PANEL_KEYS,
    SCREEN_KEYS,
    commands_with_keys,
    key_from_shown,
    key_of,
    key_problems,
    textual_key,
)
from cockpit.tui.notice import Notice
from cockpit.tui.pages.arrival import Arrival, HandoffPage
from cockpit.tui.pages.navigation import Navigation
from cockpit.tui.pages.page import Page
from cockpit.tui.screen_settings import ScreenSettings
from cockpit.tui.terminal.bell import Bell
from cockpit.tui.terminal.display import CellDiffApp
from cockpit.tui.theme.textual_theme import Palette, palette, textual_theme, usable_themes
from cockpit.tui.theme.theme_file import InvalidTheme, load_themes
from cockpit.tui.widgets.key_line import KeyLine
from cockpit.tui.widgets.panel import Panel
from cockpit.views import key_help

MIN_FRAME_INTERVAL = 0.25
"""Seconds between two updates at least: faster ones cannot be read, and each costs bandwidth."""

BackgroundTask = Callable[[], Coroutine[Any, Any, None]]


class CockpitApp(CellDiffApp):
    """The cockpit on a terminal. Raises `Failed` for an invalid theme or clashing keys, before anything is shown."""

    COMMANDS = {CommandProvider}
    ALLOW_SELECT = False
    CSS = """
    Toast { background: $panel; color: $foreground; padding: 0 1; margin: 0; max-width: 76; }
    ToastRack { align: right bottom; margin-bottom: 2; }
    CommandPalette #--input { border: hkey $border; }
    CommandPalette #--input.--list-visible { border-bottom: none; }
    CommandPalette CommandList { border-bottom: hkey $border; }
    CommandPalette LoadingIndicator, CommandPalette SearchIcon { display: none; }
    """

    def __init__(
        self,
        board: Board,
        dispatcher: Dispatcher | None,
        user: str,
        settings: ScreenSettings,
        background: BackgroundTask | None = None,
    ) -> None:
        super().__init__()
        if problems := key_problems(settings.keys):
            raise Failed("screen keys", "; ".join(problems), "correct [screen.keys] in the config")
        self.title = settings.title
        self.writes_frames = settings.frugal or settings.few_glyphs
        self.few_glyphs = settings.few_glyphs
        self._board = board
        self._user = user
        self._settings = settings
        self._background = background
        self._background_task: asyncio.Task[None] | None = None
        self._commands = commands_with_keys(settings.keys) if dispatcher else ()
        self._alarms, self._arrival = Alarms(user), Arrival(user, commands=dispatcher is not None)
        self._bell = Bell(settings.title, settings.env, settings.notices)
        themes = load_themes(settings.themes)
        if settings.theme not in themes:
            raise InvalidTheme(f"theme {settings.theme}", "not found", f"choose one of {', '.join(sorted(themes))}")
        self._themes = usable_themes(themes, settings.theme, settings.colours)
        for theme in self._themes.values():
            self.register_theme(textual_theme(theme))
        self.theme = settings.theme if settings.theme in self._themes else next(iter(self._themes))
        self._palette: Palette = palette(self._themes[self.theme])
        self.dialogue = CommandDialogue(self, board, dispatcher, lambda: self._palette) if dispatcher else None
        """None on a read-only screen, which has no commands."""
        self.copy_actions = CopyActions(self)
        self.navigation = Navigation(self, board, lambda: self._palette, self.copy_actions, settings.keys)
        self.dashboard = Dashboard(self._palette, board.look(), user, watching=dispatcher is None)
        self._bind_keys()

    def use_resolver(self, resolver: ConflictResolver) -> None:
        """Resolve conflicts of reverts with this."""
        if self.dialogue:
            self.dialogue.resolver = resolver

    def get_default_screen(self) -> Dashboard:
        """The dashboard."""
        return self.dashboard

    def on_mount(self) -> None:
        """Paint the first frame; load everything else after it."""
        self.app_suspend_signal.subscribe(self, lambda _: self.reset_style(), immediate=True)
        self.app_resume_signal.subscribe(self, lambda _: self.invalidate_screen())
        self._paint(self._board.look())
        self._bell.watch_focus(self)
        self.call_after_refresh(self._begin)

    async def on_unmount(self) -> None:
        """Cancel the background task, wait for it and reset the terminal's style."""
        if self._background_task:
            self._background_task.cancel()
            await asyncio.gather(self._background_task, return_exceptions=True)
        self.reset_style()

    def entries(self) -> Iterator[PaletteEntry]:
        """Yield the entries of the command palette."""
        snapshot = self._board.look()
        for command in self._commands:
            reason = refusal_reason(command, snapshot, self._request)
            help_text = f"{command.help} Not now: {reason}" if reason else command.help
            yield command.title, help_text, partial(self.action_command, command.verb)
        for row in SCREEN_KEYS:
            if row.name != "palette":
                yield row.name.replace("-", " "), row.help, partial(self.run_action, row.action)

    def action_command(self, verb: str) -> None:
        """Give the command of that verb."""
        if self.dialogue:
            self.dialogue.run(verb, self._request)

    def action_copy(self) -> None:
        """Copy the selected PR's URL, or the row under the cursor."""
        pull = self.dashboard.pull if self.dashboard.query_one("#pulls").has_focus else None
        self.copy_actions.copy(pull_reference(pull, self._board.snapshot) if pull else self.dashboard.text_at_cursor)

    def action_open_url(self) -> None:
        """Open the selected PR at its forge."""
        self.copy_actions.open(pull_url(self.dashboard.pull, self._board.snapshot) if self.dashboard.pull else "")

    def action_page(self, name: str) -> None:
        """Open a page of the catalogue."""
        self.navigation.page(name)

    def action_whereis(self) -> None:
        """Open the page that locates the selected PR."""
        if pull := self.dashboard.pull:
            self.navigation.whereis(pull)

    def action_history(self) -> None:
        """Open the page of past releases."""
        self.navigation.releases()

    def action_open_handoff(self) -> None:
        """Open the handoff."""
        self.push_screen(
            HandoffPage(self._palette, self._board, self._user, self.action_command if self.dialogue else None)
        )

    def action_help(self) -> None:
        """Open the page of all keys."""
        self.navigation.keys(lambda: key_hints.help_sections(self._hints(self._board.snapshot), self._screen_hints()))

    def action_theme(self) -> None:
        """Switch to the next theme."""
        names = sorted(self._themes)
        self.theme = names[(names.index(self.theme) + 1) % len(names)]
        self._palette = palette(self._themes[self.theme])
        for screen in self.screen_stack:
            if isinstance(screen, Dashboard | Page):
                screen.apply_palette(self._palette)
        show_notice(self, Notice(f"theme: {self.theme}"))

    def on_panel_chosen(self, message: Panel.Chosen) -> None:
        """Open the row on which Enter was pressed."""
        match message.panel.id:
            case "pulls" if pull := self.dashboard.pull:
                self.navigation.pull(pull)
            case "log":
                self.navigation.events()
            case "tiers":
                self.navigation.page("details")

    def on_key_line_pressed(self, message: KeyLine.Pressed) -> None:
        """Treat a click on a key hint as that key."""
        self.simulate_key(textual_key(key_from_shown(message.key)))

    @property
    def _request(self) -> CommandRequest:
        pull = self.dashboard.pull
        return CommandRequest(self._user, pull=pull.number, change=pull.change) if pull else CommandRequest(self._user)

    def _bind_keys(self) -> None:
        for command in self._commands:
            self.bind(textual_key(key_of(command.verb, self._settings.keys)), f"command('{command.verb}')")
        for row in SCREEN_KEYS:
            self.bind(textual_key(key_of(row.name, self._settings.keys)), row.action)
        for number, name in enumerate(PANEL_KEYS, 1):
            self.bind(str(number), f"screen.panel('{name}')")
        self.bind("left", "screen.tier(-1)")
        self.bind("right", "screen.tier(1)")
        self.bind("ctrl+c", "quit")

    def _begin(self) -> None:
        self.run_worker(self._follow(), group="feeds")
        self.run_worker(self._load_raster(), group="feeds")
        if self._background:
            self._background_task = asyncio.create_task(self._run_background(self._background))

    async def _follow(self) -> None:
        async for snapshot in self._board.changes(at_least_every=1.0):
            self.fit_terminal()
            self._paint(snapshot)
            if page := self._arrival.next_page(self, snapshot):
                await self.run_action(page)
            await asyncio.sleep(MIN_FRAME_INTERVAL)

    async def _load_raster(self) -> None:
        from cockpit.tui.widgets.braille import raster

        self.dashboard.use_raster(raster)

    async def _run_background(self, background: BackgroundTask) -> None:
        """Run the background task. If it fails, end the app: the screen would show stale data."""
        try:
            await background()
        except Exception as error:
            while isinstance(error, ExceptionGroup):
                error = error.exceptions[0]
            message = str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
            self.exit(return_code=3, message=Text(clean(f"cockpit: {message}")))

    def _paint(self, snapshot: Snapshot) -> None:
        self.dashboard.set_hints(self._hints(snapshot), self._screen_hints(footer=True))
        self.dashboard.paint(snapshot)
        if isinstance(self.screen, Page):
            self.screen.redraw()
        for alarm in self._alarms.new_alarms(snapshot, commands=self.dialogue is not None):
            self._bell.ring(self, alarm.message)
            if alarm.notice:
                show_notice(self, alarm.notice)

    def _screen_hints(self, footer: bool = False) -> tuple[key_help.Hint, ...]:
        return key_hints.screen_hints(self._settings.keys, footer)

    def _hints(self, snapshot: Snapshot) -> tuple[key_help.Hint, ...]:
        return key_hints.command_hints(self._commands, snapshot, self._request, self._settings.keys)
