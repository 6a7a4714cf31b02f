"""The page on a revert that does not apply: where it conflicts, and each way out by one key."""

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace
from textual import events
from textual.app import App, ComposeResult, SuspendNotSupported
from textual.binding import Binding
from textual.screen import ModalScreen

from cockpit.control.board import Board
from cockpit.control.conflict_resolver import ConflictResolver, conflicting
from cockpit.deploy.plan import Refusal
from cockpit.deploy.pulls.conflicts import FileConflict
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.text import names
from cockpit.ports import Failed
from cockpit.tui.commands.proposal import CommandProposal, propose
from cockpit.tui.notice import Notice
from cockpit.tui.theme.textual_theme import Palette
from cockpit.tui.widgets.key_line import KeyLine
from cockpit.tui.widgets.lines import Lines
from cockpit.tui.widgets.panel import GUTTER, Panel
from cockpit.views import conflicts
from cockpit.views.rows import Span, Tone, rule

ALONG, EDIT = "along", "edit"


class ConflictPage(ModalScreen[str]):
    """Gives the way that was chosen; empty for giving up."""

    BINDINGS = [
        Binding("escape,q", "choose('')", show=False),
        Binding("e", f"choose('{EDIT}')", show=False),
        Binding("w", f"choose('{ALONG}')", show=False),
    ]
    DEFAULT_CSS = """
    ConflictPage { layout: vertical; background: $background; overflow: hidden; }
    ConflictPage Panel { width: 100%; height: 1fr; background: $background; }
    ConflictPage Lines#ways { width: 100%; height: 1; background: $background; }
    """

    def __init__(
        self, palette: Palette, pull: PullRequest, clashes: Sequence[FileConflict], along: Sequence[str]
    ) -> None:
        super().__init__()
        self._palette = palette
        self._pull = pull
        self._clashes = clashes
        self._along = tuple(along)

    def compose(self) -> ComposeResult:
        """The conflicts, and the ways out."""
        yield Panel(self._palette, cursor=False)
        yield KeyLine(self._palette, id="ways")

    def on_mount(self) -> None:
        """Show it at once."""
        along = (Span(" w", Tone.KEY), Span(f" revert {names(self._along)} too ")) if self._along else ()
        ways = (*along, Span(" e", Tone.KEY), Span(" resolve in your editor "), Span(" esc", Tone.KEY))
        self.query_one("#ways", Lines).show(((*ways, Span(" give up"), Span("  ↑ ↓", Tone.KEY), Span(" move")),))
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """Another width, other rows."""
        self._draw()

    def action_choose(self, way: str) -> None:
        """Leave with it; a way that is not there does nothing."""
        if way != ALONG or self._along:
            self.dismiss(way)

    def _draw(self) -> None:
        width = self.app.size.width
        heading = rule(f"THE REVERT OF {self._pull.name} DOES NOT APPLY", (), width)
        self.query_one(Panel).fill(heading, conflicts.rows(self._clashes, max(1, width - GUTTER)))


async def find_resolution(
    app: App[None], palette: Palette, resolver: ConflictResolver, board: Board, proposal: CommandProposal
) -> CommandProposal | Notice | None:
    """What to put forward instead of a revert that may conflict; a notice where that failed, None where it is given
    up. Runs in a worker of `app`."""
    snapshot = board.look()
    release, pull = snapshot.open, conflicting(snapshot, proposal.ask)
    if release is None or pull is None:
        return proposal
    try:
        clashes = await asyncio.to_thread(resolver.clashes, pull, release.id)
        if not clashes:
            return proposal
        along = tuple(other.name for other in snapshot.rehearsal.value.along(pull, release))
        match await app.push_screen_wait(ConflictPage(palette, pull, clashes, along)):
            case "along":
                return proposal
            case "edit":
                with app.suspend():  # the editor has the terminal, and this loop waits; what runs behind goes on
                    commit = _resolved(resolver, pull, release.id)
                if isinstance(commit, Failed):
                    raise commit
            case _:
                return None
    except Failed as failed:
        return Notice(f"{pull.name} was not reverted: {failed}", ok=False)
    except SuspendNotSupported:
        return Notice("this terminal cannot be lent to an editor: use `cockpit revert PR --edit`", ok=False)
    came = propose(proposal.command, board.look(), replace(proposal.ask, resolved=commit))
    return Notice(came.reason, ok=False) if isinstance(came, Refusal) else came


def _resolved(resolver: ConflictResolver, pull: PullRequest, release: str) -> str | Failed:
    """Its commit, or how that failed: what is raised while the terminal is lent, Textual never takes it back."""
    try:
        return resolver.resolve(pull, release)
    except Failed as failed:
        return failed
    except Exception as broken:
        return Failed("editor", repr(broken), "what you wrote is kept: try again")
