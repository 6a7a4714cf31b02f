"""The one screen: panels placed by the size of the terminal, each painted from its view of the snapshot."""

from functools import partial

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen

from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import plural
from cockpit.deploy.tiers import Audience
from cockpit.tui.key_bindings import PANEL_KEYS
from cockpit.tui.layout import CHARTS, PANELS, Arrangement, Box, arrange
from cockpit.tui.theme.textual_theme import Palette
from cockpit.tui.widgets.error_chart import ErrorChart, Raster
from cockpit.tui.widgets.key_line import KeyLine
from cockpit.tui.widgets.lines import Lines
from cockpit.tui.widgets.panel import Panel
from cockpit.views import chart, event_log, headline, key_help, pulls, startup, tiers, timeline
from cockpit.views.rows import EMPTY, Line, Span, Tone, rule

PARTS = {*PANELS, "opening", *(f"chart-{number}" for number in range(1, CHARTS))}


class Dashboard(Screen[None]):
    """What the commander looks at."""

    AUTO_FOCUS = "#pulls"
    DEFAULT_CSS = """
    Dashboard { layout: vertical; overflow: hidden; background: $background; }
    Dashboard Lines { position: absolute; background: $background; }
    """

    def __init__(self, palette: Palette, snapshot: Snapshot, who: str, watching: bool) -> None:
        super().__init__(id="deck")
        self._palette = palette
        self._snapshot = snapshot
        self._who = who
        self._watching = watching
        self._commands: tuple[key_help.Hint, ...] = ()
        self._others: tuple[key_help.Hint, ...] = ()
        self._chosen = ""
        self._zoom = chart.ZOOMS[0]
        self._pulls: dict[str, PullRequest] = {}
        self._placed: tuple[object, ...] = ()
        self._alone = ""
        """The panel that has the screen to itself; empty where they share it."""

    def compose(self) -> ComposeResult:
        """Every panel, where it stands in the order of Tab."""
        wear = self._palette
        yield Lines(wear, id="headline")
        yield Lines(wear, id="timeline")
        yield Panel(wear, id="tiers")
        yield Panel(wear, id="pulls")
        yield ErrorChart(wear, id="chart")
        for number in range(1, CHARTS):
            yield ErrorChart(wear, id=f"chart-{number}", focusable=False)
        yield Panel(wear, id="log")
        yield Lines(wear, id="opening")
        yield KeyLine(wear, id="footer")

    @property
    def pull(self) -> PullRequest | None:
        """The PR under the cursor."""
        listing = next(iter(self.query("#pulls").results(Panel)), None)  # gone already while the screen is left
        return self._pulls.get(listing.name_at_cursor) if listing else None

    @property
    def drawn(self) -> bool:
        """Whether the chart can be drawn yet: its lines come after the first frame."""
        return self.query_one("#chart", ErrorChart).draws

    @property
    def text_at_cursor(self) -> str:
        """The row under the cursor of the list that has the keys."""
        return self.focused.text_at_cursor if isinstance(self.focused, Panel) else ""

    def hint(self, commands: tuple[key_help.Hint, ...], others: tuple[key_help.Hint, ...]) -> None:
        """What the footer says from the next paint on."""
        self._commands, self._others = commands, others

    def draw_with(self, raster: Raster) -> None:
        """What draws the chart's lines."""
        for drawing in self.query(ErrorChart):
            drawing.draw_with(raster)

    def wear(self, palette: Palette) -> None:
        """Another theme."""
        self._palette = palette
        for widget in self.query(Lines):
            widget.wear(palette)

    def action_tier(self, by: int) -> None:
        """Show the chart of the tier `by` places further."""
        names = [tier.name for tier in self._snapshot.policy.tiers]
        now = chart.focus(self._snapshot, self._chosen)
        if now in names:
            self._chosen = names[(names.index(now) + by) % len(names)]
            self.paint(self._snapshot)

    def action_maximise(self) -> None:
        """Give the panel with the keys all the room, or give it back to all."""
        panel = self.focused.id if self.focused and self.focused.id else ""
        self._alone = "" if self._alone else panel if panel in PANEL_KEYS else ""
        self.paint(self._snapshot)

    def action_panel(self, panel: str) -> None:
        """Give a panel the keys; where another one has the screen to itself, it comes in its place."""
        if self._alone:
            self._alone = panel
            self.paint(self._snapshot)
        self.query_one(f"#{panel}").focus()

    def action_zoom(self) -> None:
        """Show the next length of time in the chart."""
        self._zoom = chart.ZOOMS[(chart.ZOOMS.index(self._zoom) + 1) % len(chart.ZOOMS)]
        self.paint(self._snapshot)

    def on_panel_moved(self, message: Panel.Moved) -> None:
        """Moving among the tiers chooses the chart's."""
        if message.listing.id == "tiers":
            self._chosen = message.name
            self.paint(self._snapshot)

    def on_resize(self, event: events.Resize) -> None:
        """Another size, another arrangement."""
        self.paint(self._snapshot)

    def paint(self, snapshot: Snapshot) -> None:
        """Show this picture; what is as it was is left alone."""
        self._snapshot = snapshot
        width, height = self.app.size
        if not (self._whole and width and height):
            return
        places = _arrange(snapshot, width, height)
        if self._alone:
            places = places.alone(self._alone)
        self._place(places, bool(snapshot.opening.value))
        top = headline.headline(snapshot, width, self._who, self._watching)
        self.query_one("#headline", Lines).show(top)
        feet = key_help.footer(self._commands, self._others, width)
        if not self._commands:
            feet = (EMPTY, feet[1]) if places.footer.height > 1 else (feet[1], EMPTY)
        self.query_one("#footer", Lines).show(feet[: places.footer.height])
        if snapshot.opening.value:
            room = _between(places)
            self.query_one("#opening", Lines).show(startup.opening(snapshot, room.width, room.height))
        else:
            self._panels(snapshot, places)

    @property
    def _whole(self) -> bool:
        """Whether all panels are there: not yet before the first frame, and no longer while the screen is left."""
        return self.is_mounted and {child.id for child in self.children} >= PARTS

    def _panels(self, snapshot: Snapshot, places: Arrangement) -> None:
        self.query_one("#timeline", Lines).show(timeline.timeline(snapshot, places.timeline.width, places.roomy))
        rows = tiers.tiers(snapshot, places.tiers.inside, places.roomy)
        listing = self.query_one("#tiers", Panel)
        head = tiers.heading(snapshot, places.tiers.width, places.roomy)
        listing.fill(head, tuple(line for _, line in rows), tuple(name for name, _ in rows))
        tier = chart.focus(snapshot, self._chosen)
        listing.point(tier)
        if places.chart.width:
            for number, name in enumerate(chart.beside(snapshot, tier, 1 + len(places.more))):
                where = f"#chart-{number}" if number else "#chart"
                self.query_one(where, ErrorChart).plot(chart.chart(snapshot, name, self._zoom))
        self._fill_pulls(snapshot, places.pulls)
        self._fill_log(snapshot, places.log)

    def _fill_pulls(self, snapshot: Snapshot, box: Box) -> None:
        title, shown = pulls.shown(snapshot)
        release = snapshot.open
        gone = len(release.gone) if release else 0
        right: Line = (Span(f"{gone} reverted", Tone.WAITING), Span(" of ", Tone.DIM)) if gone else ()
        head = rule(title, (*pulls.aged(snapshot), *right, Span(plural(len(shown), "PR"), Tone.DIM)), box.width)
        self._pulls = {pull.commits[-1] if pull.commits else pull.name: pull for pull in shown}
        tried, seen, suspects = snapshot.rehearsal.value, snapshot.reviews.value, snapshot.suspects.value
        rows = pulls.rows(shown, release, box.inside, tried, seen, suspects) or (pulls.NOTHING,)
        words = partial(_searched, shown) if shown else None
        self.query_one("#pulls", Panel).fill(head, rows, tuple(self._pulls) or ("",), words)

    def _fill_log(self, snapshot: Snapshot, box: Box) -> None:
        release = snapshot.latest
        right: Line = (Span(release.id, Tone.DIM),) if release else ()
        rows = event_log.latest(release, snapshot.now, box.inside)
        names = tuple(str(event.number) for event in reversed(release.events)) if release else ()
        words = partial(event_log.words, release) if release else None
        self.query_one("#log", Panel).fill(rule("EVENTS", right, box.width), rows, names, words)

    def _place(self, places: Arrangement, setting_up: bool) -> None:
        """Move the panels, if anything is to stand elsewhere than it does."""
        if self._placed == (places, setting_up):
            return
        self._placed = (places, setting_up)
        hidden = set(PANELS) - {"headline", "footer"} if setting_up else set()
        for name in PANELS:
            _put(self.query_one(f"#{name}", Lines), places.box(name), name not in hidden)
        for number in range(1, CHARTS):
            box = places.more[number - 1] if number <= len(places.more) else Box(0, 0, 0, 0)
            _put(self.query_one(f"#chart-{number}", Lines), box, not setting_up)
        _put(self.query_one("#opening", Lines), _between(places), setting_up)


def _arrange(snapshot: Snapshot, width: int, height: int) -> Arrangement:
    served = sum(tier.serves is not Audience.NOBODY for tier in snapshot.policy.tiers)
    many = len(snapshot.policy.tiers)
    return arrange(width, height, many, many + served, len(pulls.shown(snapshot)[1]), served)


def _searched(shown: tuple[PullRequest, ...]) -> tuple[str, ...]:
    """All of each PR that a filter looks through."""
    return tuple(" ".join((one.name, one.title, one.author, *one.files)) for one in shown)


def _between(places: Arrangement) -> Box:
    top, bottom = places.headline.height, places.footer.y
    return Box(0, top, places.headline.width, max(0, bottom - top))


def _put(widget: Lines, box: Box, shown: bool) -> None:
    visible = shown and box.width > 0 and box.height > 0
    widget.display = visible
    if visible:
        widget.styles.offset = (box.x, box.y)
        widget.styles.width = box.width
        widget.styles.height = box.height
