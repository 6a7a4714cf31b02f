"""What opens by itself: what was missed, then the card; and how the card is read and written on by its keys."""

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
from tests.views.test_away import SEEN

EVE = "eve@box"


def back(snapshot: Snapshot, looked: LastVisit | None = SEEN) -> Snapshot:
    return replace(snapshot, last_visit=Seen(looked, NOW))


def mine(snapshot: Snapshot) -> Snapshot:
    """Ada, who sits here, has the conn; the commands so far were another's, who was lost."""
    release = snapshot.latest
    assert release is not None
    events = tuple(put(event, by=EVE) if event.by == ADA else event for event in release.events)
    log = snapshot.log.value
    others = replace(log, releases=(*log.releases[:-1], put(release, events=events)))
    gone = Presence(EVE, NOW - 60, Sign.PRESENT)
    return replace(
        snapshot, commander=Seen(Holder(ADA, NOW - 5, 3), NOW), log=Seen(others, NOW), presence=Seen(gone, NOW)
    )


def page(screen: Screen) -> str:
    return screen.text() if isinstance(screen.app.screen, Page) else ""


async def test_what_was_missed_opens_by_itself_once_and_again_by_its_key() -> None:
    async with open_screen(back(at_canary())) as screen:
        await screen.until(lambda: "WHILE YOU WERE AWAY" in page(screen))
        assert "WHAT MOVED" in page(screen)
        await screen.press("escape")
        screen.board.put(last_visit=Seen(SEEN, NOW))
        await screen.pilot.pause(0.6)
        assert isinstance(screen.app.screen, Dashboard)
        await screen.press("O")
        assert "WHILE YOU WERE AWAY" in page(screen)


@pytest.mark.parametrize(
    "snapshot",
    [
        back(at_canary(), None),
        back(at_canary(), LastVisit(NOW, "2026-11-23.3", 99)),
        back(setting_up()),
        at_canary(),
    ],
    ids=["not known when", "nothing happened", "setting up", "not read yet"],
)
async def test_nothing_opens_where_there_is_nothing_to_tell(snapshot: Snapshot) -> None:
    async with open_screen(snapshot) as screen:
        await screen.pilot.pause(0.6)
        assert isinstance(screen.app.screen, Dashboard)


async def test_a_watcher_is_told_what_they_missed_and_has_no_card_to_read() -> None:
    async with open_screen(back(mine(at_canary())), watch=True) as screen:
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


async def test_the_card_opens_after_what_was_missed_and_once() -> None:
    async with open_screen(back(mine(at_canary()))) as screen:
        await screen.until(lambda: "WHILE YOU WERE AWAY" in page(screen))
        await screen.press("escape")
        await screen.until(lambda: "HAND-OFF CARD" in page(screen))
        await screen.press("escape")
        await screen.pilot.pause(0.6)
        assert isinstance(screen.app.screen, Dashboard)


async def test_until_it_is_read_a_key_is_refused_and_a_hold_is_not() -> None:
    async with open_screen(back(mine(at_canary()), None)) as screen:
        await screen.until(lambda: "HAND-OFF CARD" in page(screen))
        await screen.press("escape", "a")
        assert any("read the handoff first" in said for said in screen.notices())
        await screen.press("h")
        await screen.until(lambda: "done: hold 2026-11-23.3" in screen.notices())


async def test_enter_on_the_card_says_that_it_was_read() -> None:
    async with open_screen(back(mine(at_canary()), None)) as screen:
        await screen.until(lambda: "I have read it" in page(screen))
        await screen.press("enter")
        await screen.until(lambda: "done: read the card of 2026-11-23.3" in screen.notices())
        (event,) = await screen.events()
        assert (event.by, event.what) == (ADA, HandoffRead(EVE))


async def test_a_note_is_written_from_the_card_and_needs_words() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("N")
        assert "I have read it" not in page(screen)
        await screen.press("n", "enter")
        assert isinstance(screen.app.screen, Confirm)
        await screen.confirm_with("web-02 is slow")
        await screen.until(lambda: "done: note in the log of 2026-11-23.3" in screen.notices())
        (event,) = await screen.events()
        assert event.what == Noted("web-02 is slow")
