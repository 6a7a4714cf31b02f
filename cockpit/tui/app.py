"""The screen as an application: it follows the board, asks the desk, and shows; it decides nothing itself."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any

from rich.text import Text

from cockpit.control.board import Board
from cockpit.control.commands import ACTIONS, named, refusal
from cockpit.control.desk import Desk
from cockpit.control.resolving import Resolver, conflicting
from cockpit.deploy.plan import Ask, Refusal
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean
from cockpit.ports import Failed
from cockpit.tui.alarms import Alarms
from cockpit.tui.catalogue import OWN, PAGES
from cockpit.tui.commanding import Notice, Proposal, give, propose
from cockpit.tui.confirm import Confirm
from cockpit.tui.deck import Deck
from cockpit.tui.display import FrugalApp
from cockpit.tui.keys import IN_LISTS, PANEL_KEYS, SCREEN_KEYS, displayed, key_of, key_problems, spelled
from cockpit.tui.pages import Page
from cockpit.tui.palette import Entry, Everything
from cockpit.tui.settings import ScreenSettings
from cockpit.tui.skin import Palette, palette, textual_theme
from cockpit.tui.themes import ThemeFault, load_themes
from cockpit.tui.ways import find_way
from cockpit.tui.widgets.listing import Listing
from cockpit.views import history, keys, pulls

BETWEEN_FRAMES = 0.25
"""Seconds between two updates at least: more often nobody can read, and every one costs the line."""
SETTING_UP = "still setting up: wait until the fleet serves"

Background = Callable[[], Coroutine[Any, Any, None]]


class CockpitApp(FrugalApp):
    """The cockpit on a terminal. Raises `Failed` on a broken theme or keys that clash, before anything is shown."""

    COMMANDS = {Everything}
    ALLOW_SELECT = False
    resolver: Resolver | None = None
    """What conflicts are resolved with, where that is possible."""
    CSS = """
    Toast { background: $panel; color: $foreground; padding: 0 1; margin: 0; max-width: 76; }
    ToastRack { align: right bottom; margin-bottom: 2; }
    """

    def __init__(
        self, board: Board, desk: Desk | None, who: str, look: ScreenSettings, background: Background | None = None
    ) -> None:
        super().__init__()
        if wrong := key_problems(look.keys):
            raise Failed("keys of the screen", "; ".join(wrong), "put [screen.keys] of the config right")
        self.title = look.title
        self.frugal = look.frugal
        self._board = board
        self._desk = desk
        self._who = who
        self._look = look
        self._background = background
        self._behind: asyncio.Task[None] | None = None
        self._alarms = Alarms(who)
        self._themes = load_themes(look.themes)
        if look.theme not in self._themes:
            raise ThemeFault(f"theme {look.theme}", f"is not there; there are {', '.join(sorted(self._themes))}")
        for theme in self._themes.values():
            self.register_theme(textual_theme(theme))
        self.theme = look.theme
        self._palette: Palette = palette(self._themes[look.theme])
        self.deck = Deck(self._palette, board.look(), who, watching=desk is None)
        self._bind_keys()

    def get_default_screen(self) -> Deck:
        """The one screen."""
        return self.deck

    def on_mount(self) -> None:
        """Paint at once; everything else comes after the first frame."""
        self.app_resume_signal.subscribe(self, lambda _: self.forget_screen())
        self._paint(self._board.look())
        self.call_after_refresh(self._begin)

    async def on_unmount(self) -> None:
        """Let what runs behind the screen end in peace."""
        if self._behind:
            self._behind.cancel()
            await asyncio.gather(self._behind, return_exceptions=True)

    def entries(self) -> Iterator[Entry]:
        """What the palette offers."""
        snapshot = self._board.look()
        for command in ACTIONS if self._desk else ():
            no = refusal(command, snapshot, self._ask)
            words = f"{command.help} Not now: {no}" if no else command.help
            yield command.title, words, partial(self.action_command, command.verb)
        for row in SCREEN_KEYS:
            if row.name != "palette":
                yield row.name.replace("-", " "), row.help, partial(self.run_action, row.action)

    def action_command(self, verb: str) -> None:
        """Give a command: decide on the present picture at once, so that no key typed meanwhile goes astray."""
        if self._desk is None:
            return
        if self._board.snapshot.opening.value:
            self._tell(Notice(SETTING_UP, ok=False))
            return
        proposal = propose(named(verb), self._board.look(), self._ask)
        if isinstance(proposal, Refusal):
            self._tell(Notice(proposal.reason, ok=False))
        elif self.resolver and verb == "revert" and conflicting(self._board.snapshot, proposal.ask):
            self.run_worker(self._find_way(self.resolver, proposal), group="ways", exclusive=True)
        else:
            self._put_forward(proposal)

    def action_panel(self, name: str) -> None:
        """Give a panel the keys."""
        self.deck.query_one(f"#{name}").focus()

    def action_tier(self, by: int) -> None:
        """Another tier in the chart."""
        self.deck.choose_tier(by)

    def action_zoom(self) -> None:
        """Another length of time in the chart."""
        self.deck.zoom()

    def action_page(self, name: str) -> None:
        """A page of the catalogue."""
        if own := OWN.get(name):
            self.push_screen(own(self._palette, lambda: self._board.snapshot))
            return
        title, make = PAGES[name]
        self._open(title, lambda width: make(self._board.snapshot, width))

    def action_history(self) -> None:
        """Past releases."""
        self._open("RELEASES", lambda width: history.releases(self._board.snapshot, width), self._open_release)

    def action_help(self) -> None:
        """Every key."""
        self._open("KEYS", lambda width: keys.help_page(self._rooms(), width))

    def action_theme(self) -> None:
        """The next theme."""
        names = sorted(self._themes)
        self.theme = names[(names.index(self.theme) + 1) % len(names)]
        self._palette = palette(self._themes[self.theme])
        for screen in self.screen_stack:
            if isinstance(screen, Deck | Page):
                screen.wear(self._palette)
        self._tell(Notice(f"theme: {self.theme}"))

    def on_listing_chosen(self, message: Listing.Chosen) -> None:
        """Enter in a panel opens the row under the cursor."""
        snapshot = self._board.snapshot
        match message.listing.id:
            case "pulls" if pull := self.deck.pull:
                self._open("PULL REQUEST", lambda width: pulls.page(pull, self._board.snapshot, width))
            case "log" if release := snapshot.latest:
                self._open(f"EVENTS {release.id}", lambda width: history.events(release, width))
            case "tiers":
                self.action_page("details")

    @property
    def _ask(self) -> Ask:
        pull = self.deck.pull
        return Ask(self._who, pull=pull.number, change=pull.change) if pull else Ask(self._who)

    def _bind_keys(self) -> None:
        for command in ACTIONS if self._desk else ():
            self.bind(spelled(key_of(command.verb, self._look.keys)), f"command('{command.verb}')")
        for row in SCREEN_KEYS:
            self.bind(spelled(key_of(row.name, self._look.keys)), row.action)
        for number, name in enumerate(PANEL_KEYS, 1):
            self.bind(str(number), f"panel('{name}')")
        self.bind("left", "tier(-1)")
        self.bind("right", "tier(1)")
        self.bind("ctrl+c", "quit")

    def _begin(self) -> None:
        self.run_worker(self._follow(), group="feeds")
        self.run_worker(self._load_raster(), group="feeds")
        if self._background:
            self._behind = asyncio.create_task(self._run_behind(self._background))

    async def _follow(self) -> None:
        async for snapshot in self._board.changes(at_least_every=1.0):
            self._paint(snapshot)
            await asyncio.sleep(BETWEEN_FRAMES)

    async def _load_raster(self) -> None:
        from cockpit.tui.raster import raster

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
        self.deck.hint(self._hints(snapshot), self._screen_hints())
        self.deck.paint(snapshot)
        if isinstance(self.screen, Page):
            self.screen.redraw()
        if self._alarms.verdict(snapshot):
            self.bell()
        if self._desk and (notice := self._alarms.conn(snapshot)):
            self.bell()
            self._tell(notice)

    def _hints(self, snapshot: Snapshot) -> tuple[keys.Hint, ...]:
        return tuple(
            keys.Hint(
                displayed(key_of(command.verb, self._look.keys)),
                command.title,
                command.help,
                SETTING_UP if snapshot.opening.value else refusal(command, snapshot, self._ask),
            )
            for command in (ACTIONS if self._desk else ())
        )

    def _screen_hints(self) -> tuple[keys.Hint, ...]:
        return tuple(
            keys.Hint(displayed(key_of(row.name, self._look.keys)), row.title, row.help) for row in SCREEN_KEYS
        )

    def _rooms(self) -> tuple[tuple[str, tuple[keys.Hint, ...]], ...]:
        lists = tuple(keys.Hint(*row) for row in IN_LISTS)
        rooms = (("THE SCREEN", self._screen_hints()), ("LISTS AND PAGES", lists))
        commands = self._hints(self._board.snapshot)
        return (("COMMANDS", commands), *rooms) if commands else rooms

    def _put_forward(self, proposal: Proposal) -> None:
        if not proposal.asks_first:
            self._perform(proposal, "")
            return

        def answered(why: str | None) -> None:
            if why is not None:
                self._perform(proposal, why)

        overrides = proposal.ask.override and bool(proposal.gate)
        self.push_screen(Confirm(self._palette, proposal.plan, proposal.gate, overrides, proposal.changed), answered)

    def _perform(self, proposal: Proposal, why: str) -> None:
        """Effects run on the app and never push each other aside."""
        self.run_worker(self._give(proposal, why), group="effects", exclusive=False)

    async def _find_way(self, resolver: Resolver, proposal: Proposal) -> None:
        self._answer(await find_way(self, self._palette, resolver, self._board, proposal))

    async def _give(self, proposal: Proposal, why: str) -> None:
        assert self._desk is not None, "watchers have no commands"
        self._answer(await give(self._desk, proposal, why))

    def _answer(self, came: Proposal | Notice | None) -> None:
        if isinstance(came, Proposal):
            self._put_forward(came)
        elif came:
            self._tell(came)

    def _tell(self, notice: Notice) -> None:
        ok = notice.ok
        self.notify(notice.words, severity="information" if ok else "warning", timeout=4 if ok else 8, markup=False)

    def _open(self, title: str, make: Callable[[int], Any], choose: Callable[[int], None] | None = None) -> None:
        self.push_screen(Page(self._palette, title, make, choose))

    def _open_release(self, row: int) -> None:
        releases = self._board.snapshot.log.value.releases
        if row < len(releases):
            release = releases[len(releases) - 1 - row]
            self._open(f"RELEASE {release.id}", lambda width: history.events(release, width))
