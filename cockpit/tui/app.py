"""The screen as an application: it follows the board, asks the desk, and shows; it decides nothing itself.

What goes from a key to the desk is `giving`, what a key opens to read is `reading`.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any

from rich.text import Text

from cockpit.control.board import Board
from cockpit.control.command_table import refusal
from cockpit.control.conflict_resolver import ConflictResolver
from cockpit.control.dispatcher import Dispatcher
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean
from cockpit.ports import Failed
from cockpit.tui import key_hints
from cockpit.tui.alarms import Alarms
from cockpit.tui.commands.copy import CopyActions, address, said
from cockpit.tui.commands.dialogue import CommandDialogue, tell
from cockpit.tui.dashboard import Dashboard
from cockpit.tui.key_bindings import PANEL_KEYS, SCREEN_KEYS, key_of, key_problems, keyed, shown_as, spelled
from cockpit.tui.notice import Notice
from cockpit.tui.pages.arrival import Arrival, HandoffPage
from cockpit.tui.pages.navigation import Navigation
from cockpit.tui.pages.page import Page
from cockpit.tui.palette import CommandProvider, Entry
from cockpit.tui.screen_settings import ScreenSettings
from cockpit.tui.terminal.bell import Bell
from cockpit.tui.terminal.display import CellDiffApp
from cockpit.tui.theme.textual_theme import Palette, fitting, palette, textual_theme
from cockpit.tui.theme.theme_file import ThemeFault, load_themes
from cockpit.tui.widgets.key_line import KeyLine
from cockpit.tui.widgets.panel import Panel
from cockpit.views import key_help

BETWEEN_FRAMES = 0.25
"""Seconds between two updates at least: more often nobody can read, and every one costs the line."""

Background = Callable[[], Coroutine[Any, Any, None]]


class CockpitApp(CellDiffApp):
    """The cockpit on a terminal. Raises `Failed` on a broken theme or keys that clash, before anything is shown."""

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
        desk: Dispatcher | None,
        who: str,
        look: ScreenSettings,
        background: Background | None = None,
    ) -> None:
        super().__init__()
        if wrong := key_problems(look.keys):
            raise Failed("keys of the screen", "; ".join(wrong), "put [screen.keys] of the config right")
        self.title = look.title
        self.frugal = look.frugal or look.few_glyphs
        self.few_glyphs = look.few_glyphs
        self._board = board
        self._who = who
        self._look = look
        self._background = background
        self._behind: asyncio.Task[None] | None = None
        self._commands = keyed(look.keys) if desk else ()
        self._alarms, self._arrival = Alarms(who), Arrival(who, commands=desk is not None)
        self._ringing = Bell(look.title, look.env, look.notices)
        found = load_themes(look.themes)
        if look.theme not in found:
            raise ThemeFault(f"theme {look.theme}", f"is not there; there are {', '.join(sorted(found))}")
        self._themes = fitting(found, look.theme, look.colours)
        for theme in self._themes.values():
            self.register_theme(textual_theme(theme))
        self.theme = look.theme if look.theme in self._themes else next(iter(self._themes))
        self._palette: Palette = palette(self._themes[self.theme])
        self.giving = CommandDialogue(self, board, desk, lambda: self._palette) if desk else None
        """None for watchers: they have no commands."""
        self.taking = CopyActions(self)
        self.reading = Navigation(self, board, lambda: self._palette, self.taking, look.keys)
        self.deck = Dashboard(self._palette, board.look(), who, watching=desk is None)
        self._bind_keys()

    def resolve_with(self, resolver: ConflictResolver) -> None:
        """What conflicts are resolved with from now on."""
        if self.giving:
            self.giving.resolver = resolver

    def get_default_screen(self) -> Dashboard:
        """The one screen."""
        return self.deck

    def on_mount(self) -> None:
        """Paint at once; everything else comes after the first frame."""
        self.app_suspend_signal.subscribe(self, lambda _: self.let_go_of_screen(), immediate=True)
        self.app_resume_signal.subscribe(self, lambda _: self.forget_screen())
        self._paint(self._board.look())
        self._ringing.listen(self)
        self.call_after_refresh(self._begin)

    async def on_unmount(self) -> None:
        """Let what runs behind the screen end in peace."""
        if self._behind:
            self._behind.cancel()
            await asyncio.gather(self._behind, return_exceptions=True)
        self.let_go_of_screen()

    def entries(self) -> Iterator[Entry]:
        """What the palette offers."""
        snapshot = self._board.look()
        for command in self._commands:
            no = refusal(command, snapshot, self._ask)
            words = f"{command.help} Not now: {no}" if no else command.help
            yield command.title, words, partial(self.action_command, command.verb)
        for row in SCREEN_KEYS:
            if row.name != "palette":
                yield row.name.replace("-", " "), row.help, partial(self.run_action, row.action)

    def action_command(self, verb: str) -> None:
        """Give a command."""
        if self.giving:
            self.giving.give(verb, self._ask)

    def action_copy(self) -> None:
        """The PR's address, or what stands under the cursor."""
        pull = self.deck.pull if self.deck.query_one("#pulls").has_focus else None
        self.taking.copy(said(pull, self._board.snapshot) if pull else self.deck.text_at_cursor)

    def action_open_url(self) -> None:
        """The PR under the cursor at its forge."""
        self.taking.open(address(self.deck.pull, self._board.snapshot) if self.deck.pull else "")

    def action_page(self, name: str) -> None:
        """A page of the catalogue."""
        self.reading.page(name)

    def action_whereis(self) -> None:
        """Where the PR under the cursor is."""
        if pull := self.deck.pull:
            self.reading.whereis(pull)

    def action_history(self) -> None:
        """Past releases."""
        self.reading.releases()

    def action_hand_off(self) -> None:
        """The hand-off card."""
        self.push_screen(
            HandoffPage(self._palette, self._board, self._who, self.action_command if self.giving else None)
        )

    def action_help(self) -> None:
        """Every key."""
        self.reading.keys(lambda: key_hints.rooms(self._hints(self._board.snapshot), self._screen_hints()))

    def action_theme(self) -> None:
        """The next theme."""
        names = sorted(self._themes)
        self.theme = names[(names.index(self.theme) + 1) % len(names)]
        self._palette = palette(self._themes[self.theme])
        for screen in self.screen_stack:
            if isinstance(screen, Dashboard | Page):
                screen.wear(self._palette)
        tell(self, Notice(f"theme: {self.theme}"))

    def on_panel_chosen(self, message: Panel.Chosen) -> None:
        """Enter in a panel opens the row under the cursor."""
        match message.listing.id:
            case "pulls" if pull := self.deck.pull:
                self.reading.pull(pull)
            case "log":
                self.reading.events()
            case "tiers":
                self.reading.page("details")

    def on_key_line_pressed(self, message: KeyLine.Pressed) -> None:
        """A click on a key is its key."""
        self.simulate_key(spelled(shown_as(message.key)))

    @property
    def _ask(self) -> CommandRequest:
        pull = self.deck.pull
        return CommandRequest(self._who, pull=pull.number, change=pull.change) if pull else CommandRequest(self._who)

    def _bind_keys(self) -> None:
        for command in self._commands:
            self.bind(spelled(key_of(command.verb, self._look.keys)), f"command('{command.verb}')")
        for row in SCREEN_KEYS:
            self.bind(spelled(key_of(row.name, self._look.keys)), row.action)
        for number, name in enumerate(PANEL_KEYS, 1):
            self.bind(str(number), f"screen.panel('{name}')")
        self.bind("left", "screen.tier(-1)")
        self.bind("right", "screen.tier(1)")
        self.bind("ctrl+c", "quit")

    def _begin(self) -> None:
        self.run_worker(self._follow(), group="feeds")
        self.run_worker(self._load_raster(), group="feeds")
        if self._background:
            self._behind = asyncio.create_task(self._run_behind(self._background))

    async def _follow(self) -> None:
        async for snapshot in self._board.changes(at_least_every=1.0):
            self.fit_terminal()
            self._paint(snapshot)
            if page := self._arrival.opens(self, snapshot):
                await self.run_action(page)
            await asyncio.sleep(BETWEEN_FRAMES)

    async def _load_raster(self) -> None:
        from cockpit.tui.widgets.braille import raster

        self.deck.draw_with(raster)

    async def _run_behind(self, background: Background) -> None:
        """What runs behind the screen; when it breaks, the screen would show a picture that nobody keeps true."""
        try:
            await background()
        except Exception as broken:
            while isinstance(broken, ExceptionGroup):
                broken = broken.exceptions[0]
            words = str(broken) if isinstance(broken, Failed) else f"{type(broken).__name__}: {broken}"
            self.exit(return_code=3, message=Text(clean(f"cockpit: {words}")))

    def _paint(self, snapshot: Snapshot) -> None:
        self.deck.hint(self._hints(snapshot), self._screen_hints(footer=True))
        self.deck.paint(snapshot)
        if isinstance(self.screen, Page):
            self.screen.redraw()
        for alarm in self._alarms.heard(snapshot, commands=self.giving is not None):
            self._ringing.ring(self, alarm.words)
            if alarm.notice:
                tell(self, alarm.notice)

    def _screen_hints(self, footer: bool = False) -> tuple[key_help.Hint, ...]:
        return key_hints.screen_hints(self._look.keys, footer)

    def _hints(self, snapshot: Snapshot) -> tuple[key_help.Hint, ...]:
        return key_hints.command_hints(self._commands, snapshot, self._ask, self._look.keys)
