"""The dashboard: panels placed by the size of the terminal, each painted from its view of the snapshot.

    ┌──────────────────────────────────────────────────┐
    │ headline   commander, engine, release, verdict   │  views.headline
    ├──────────────────────────────────────────────────┤
    │ timeline   the steps of the release              │  views.timeline
    ├──────────────────────────────────────────────────┤
    │ tiers      builds, hosts and error rate per tier │  views.tiers
    ├───────────────────────────┬──────────────────────┤
    │ pulls                     │ chart                │  views.pulls, views.chart
    ├───────────────────────────┴──────────────────────┤
    │ log        the events of the release             │  views.event_log
    ├──────────────────────────────────────────────────┤
    │ footer     keys                                  │  views.key_help
    └──────────────────────────────────────────────────┘

During the demo's setup, its progress fills the space between headline and footer (views.startup).
"""

from functools import partial

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen

from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import plural
from cockpit.deploy.tiers import Audience
from cockpit.tui.key_bindings import PANEL_KEYS
from cockpit.tui.layout import MAX_CHARTS, PANELS, Arrangement, Box, arrange
from cockpit.tui.theme.textual_theme import Palette
from cockpit.tui.widgets.error_chart import ErrorChart, Raster
from cockpit.tui.widgets.key_line import KeyLine
from cockpit.tui.widgets.lines import Lines
from cockpit.tui.widgets.panel import GUTTER, Panel
from cockpit.views import chart, event_log, headline, key_help, pulls, startup, tiers, timeline
from cockpit.views.rows import EMPTY, Line, Span, Tone, rule

WIDGET_IDS = {*PANELS, "startup", *(f"chart-{number}" for number in range(1, MAX_CHARTS))}


