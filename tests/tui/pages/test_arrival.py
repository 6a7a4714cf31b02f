"""Pages that open by themselves: what was missed, then the handoff, which is marked as read and noted on by keys."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as put

from cockpit.deploy.facts import HandoffRead, Noted
from cockpit.deploy.locks import Holder
from cockpit.deploy.schedule.presence import LastVisit, Presence, Sign
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.tui.commands.confirm import Confirm
from cockpit.tui.dashboard import Dashboard
from cockpit.tui.pages.page import Page
from tests.builders import ADA, NOW, at_canary, setting_up
from tests.tui.screens import Screen, open_screen
from tests.views.test_away import VISIT

EVE = "eve@box"


def returning(snapshot: Snapshot, visit: LastVisit | None = VISIT) -> Snapshot:
    return replace(snapshot, last_visit=Seen(visit, NOW))


def handed_over(snapshot: Snapshot) -> Snapshot:
    """Make Ada, the user here, commander after Eve, who gave the commands so far and was lost."""
    release = snapshot.latest
    assert release is not None
    events = tuple(put(event, by=EVE) if event.by == ADA else event for event in release.events)
    log = snapshot.log.value
    others = replace(log, releases=(*log.releases[:-1], put(release, events=events)))
    presence = Presence(EVE, NOW - 60, Sign.PRESENT)
    return replace(
        snapshot, commander=Seen(Holder(ADA, NOW - 5, 3), NOW), log=Seen(others, NOW), presence=Seen(presence, NOW)
    )


def page(screen: Screen) -> str:
    return screen.text() if isinstance(screen.app.screen, Page) else ""


async def test_the_page_of_what_was_missed_opens_by_itself_once_and_again_by_its_key() -> None:
    async with open_screen(returning(at_canary())) as screen:
        await screen.until(lambda: "WHILE YOU WERE AWAY" in page(screen))
        assert "CHANGES" in page(screen)
        await screen.press("escape")
        screen.board.put(last_visit=Seen(VISIT, NOW))
        await screen.pilot.pause(0.6)
        assert isinstance(screen.app.screen, Dashboard)
        await screen.press("O")
        assert "WHILE YOU WERE AWAY" in page(screen)


@pytest.mark.parametrize(
    "snapshot",
    [
        returning(at_canary(), None),
        returning(at_canary(), LastVisit(NOW, "2026-11-23.3", 99)),
        returning(setting_up()),
        at_canary(),
    ],
    ids=["last visit unknown", "nothing happened", "setting up", "last visit not read"],
)
async def test_no_page_opens_if_nothing_was_missed(snapshot: Snapshot) -> None:
    async with open_screen(snapshot) as screen:
        await screen.pilot.pause(0.6)
        assert isinstance(screen.app.screen, Dashboard)


async def test_a_read_only_screen_shows_what_was_missed_but_has_no_handoff_to_mark() -> None:
    async with open_screen(returning(handed_over(at_canary())), watch=True) as screen:
        await screen.until(lambda: "WHILE YOU WERE AWAY" in page(screen))
        await screen.press("escape")
        await screen.pilot.pause(0.6)
        assert isinstance(screen.app.screen, Dashboard)
        await screen.press("N")
        assert "OPEN QUESTIONS" in page(screen)
        assert "enter" not in page(screen)
        await screen.press("n")
        assert not isinstance(screen.app.screen, Confirm)
        assert await screen.events() == []


async def test_the_handoff_opens_once_after_what_was_missed() -> None:
    async with open_screen(returning(handed_over(at_canary()))) as screen:
        await screen.until(lambda: "WHILE YOU WERE AWAY" in page(screen))
        await screen.press("escape")
        await screen.until(lambda: "HANDOFF" in page(screen))
        await screen.press("escape")
        await screen.pilot.pause(0.6)
        assert isinstance(screen.app.screen, Dashboard)


async def test_until_the_handoff_is_read_commands_are_refused_but_not_a_hold() -> None:
    async with open_screen(returning(handed_over(at_canary()), None)) as screen:
        await screen.until(lambda: "HANDOFF" in page(screen))
        await screen.press("escape", "a")
        assert any("read the handoff first" in said for said in screen.notices())
        await screen.press("h")
        await screen.until(lambda: "done: hold 2026-11-23.3" in screen.notices())


async def test_enter_marks_the_handoff_as_read() -> None:
    async with open_screen(returning(handed_over(at_canary()), None)) as screen:
        await screen.until(lambda: "mark as read" in page(screen))
        await screen.press("enter")
        await screen.until(lambda: "done: mark the handoff of 2026-11-23.3 as read" in screen.notices())
        (event,) = await screen.events()
        assert (event.by, event.what) == (ADA, HandoffRead(EVE))


async def test_a_note_is_added_from_the_handoff_and_needs_a_text() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("N")
        assert "mark as read" not in page(screen)
        await screen.press("n", "enter")
        assert isinstance(screen.app.screen, Confirm)
        await screen.confirm_with("web-02 is slow")
        await screen.until(lambda: "done: note in the log of 2026-11-23.3" in screen.notices())
        (event,) = await screen.events()
        assert event.what == Noted("web-02 is slow")
