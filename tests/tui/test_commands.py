"""Every way a command can go from its key: refused, confirmed, overridden, changed meanwhile, failed, done."""

from dataclasses import replace

import pytest
from textual.widgets import Input

from cockpit.control.board import Board
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Dispatcher, Look
from cockpit.deploy.facts import Advanced, Call, Held, RevertAsked, RolledBack
from cockpit.deploy.locks import Holder
from cockpit.deploy.snapshot import Seen, Snapshot
from cockpit.ports import Failed, Write
from cockpit.tui.app import CockpitApp
from cockpit.tui.commands.confirm import Confirm
from cockpit.tui.screen_settings import ScreenSettings
from tests.builders import (
    HOSTILE,
    NEW,
    NOW,
    at_canary,
    at_production,
    hold_at_dogfood,
    judged,
    no_data,
    setting_up,
    soaking,
)
from tests.fakes import MemoryStore, NoLocks
from tests.tui.screens import LOOK, THEMES, screen


async def test_a_dimmed_key_says_its_reason() -> None:
    async with screen(at_canary()) as on:
        await on.press("f")
        assert "2026-11-23.3 is at canary" in on.notices()[0]
        assert not isinstance(on.app.screen, Confirm)
        assert await on.events() == []


async def test_advance_shows_the_plan_and_does_it_on_enter() -> None:
    async with screen(at_canary()) as on:
        await on.press("a")
        said = on.text()
        assert "advance 2026-11-23.3 to production 10 %" in said
        assert f"point production 10 % at {NEW.id[:10]}" in said
        await on.answer("")
        await on.until(on.notices)
        (event,) = await on.events()
        assert isinstance(event.what, Advanced)
        assert (event.what.rung, event.by) == (3, "ada@box")


async def test_past_half_of_production_the_release_s_number_must_be_typed() -> None:
    async with screen(go(at_production(50))) as on:
        await on.press("a")
        assert "production 75 %" in on.text()
        await on.press("enter")
        assert "type the release's number, 3, first" in on.text()
        await on.press("4", "enter")
        assert isinstance(on.app.screen, Confirm)
        assert await on.events() == []
        await on.press("backspace", "3", "enter")
        await on.until(on.notices)
        (event,) = await on.events()
        assert isinstance(event.what, Advanced)


async def test_up_to_half_of_production_and_for_a_rollback_from_all_of_it_no_number_is_asked_for() -> None:
    async with screen(go(at_production(25))) as on:
        await on.press("a")
        assert not on.app.screen.query("#number")
        await on.press("enter")
        await on.until(on.notices)
        assert len(await on.events()) == 1
    async with screen(at_production(75)) as on:
        await on.press("R", "enter")
        await on.until(on.notices)
        (event,) = await on.events()
        assert isinstance(event.what, RolledBack)


async def test_escape_leaves_everything_as_it_is() -> None:
    async with screen(at_canary()) as on:
        await on.press("a")
        await on.press("escape")
        assert not isinstance(on.app.screen, Confirm)
        assert await on.events() == []


async def test_rollback_is_one_key_and_enter() -> None:
    async with screen(hold_at_dogfood()) as on:
        await on.press("R", "enter")
        await on.until(on.notices)
        (event,) = await on.events()
        assert isinstance(event.what, RolledBack)
        assert event.what.tiers == ("dogfood",)


async def test_an_enter_too_many_does_it_once_and_ends_nothing() -> None:
    async with screen(at_canary()) as on:
        await on.press("a")
        asked = on.confirm.query_one(Input)
        for _ in range(2):
            asked.post_message(Input.Submitted(asked, ""))
        await on.until(on.notices)
        await on.press("d")
        assert len(await on.events()) == 1


async def test_hold_is_done_at_once() -> None:
    async with screen(at_canary()) as on:
        await on.press("h")
        await on.until(on.notices)
        (event,) = await on.events()
        assert isinstance(event.what, Held)


async def test_a_reason_goes_into_the_log() -> None:
    async with screen(hold_at_dogfood()) as on:
        await on.press("R")
        await on.answer("search is down")
        await on.until(on.notices)
        assert [event.why for event in await on.events()] == ["search is down"]


async def test_an_override_needs_a_reason_and_records_what_was_overridden() -> None:
    async with screen(soaking()) as on:
        await on.press("a")
        assert "OVERRIDE: the gate says WAIT: soaking, 18 s of 60 s left" in on.text()
        await on.press("enter")
        assert isinstance(on.app.screen, Confirm)
        assert "type a reason first" in on.text()
        assert await on.events() == []
        await on.answer("hotfix for the outage")
        await on.until(on.notices)
        (event,) = await on.events()
        assert isinstance(event.what, Advanced)
        assert event.what.overrode == "WAIT: soaking, 18 s of 60 s left"
        assert event.why == "hotfix for the outage"


async def test_no_data_can_be_overridden_too_but_never_silently() -> None:
    async with screen(no_data()) as on:
        await on.press("a")
        assert "OVERRIDE" in on.text()


async def test_revert_takes_the_pr_under_the_cursor() -> None:
    async with screen(at_canary()) as on:
        await on.press("j", "j", "r")
        assert "revert #33 Search by several words at once" in on.text()
        await on.answer("")
        await on.until(on.notices)
        (event,) = await on.events()
        assert isinstance(event.what, RevertAsked)
        assert event.what.pull.number == 33