class Dashboard(Screen[None]):
    """The screen that a commander works on."""

    AUTO_FOCUS = "#pulls"
    DEFAULT_CSS = """
    Dashboard { layout: vertical; overflow: hidden; background: $background; }
    Dashboard Lines { position: absolute; background: $background; }
    """

    def __init__(self, palette: Palette, snapshot: Snapshot, user: str, watching: bool) -> None:
        super().__init__(id="dashboard")
        self._palette = palette
        self._snapshot = snapshot
        self._user = user
        self._watching = watching
        self._commands: tuple[key_help.Hint, ...] = ()
        self._actions: tuple[key_help.Hint, ...] = ()
        self._tier = ""
        self._zoom = chart.ZOOMS[0]
        self._pulls: dict[str, PullRequest] = {}
        self._arranged: tuple[object, ...] = ()
        self._maximised = ""
        """The panel that is shown alone; empty for all panels."""

    def compose(self) -> ComposeResult:
        """Yield every panel, in the order of Tab."""
        palette = self._palette
        yield Lines(palette, id="headline")
        yield Lines(palette, id="timeline")
        yield Panel(palette, id="tiers")
        yield Panel(palette, id="pulls")
        yield ErrorChart(palette, id="chart")
        for number in range(1, MAX_CHARTS):
            yield ErrorChart(palette, id=f"chart-{number}", focusable=False)
        yield Panel(palette, id="log")
        yield Lines(palette, id="startup")
        yield KeyLine(palette, id="footer")

    @property
    def pull(self) -> PullRequest | None:
        """The selected PR; None if there is none."""
        panel = next(iter(self.query("#pulls").results(Panel)), None)  # removed already while the app quits
        return self._pulls.get(panel.name_at_cursor) if panel else None

    @property
    def chart_ready(self) -> bool:
        """Whether the chart can draw its lines: plotext is loaded after the first frame."""
        return self.query_one("#chart", ErrorChart).has_raster

    @property
    def text_at_cursor(self) -> str:
        """The row under the cursor of the focused panel."""
        return self.focused.text_at_cursor if isinstance(self.focused, Panel) else ""

    def set_hints(self, commands: tuple[key_help.Hint, ...], actions: tuple[key_help.Hint, ...]) -> None:
        """Show these hints in the footer from the next paint."""
        self._commands, self._actions = commands, actions

    def use_raster(self, raster: Raster) -> None:
        """Draw the charts' lines with this."""
        for drawing in self.query(ErrorChart):
            drawing.use_raster(raster)

    def apply_palette(self, palette: Palette) -> None:
        """Change the theme."""
        self._palette = palette
        for widget in self.query(Lines):
            widget.apply_palette(palette)

    def action_tier(self, by: int) -> None:
        """Select the tier `by` places further in the chart."""
        names = [tier.name for tier in self._snapshot.policy.tiers]
        now = chart.focused_tier(self._snapshot, self._tier)
        if now in names:
            self._tier = names[(names.index(now) + by) % len(names)]
            self.paint(self._snapshot)

    def action_maximise(self) -> None:
        """Show the focused panel alone, or all panels again."""
        panel = self.focused.id if self.focused and self.focused.id else ""
        self._maximised = "" if self._maximised else panel if panel in PANEL_KEYS else ""
        self.paint(self._snapshot)

    def action_panel(self, panel: str) -> None:
        """Focus a panel; if another one is shown alone, show this one instead."""
        if self._maximised:
            self._maximised = panel
            self.paint(self._snapshot)
        self.query_one(f"#{panel}").focus()

    def action_zoom(self) -> None:
        """Show the next time span in the chart."""
        self._zoom = chart.ZOOMS[(chart.ZOOMS.index(self._zoom) + 1) % len(chart.ZOOMS)]
        self.paint(self._snapshot)

    def on_panel_moved(self, message: Panel.Moved) -> None:
        """Select the tier under the cursor in the chart."""
        if message.panel.id == "tiers":
            self._tier = message.name
            self.paint(self._snapshot)

    def on_resize(self, event: events.Resize) -> None:
        """Arrange the panels for the new size."""
        self.paint(self._snapshot)

    def paint(self, snapshot: Snapshot) -> None:
        """Show this snapshot; unchanged rows are not repainted."""
        self._snapshot = snapshot
        width, height = self.app.size
        if not (self._complete and width and height):
            return
        places = _arrange(snapshot, width, height)
        if self._maximised:
            places = places.maximised(self._maximised)
        self._place(places, bool(snapshot.startup.value))
        top = headline.headline(snapshot, width, self._user, self._watching)
        self.query_one("#headline", Lines).show(top)
        footer = key_help.footer(self._commands, self._actions, width)
        if not self._commands:
            footer = (EMPTY, footer[1]) if places.footer.height > 1 else (footer[1], EMPTY)
        self.query_one("#footer", Lines).show(footer[: places.footer.height])
        if snapshot.startup.value:
            box = _between(places)
            self.query_one("#startup", Lines).show(startup.setup_page(snapshot, box.width, box.height))
        else:
            self._fill_panels(snapshot, places)

    @property
    def _complete(self) -> bool:
        """Whether all panels are mounted: not before the first frame, and not while the app quits."""
        return self.is_mounted and {child.id for child in self.children} >= WIDGET_IDS

    def _fill_panels(self, snapshot: Snapshot, places: Arrangement) -> None:
        self.query_one("#timeline", Lines).show(timeline.timeline(snapshot, places.timeline.width, places.roomy))
        rows = tiers.tiers(snapshot, places.tiers.inside, places.roomy)
        panel = self.query_one("#tiers", Panel)
        head = tiers.heading(snapshot, places.tiers.width, places.roomy, GUTTER)
        panel.fill(head, tuple(line for _, line in rows), tuple(name for name, _ in rows))
        tier = chart.focused_tier(snapshot, self._tier)
        panel.select(tier)
        if places.chart.width:
            for number, name in enumerate(chart.chart_tiers(snapshot, tier, 1 + len(places.more_charts))):
                selector = f"#chart-{number}" if number else "#chart"
                self.query_one(selector, ErrorChart).plot(chart.chart(snapshot, name, self._zoom))
        self._fill_pulls(snapshot, places.pulls)
        self._fill_log(snapshot, places.log)

    def _fill_pulls(self, snapshot: Snapshot, box: Box) -> None:
        title, shown = pulls.current_pulls(snapshot)
        release = snapshot.open
        reverted = len(release.reverted_names) if release else 0
        right: Line = (Span(f"{reverted} reverted", Tone.WAITING), Span(" of ", Tone.DIM)) if reverted else ()
        head = rule(title, (*pulls.reviews_age(snapshot), *right, Span(plural(len(shown), "PR"), Tone.DIM)), box.width)
        self._pulls = {pull.commits[-1] if pull.commits else pull.name: pull for pull in shown}
        rehearsal, reviews, suspects = snapshot.rehearsal.value, snapshot.reviews.value, snapshot.suspects.value
        rows = pulls.rows(shown, release, box.inside, rehearsal, reviews, suspects) or (pulls.NO_PULLS,)
        texts = partial(_search_texts, shown) if shown else None
        self.query_one("#pulls", Panel).fill(head, rows, tuple(self._pulls) or ("",), texts)

    def _fill_log(self, snapshot: Snapshot, box: Box) -> None:
        release = snapshot.latest
        right: Line = (Span(release.id, Tone.DIM),) if release else ()
        rows = event_log.rows(release, snapshot.now, box.inside)
        names = tuple(str(event.number) for event in reversed(release.events)) if release else ()
        texts = partial(event_log.search_text, release) if release else None
        self.query_one("#log", Panel).fill(rule("EVENTS", right, box.width), rows, names, texts)

    def _place(self, places: Arrangement, setting_up: bool) -> None:
        """Move the panels if the arrangement has changed."""
        if self._arranged == (places, setting_up):
            return
        self._arranged = (places, setting_up)
        hidden = set(PANELS) - {"headline", "footer"} if setting_up else set()
        for name in PANELS:
            _put(self.query_one(f"#{name}", Lines), places.box(name), name not in hidden)
        for number in range(1, MAX_CHARTS):
            box = places.more_charts[number - 1] if number <= len(places.more_charts) else Box(0, 0, 0, 0)
            _put(self.query_one(f"#chart-{number}", Lines), box, not setting_up)
        _put(self.query_one("#startup", Lines), _between(places), setting_up)


def _arrange(snapshot: Snapshot, width: int, height: int) -> Arrangement:
    served = sum(tier.serves is not Audience.NOBODY for tier in snapshot.policy.tiers)
    tier_count = len(snapshot.policy.tiers)
    return arrange(width, height, tier_count, tier_count + served, len(pulls.current_pulls(snapshot)[1]), served)


def _search_texts(shown: tuple[PullRequest, ...]) -> tuple[str, ...]:
    """Return the texts of each PR that a filter searches."""
    return tuple(" ".join((pull.name, pull.title, pull.author, *pull.files)) for pull in shown)


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
