"""A revert that does not apply shows its conflicts, and each resolution takes one key."""

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

CONFLICT = FileConflict("app/\x1b[31mcart.py", "main", b"a\n<<<<<<< main\nnow\n=======\nbefore\n>>>>>>> without #31\n")


@dataclass
class RepositoryStub:
    """A repository whose reverts have one conflict."""

    resolved: list[int] = field(default_factory=list)
    clash: tuple[FileConflict, ...] = (CONFLICT,)

    def revert_conflicts(self, pull: PullRequest, release: str) -> tuple[FileConflict, ...]:
        return self.clash

    def resolve_revert(self, pull: PullRequest, release: str, by: str, edit: ResolveConflicts) -> str:
        edit(self.clash)
        self.resolved.append(pull.number)
        return "ab" * 20


def keep_all(_: Sequence[FileConflict]) -> ResolvedFiles:
    return {}


def conflicting() -> Snapshot:
    """Return a snapshot whose first PR conflicts, unless the second is reverted too."""
    snapshot = hold_at_dogfood()
    release = snapshot.open
    assert release
    tried = Rehearsal(
        release.commit, {pull.commits[-1]: RehearsalResult(("app/cart.py",), ("#32",)) for pull in release.pulls[:1]}
    )
    return replace(snapshot, rehearsal=Seen(tried, NOW))


@contextmanager
def suspended() -> Iterator[None]:
    """Stand in for `App.suspend`: an exception inside keeps the app from resuming."""
    resumed = False
    try:
        yield
        resumed = True
    finally:
        assert resumed, "the app never resumed"


async def open_conflicts(screen: Screen, resolver: ConflictResolver) -> None:
    screen.app.use_resolver(resolver)
    screen.app.suspend = suspended  # type: ignore[method-assign]
    number = 31
    await screen.until(lambda: screen.app.dashboard.pull is not None)
    for _ in range(20):
        if screen.app.dashboard.pull and screen.app.dashboard.pull.number == number:
            break
        await screen.press("j")
    await screen.press("r")
    await screen.until(lambda: isinstance(screen.app.screen, ConflictPage))


async def test_conflicts_are_shown_by_file_and_hunk_and_cancelling_writes_nothing() -> None:
    async with open_screen(conflicting()) as screen:
        await open_conflicts(screen, ConflictResolver(RepositoryStub(), keep_all, ADA))
        text = screen.text()
        assert "app/cart.py  1 hunk, on main" in text
        assert "at line 2" in text
        assert "- now" in text
        assert "+ before" in text
        await screen.press("escape")
        assert screen.app.screen is screen.app.dashboard
        assert await screen.events() == []


async def test_one_key_reverts_the_conflicting_pr_too() -> None:
    async with open_screen(conflicting()) as screen:
        await open_conflicts(screen, ConflictResolver(RepositoryStub(), keep_all, ADA))
        await screen.press("w")
        await screen.until(lambda: isinstance(screen.app.screen, Confirm))
        await screen.confirm_with("")
        await screen.until(screen.notices)
        asked = [event.what for event in await screen.events()]
        assert [what.pull.number for what in asked if isinstance(what, RevertAsked)] == [32, 31]


async def test_one_key_opens_the_editor_and_the_resolution_is_confirmed() -> None:
    async with open_screen(conflicting()) as screen:
        await open_conflicts(screen, ConflictResolver(RepositoryStub(), keep_all, ADA))
        await screen.press("e")
        await screen.until(lambda: isinstance(screen.app.screen, Confirm))
        assert "as resolved" in " ".join(screen.text().split())
        await screen.confirm_with("")
        await screen.until(screen.notices)
        (asked,) = (event.what for event in await screen.events() if isinstance(event.what, RevertAsked))
        assert (asked.pull.number, asked.resolved) == (31, "ab" * 20)


async def test_a_failed_editor_is_reported_and_nothing_is_written() -> None:
    def failing_editor(_: Sequence[FileConflict]) -> ResolvedFiles:
        raise Failed("editor", "vi ended with 1", "try again")

    async with open_screen(conflicting()) as screen:
        await open_conflicts(screen, ConflictResolver(RepositoryStub(), failing_editor, ADA))
        await screen.press("e")
        await screen.until(screen.notices)
        assert screen.notices() == ["#31 was not reverted: editor: vi ended with 1; try again"]
        assert await screen.events() == []


async def test_a_revert_that_applies_is_confirmed_without_the_conflict_page() -> None:
    async with open_screen(conflicting()) as screen:
        screen.app.use_resolver(ConflictResolver(RepositoryStub(clash=()), keep_all, ADA))
        while not (screen.app.dashboard.pull and screen.app.dashboard.pull.number == 31):
            await screen.press("j")
        await screen.press("r")
        await screen.until(lambda: isinstance(screen.app.screen, Confirm))