async def test_what_changed_since_the_confirmation_is_shown_again() -> None:
    async with screen(at_canary()) as on:
        await on.press("r")
        assert "-hotfix.1" in on.text()
        other = at_canary().targets.value
        gone = {tier: placed for tier, placed in other.items() if tier != "dogfood"}
        on.board.put(targets=Seen(gone, NOW))
        await on.press("enter")
        await on.until(lambda: isinstance(on.app.screen, Confirm) and "things changed" in on.text())
        assert await on.events() == []


async def test_a_store_that_fails_is_said_with_the_way_out() -> None:
    class Broken(MemoryStore):
        async def commit(self, *writes: Write, durable: bool = True) -> int:
            raise Failed("store", "the disk is full", "make room, then give the command again")

    async with screen(at_canary()) as on:
        assert on.app.giving
        on.app.giving.desk = Dispatcher(Broken(), _still(on.board), lambda: NOW, CommanderLease(NoLocks(), "ada@box"))
        await on.press("h")
        await on.until(on.notices)
        assert "hold was not done: store: the disk is full; make room" in on.notices()[0]


async def test_a_key_can_be_given_to_another_command() -> None:
    look = ScreenSettings(themes=(THEMES,), keys={"rollback": "ctrl+r", "hold": "!"})
    async with screen(hold_at_dogfood(), look=look) as on:
        assert "^r ROLL BACK" in on.text()
        await on.press("R")
        assert not isinstance(on.app.screen, Confirm)
        await on.press("ctrl+r")
        assert isinstance(on.app.screen, Confirm)
        await on.press("escape")
        await on.press("!")
        await on.until(on.notices)


async def test_two_commands_on_one_key_are_refused_before_the_screen_opens() -> None:
    board = Board(at_canary().policy, lambda: NOW)
    with pytest.raises(Failed, match="a is the key of both advance and hold"):
        CockpitApp(board, None, "ada@box", replace(LOOK, keys={"hold": "a"}))


async def test_a_watcher_has_no_commands_at_all() -> None:
    async with screen(hold_at_dogfood(), watch=True) as on:
        assert "WATCHING" in on.text()
        assert "ROLL BACK" not in on.text()
        await on.press("s", "a", "h", "u", "r", "R", "f", "X", "I")
        assert on.notices() == []
        assert not isinstance(on.app.screen, Confirm)
        bound = [one.action for some in on.app._bindings.key_to_bindings.values() for one in some]
        assert not any(action.startswith("command(") for action in bound)
        await on.press("?")
        assert "COMMANDS" not in on.text()
        assert "rollback" not in {name for name, _, _ in on.app.entries()}


async def test_while_setting_up_commands_wait() -> None:
    async with screen(setting_up()) as on:
        assert "◉ starting 14 hosts" in on.text()
        await on.press("I")
        assert "still setting up" in on.notices()[0]


async def test_hostile_titles_are_shown_literally_in_lists_confirmations_and_notices() -> None:
    async with screen(at_canary(HOSTILE), size=(160, 45)) as on:
        assert "[@click=app.rollback]innocent[/]" in on.text()
        assert "\x1b" not in on.text()
        await on.press("r")
        assert "revert #41 [@click=app.rollback]innocent[/]" in on.text()
        await on.answer("[bold]because[/]")
        await on.until(on.notices)
        assert on.notices() == ["done: revert #41 [@click=app.rollback]innocent[/]"]
        await on.press("j", "j", "r")
        assert "handle [/api/v1] route [WIP]" in on.text()


def go(snapshot: Snapshot) -> Snapshot:
    """The same where the gate says GO."""
    assert snapshot.open
    return replace(snapshot, judged=judged(snapshot.open, Call.GO, "all is well", None, None))


def _still(board: Board) -> Look:
    async def look(past: str) -> Snapshot:
        return board.look()

    return look


async def test_a_screen_whose_person_loses_the_conn_turns_read_only_at_once_and_says_who_has_it() -> None:
    async with screen(at_canary()) as on:
        on.board.put(commander=Seen(Holder("bob@box", NOW - 3, 9), NOW))
        await on.until(lambda: "READ-ONLY" in on.text() and "conn bob@box" in on.text())
        await on.until(lambda: any("bob@box has the conn now: you only read" in said for said in on.notices()))
        for key in ("a", "R", "h"):
            await on.press(key)
            assert not isinstance(on.app.screen, Confirm)
        await on.until(lambda: any("bob@box has the conn for 3 s: take-over" in said for said in on.notices()))
        assert await on.events() == []
        await on.press("c")
        assert isinstance(on.app.screen, Confirm)
        assert "taking it over needs a reason" in on.text()
        await on.press("enter")
        assert "type a reason first" in on.text()


async def test_a_screen_that_is_given_the_conn_says_so() -> None:
    async with screen(at_canary()) as on:
        on.board.put(commander=Seen(Holder("bob@box", NOW - 3, 9), NOW))
        await on.until(lambda: "READ-ONLY" in on.text())
        on.board.put(commander=Seen(Holder("ada@box", NOW, 11), NOW))
        await on.until(lambda: "conn you" in on.text())
        await on.until(lambda: any("you have the conn now" in said for said in on.notices()))
