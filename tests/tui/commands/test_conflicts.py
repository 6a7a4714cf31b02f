"""A revert that does not apply shows where, and each way out is one key."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from cockpit.control.conflict_resolver import ConflictResolver
from cockpit.deploy.facts import RevertAsked
from cockpit.deploy.pulls.conflicts import FileConflict, ResolveConflicts, ResolvedFiles
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.rehearsal import Rehearsal, RehearsalResult
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.ports import Failed
from cockpit.tui.commands.confirm import Confirm
from cockpit.tui.commands.conflicts import ConflictPage
from tests.builders import ADA, NOW, hold_at_dogfood
from tests.tui.screens import Screen, open_screen

CLASH = FileConflict("app/\x1b[31mcart.py", "main", b"a\n<<<<<<< main\nnow\n=======\nbefore\n>>>>>>> without #31\n")


@dataclass
class Desk:
    """A repository with one conflict."""

    made: list[int] = field(default_factory=list)
    clash: tuple[FileConflict, ...] = (CLASH,)

    def revert_conflicts(self, pull: PullRequest, release: str) -> tuple[FileConflict, ...]:
        return self.clash

    def resolve_revert(self, pull: PullRequest, release: str, by: str, edit: ResolveConflicts) -> str:
        edit(self.clash)
        self.made.append(pull.number)
        return "ab" * 20


def kept(_: Sequence[FileConflict]) -> ResolvedFiles:
    return {}


def conflicting() -> Snapshot:
    """The first PR in the list conflicts, and comes out with the second."""
    snapshot = hold_at_dogfood()
    release = snapshot.open
    assert release
    tried = Rehearsal(
        release.commit, {pull.commits[-1]: RehearsalResult(("app/cart.py",), ("#32",)) for pull in release.pulls[:1]}
    )
    return replace(snapshot, rehearsal=Seen(tried, NOW))


@contextmanager
def lent() -> Iterator[None]:
    """As Textual lends the terminal: what is raised meanwhile keeps it from coming back."""
    back = False
    try:
        yield
        back = True
    finally:
        assert back, "the screen never came back"


async def ask(screen: Screen, resolver: ConflictResolver) -> None:
    screen.app.use_resolver(resolver)
    screen.app.suspend = lent  # type: ignore[method-assign]
    number = 31
    await screen.until(lambda: screen.app.dashboard.pull is not None)
    for _ in range(20):
        if screen.app.dashboard.pull and screen.app.dashboard.pull.number == number:
            break
        await screen.press("j")
    await screen.press("r")
    await screen.until(lambda: isinstance(screen.app.screen, ConflictPage))


async def test_the_conflicts_are_shown_by_file_and_hunk_and_giving_up_changes_nothing() -> None:
    async with open_screen(conflicting()) as screen:
        await ask(screen, ConflictResolver(Desk(), kept, ADA))
        said = screen.text()
        assert "app/cart.py  1 hunk, on main" in said
        assert "at line 2" in said
        assert "- now" in said
        assert "+ before" in said
        await screen.press("escape")
        assert screen.app.screen is screen.app.dashboard
        assert await screen.events() == []


async def test_one_key_takes_out_what_it_conflicts_with_as_well() -> None:
    async with open_screen(conflicting()) as screen:
        await ask(screen, ConflictResolver(Desk(), kept, ADA))
        await screen.press("w")
        await screen.until(lambda: isinstance(screen.app.screen, Confirm))
        await screen.confirm_with("")
        await screen.until(screen.notices)
        asked = [event.what for event in await screen.events()]
        assert [what.pull.number for what in asked if isinstance(what, RevertAsked)] == [32, 31]


async def test_one_key_resolves_it_in_the_editor_and_asks_before_it_is_done() -> None:
    async with open_screen(conflicting()) as screen:
        await ask(screen, ConflictResolver(Desk(), kept, ADA))
        await screen.press("e")
        await screen.until(lambda: isinstance(screen.app.screen, Confirm))
        assert "as resolved" in " ".join(screen.text().split())
        await screen.confirm_with("")
        await screen.until(screen.notices)
        (asked,) = (event.what for event in await screen.events() if isinstance(event.what, RevertAsked))
        assert (asked.pull.number, asked.resolved) == (31, "ab" * 20)


async def test_an_editor_that_ended_badly_is_said_and_nothing_is_asked() -> None:
    def badly(_: Sequence[FileConflict]) -> ResolvedFiles:
        raise Failed("editor", "vi ended with 1", "try again")

    async with open_screen(conflicting()) as screen:
        await ask(screen, ConflictResolver(Desk(), badly, ADA))
        await screen.press("e")
        await screen.until(screen.notices)
        assert screen.notices() == ["#31 was not reverted: editor: vi ended with 1; try again"]
        assert await screen.events() == []


async def test_a_pr_that_comes_out_after_all_is_confirmed_at_once() -> None:
    async with open_screen(conflicting()) as screen:
        screen.app.use_resolver(ConflictResolver(Desk(clash=()), kept, ADA))
        while not (screen.app.dashboard.pull and screen.app.dashboard.pull.number == 31):
            await screen.press("j")
        await screen.press("r")
        await screen.until(lambda: isinstance(screen.app.screen, Confirm))
