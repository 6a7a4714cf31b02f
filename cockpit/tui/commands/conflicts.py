"""The page for a revert that does not apply: its conflicts, and one key per resolution."""

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace
from textual import events
from textual.app import App, ComposeResult, SuspendNotSupported
from textual.binding import Binding
from textual.screen import ModalScreen

from cockpit.control.board import Board
from cockpit.control.conflict_resolver import ConflictResolver, conflicting_pull
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
from cockpit.views import conflicts as conflict_rows
from cockpit.views.rows import Span, Tone, rule

REVERT_ALL, EDIT = "revert_all", "edit"


class ConflictPage(ModalScreen[str]):
    """Returns the chosen resolution; empty if the revert was cancelled."""

    BINDINGS = [
        Binding("escape,q", "choose('')", show=False),
        Binding("e", f"choose('{EDIT}')", show=False),
        Binding("w", f"choose('{REVERT_ALL}')", show=False),
    ]
    DEFAULT_CSS = """
    ConflictPage { layout: vertical; background: $background; overflow: hidden; }
    ConflictPage Panel { width: 100%; height: 1fr; background: $background; }
    ConflictPage Lines#keys { width: 100%; height: 1; background: $background; }
    """

    def __init__(
        self, palette: Palette, pull: PullRequest, conflicts: Sequence[FileConflict], others: Sequence[str]
    ) -> None:
        super().__init__()
        self._palette = palette
        self._pull = pull
        self._conflicts = conflicts
        self._others = tuple(others)

    def compose(self) -> ComposeResult:
        """Yield the conflicts and the line of keys."""
        yield Panel(self._palette, cursor=False)
        yield KeyLine(self._palette, id="keys")

    def on_mount(self) -> None:
        """Show the conflicts and the keys."""
        revert_all = (Span(" w", Tone.KEY), Span(f" revert {names(self._others)} too ")) if self._others else ()
        keys = (*revert_all, Span(" e", Tone.KEY), Span(" resolve in your editor "), Span(" esc", Tone.KEY))
        self.query_one("#keys", Lines).show(((*keys, Span(" cancel"), Span("  ↑ ↓", Tone.KEY), Span(" move")),))
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """Make the rows for the new width."""
        self._draw()

    def action_choose(self, resolution: str) -> None:
        """Return this resolution, if it is offered."""
        if resolution != REVERT_ALL or self._others:
            self.dismiss(resolution)

    def _draw(self) -> None:
        width = self.app.size.width
        heading = rule(f"REVERT OF {self._pull.name} DOES NOT APPLY", (), width)
        self.query_one(Panel).fill(heading, conflict_rows.rows(self._conflicts, max(1, width - GUTTER)))


async def find_resolution(
    app: App[None], palette: Palette, resolver: ConflictResolver, board: Board, proposal: CommandProposal
) -> CommandProposal | Notice | None:
    """Return the proposal for a revert that may conflict, a notice if it failed, None if it was cancelled.

    Must run in a worker of `app`.
    """
    snapshot = board.look()
    release, pull = snapshot.open, conflicting_pull(snapshot, proposal.request)
    if release is None or pull is None:
        return proposal
    try:
        conflicts = await asyncio.to_thread(resolver.revert_conflicts, pull, release.id)
        if not conflicts:
            return proposal
        others = tuple(other.name for other in snapshot.rehearsal.value.dependents(pull, release))
        resolution = await app.push_screen_wait(ConflictPage(palette, pull, conflicts, others))
        if resolution == REVERT_ALL:
            return proposal
        if resolution != EDIT:
            return None
        with app.suspend():  # the editor owns the terminal and blocks this loop; the engine's thread goes on
            commit = _resolve(resolver, pull, release.id)
        if isinstance(commit, Failed):
            raise commit
    except Failed as failed:
        return Notice(f"{pull.name} was not reverted: {failed}", ok=False)
    except SuspendNotSupported:
        return Notice("this terminal cannot start an editor: use `cockpit revert PR --edit`", ok=False)
    decided = propose(proposal.command, board.look(), replace(proposal.request, resolved=commit))
    return Notice(decided.reason, ok=False) if isinstance(decided, Refusal) else decided


def _resolve(resolver: ConflictResolver, pull: PullRequest, release: str) -> str | Failed:
    """Return the resolved commit or the error: an exception would keep the suspended app from resuming."""
    try:
        return resolver.resolve(pull, release)
    except Failed as failed:
        return failed
    except Exception as error:
        return Failed("editor", repr(error), "your edits are kept: try again")
