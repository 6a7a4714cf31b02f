"""The confirmation: the plan, its required fields, Enter and Esc."""

from dataclasses import replace

from textual.widgets import Input

from cockpit.deploy.facts import Advanced, Call, RolledBack
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.tui.commands.confirm import Confirm
from tests.builders import (
    NOW,
    at_canary,
    at_production,
    hold_at_dogfood,
    judged,
    soaking,
)
from tests.tui.screens import open_screen


def with_go(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot with a gate that says GO."""
    assert snapshot.open
    return replace(snapshot, judgement=judged(snapshot.open, Call.GO, "all is well", None, None))


async def test_past_half_of_production_the_number_of_the_release_must_be_typed() -> None:
    async with open_screen(with_go(at_production(50))) as screen:
        await screen.press("a")
        assert "production 75 %" in screen.text()
        await screen.press("enter")
        assert "type the number of the release first: 3" in screen.text()
        await screen.press("4", "enter")
        assert isinstance(screen.app.screen, Confirm)
        assert await screen.events() == []
        await screen.press("backspace", "3", "enter")
        await screen.until(screen.notices)
        (event,) = await screen.events()
        assert isinstance(event.what, Advanced)


async def test_up_to_half_of_production_and_for_a_rollback_no_number_is_needed() -> None:
    async with open_screen(with_go(at_production(25))) as screen:
        await screen.press("a")
        assert not screen.app.screen.query("#number")
        await screen.press("enter")
        await screen.until(screen.notices)
        assert len(await screen.events()) == 1
    async with open_screen(at_production(75)) as screen:
        await screen.press("R", "enter")
        await screen.until(screen.notices)
        (event,) = await screen.events()
        assert isinstance(event.what, RolledBack)


async def test_escape_cancels_and_writes_nothing() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("a")
        await screen.press("escape")
        assert not isinstance(screen.app.screen, Confirm)
        assert await screen.events() == []


async def test_a_second_enter_executes_nothing_twice() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("a")
        field = screen.confirm.query_one(Input)
        for _ in range(2):
            field.post_message(Input.Submitted(field, ""))
        await screen.until(screen.notices)
        await screen.press("d")
        assert len(await screen.events()) == 1


async def test_an_override_needs_a_reason_and_records_what_was_overridden() -> None:
    async with open_screen(soaking()) as screen:
        await screen.press("a")
        assert "OVERRIDE: the gate says WAIT: soaking, 18 s of 60 s left" in screen.text()
        await screen.press("enter")
        assert isinstance(screen.app.screen, Confirm)
        assert "type a reason first" in screen.text()
        assert await screen.events() == []
        await screen.confirm_with("hotfix for the outage")
        await screen.until(screen.notices)
        (event,) = await screen.events()
        assert isinstance(event.what, Advanced)
        assert event.what.overrode == "WAIT: soaking, 18 s of 60 s left"
        assert event.why == "hotfix for the outage"


async def test_the_reason_is_written_to_the_log() -> None:
    async with open_screen(hold_at_dogfood()) as screen:
        await screen.press("R")
        await screen.confirm_with("search is down")
        await screen.until(screen.notices)
        assert [event.why for event in await screen.events()] == ["search is down"]


async def test_a_plan_that_changed_since_the_confirmation_is_shown_again() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("r")
        assert "-hotfix.1" in screen.text()
        other = at_canary().targets.value
        fewer = {tier: placed for tier, placed in other.items() if tier != "dogfood"}
        screen.board.put(targets=Seen(fewer, NOW))
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, Confirm) and "state changed" in screen.text())
        assert await screen.events() == []
