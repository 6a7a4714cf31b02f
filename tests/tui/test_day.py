"""The deploy day on the screen: its page, a freeze by key, an override of the calendar."""

from dataclasses import replace

import pytest

from cockpit.deploy.facts import Advanced, Frozen, Thawed
from cockpit.deploy.locks import Holder
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.tui.commands.confirm import Confirm
from tests.builders import NOW, frozen, in_the_day
from tests.tui.screens import open_screen

HOUR = 3600.0


def without_commander(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot without a commander, in a slot of the user here."""
    return replace(snapshot, commander=Seen(Holder(), NOW))


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_the_slots_of_the_day_are_shown_and_its_page_opens_by_a_key(size: tuple[int, int]) -> None:
    async with open_screen(in_the_day(), size=size) as screen:
        assert "nap (ada), 5 min left  next fourth (bob@desk)" in screen.text()
        await screen.press("C")
        assert "1 hotfix: 2026-11-22.11" in screen.text()
        await screen.press("escape")
        assert "EVENTS" in screen.text()


async def test_a_freeze_by_key_takes_its_end_and_its_reason_in_one_field() -> None:
    async with open_screen(without_commander(in_the_day())) as screen:
        await screen.press("F")
        said = screen.text()
        assert "until when, and why?" in said
        assert "no release starts and no step is taken until then" in said
        await screen.confirm_with("2h billing moves house")
        await screen.until(screen.notices)
        assert screen.notices() == ["done: freeze until Mon 15:34 CET"]
        (event,) = await screen.events()
        assert (event.what, event.why) == (Frozen(NOW + 2 * HOUR), "billing moves house")


@pytest.mark.parametrize(
    ("typed", "said"),
    [("billing moves house", "invalid time 'billing': use 2h"), ("2h", "a freeze needs a reason")],
)
async def test_a_freeze_without_an_end_or_a_reason_is_refused_and_writes_nothing(typed: str, said: str) -> None:
    async with open_screen(without_commander(in_the_day())) as screen:
        await screen.press("F")
        await screen.confirm_with(typed)
        await screen.until(screen.notices)
        assert said in screen.notices()[0]
        assert await screen.events() == []


async def test_a_thaw_shows_the_freeze_it_ends() -> None:
    async with open_screen(without_commander(frozen())) as screen:
        await screen.press("W")
        assert "end the freeze by bob@desk until Mon 14:58 CET (billing moves house)" in " ".join(screen.text().split())
        await screen.confirm_with("")
        await screen.until(screen.notices)
        (event,) = await screen.events()
        assert event.what == Thawed()


async def test_an_advance_in_a_freeze_is_an_override_that_needs_a_reason() -> None:
    async with open_screen(without_commander(frozen())) as screen:
        await screen.press("a")
        assert isinstance(screen.app.screen, Confirm)
        said = " ".join(screen.text().split())
        assert "OVERRIDE: frozen by bob@desk (billing moves house): opens Mon 14:58 CET, in 83 min" in said
        await screen.press("enter")
        assert isinstance(screen.app.screen, Confirm)
        await screen.confirm_with("the fix cannot wait")
        await screen.until(screen.notices)
        (event,) = await screen.events()
        assert isinstance(event.what, Advanced)
        assert event.what.overrode.startswith("frozen by bob@desk")
        assert event.why == "the fix cannot wait"


async def test_a_read_only_screen_shows_the_freeze_and_the_day_and_has_no_key_to_change_them() -> None:
    async with open_screen(frozen(), watch=True) as screen:
        assert "FROZEN" in screen.text()
        await screen.press("F")
        assert not isinstance(screen.app.screen, Confirm)
        await screen.press("C")
        assert "billing moves house" in screen.text()
