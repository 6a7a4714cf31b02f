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
from tests.tui import textual_private
from tests.tui.screens import SETTINGS, THEMES, open_screen


async def test_a_dimmed_key_says_its_reason() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("f")
        assert "2026-11-23.3 is at canary" in screen.notices()[0]
        assert not isinstance(screen.app.screen, Confirm)
        assert await screen.events() == []


async def test_advance_shows_the_plan_and_does_it_on_enter() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("a")
        said = screen.text()
        assert "advance 2026-11-23.3 to production 10 %" in said
        assert f"point production 10 % at {NEW.id[:10]}" in said
        await screen.confirm_with("")
        await screen.until(screen.notices)
        (event,) = await screen.events()
        assert isinstance(event.what, Advanced)
        assert (event.what.rung, event.by) == (3, "ada@box")


async def test_past_half_of_production_the_release_s_number_must_be_typed() -> None:
    async with open_screen(go(at_production(50))) as screen:
        await screen.press("a")
        assert "production 75 %" in screen.text()
        await screen.press("enter")
        assert "type the release's number, 3, first" in screen.text()
        await screen.press("4", "enter")
        assert isinstance(screen.app.screen, Confirm)
        assert await screen.events() == []
        await screen.press("backspace", "3", "enter")
        await screen.until(screen.notices)
        (event,) = await screen.events()
        assert isinstance(event.what, Advanced)


async def test_up_to_half_of_production_and_for_a_rollback_from_all_of_it_no_number_is_asked_for() -> None:
    async with open_screen(go(at_production(25))) as screen:
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


async def test_escape_leaves_everything_as_it_is() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("a")
        await screen.press("escape")
        assert not isinstance(screen.app.screen, Confirm)
        assert await screen.events() == []


async def test_rollback_is_one_key_and_enter() -> None:
    async with open_screen(hold_at_dogfood()) as screen:
        await screen.press("R", "enter")
        await screen.until(screen.notices)
        (event,) = await screen.events()
        assert isinstance(event.what, RolledBack)
        assert event.what.tiers == ("dogfood",)


async def test_an_enter_too_many_does_it_once_and_ends_nothing() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("a")
        asked = screen.confirm.query_one(Input)
        for _ in range(2):
            asked.post_message(Input.Submitted(asked, ""))
        await screen.until(screen.notices)
        await screen.press("d")
        assert len(await screen.events()) == 1


async def test_hold_is_done_at_once() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("h")
        await screen.until(screen.notices)
        (event,) = await screen.events()
        assert isinstance(event.what, Held)


async def test_a_reason_goes_into_the_log() -> None:
    async with open_screen(hold_at_dogfood()) as screen:
        await screen.press("R")
        await screen.confirm_with("search is down")
        await screen.until(screen.notices)
        assert [event.why for event in await screen.events()] == ["search is down"]


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


async def test_no_data_can_be_overridden_too_but_never_silently() -> None:
    async with open_screen(no_data()) as screen:
        await screen.press("a")
        assert "OVERRIDE" in screen.text()


async def test_revert_takes_the_pr_under_the_cursor() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("j", "j", "r")
        assert "revert #33 Search by several words at once" in screen.text()
        await screen.confirm_with("")
        await screen.until(screen.notices)
        (event,) = await screen.events()
        assert isinstance(event.what, RevertAsked)
        assert event.what.pull.number == 33


async def test_what_changed_since_the_confirmation_is_shown_again() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("r")
        assert "-hotfix.1" in screen.text()
        other = at_canary().targets.value
        gone = {tier: placed for tier, placed in other.items() if tier != "dogfood"}
        screen.board.put(targets=Seen(gone, NOW))
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, Confirm) and "things changed" in screen.text())
        assert await screen.events() == []


async def test_a_store_that_fails_is_said_with_the_way_out() -> None:
    class Broken(MemoryStore):
        async def commit(self, *writes: Write, durable: bool = True) -> int:
            raise Failed("store", "the disk is full", "make room, then give the command again")

    async with open_screen(at_canary()) as screen:
        assert screen.app.dialogue
        screen.app.dialogue.dispatcher = Dispatcher(
            Broken(), _still(screen.board), lambda: NOW, CommanderLease(NoLocks(), "ada@box")
        )
        await screen.press("h")
        await screen.until(screen.notices)
        assert "hold was not done: store: the disk is full; make room" in screen.notices()[0]


async def test_a_key_can_be_given_to_another_command() -> None:
    settings = ScreenSettings(themes=(THEMES,), keys={"rollback": "ctrl+r", "hold": "!"})
    async with open_screen(hold_at_dogfood(), settings=settings) as screen:
        assert "^r ROLL BACK" in screen.text()
        await screen.press("R")
        assert not isinstance(screen.app.screen, Confirm)
        await screen.press("ctrl+r")
        assert isinstance(screen.app.screen, Confirm)
        await screen.press("escape")
        await screen.press("!")
        await screen.until(screen.notices)


async def test_two_commands_on_one_key_are_refused_before_the_screen_opens() -> None:
    board = Board(at_canary().policy, lambda: NOW)
    with pytest.raises(Failed, match="a is the key of both advance and hold"):
        CockpitApp(board, None, "ada@box", replace(SETTINGS, keys={"hold": "a"}))


async def test_a_watcher_has_no_commands_at_all() -> None:
    async with open_screen(hold_at_dogfood(), watch=True) as screen:
        assert "WATCHING" in screen.text()
        assert "ROLL BACK" not in screen.text()
        await screen.press("s", "a", "h", "u", "r", "R", "f", "X", "I")
        assert screen.notices() == []
        assert not isinstance(screen.app.screen, Confirm)
        assert not any(action.startswith("command(") for action in textual_private.bound_actions(screen.app))
        await screen.press("?")
        assert "COMMANDS" not in screen.text()
        assert "rollback" not in {name for name, _, _ in screen.app.entries()}


async def test_while_setting_up_commands_wait() -> None:
    async with open_screen(setting_up()) as screen:
        assert "◉ starting 14 hosts" in screen.text()
        await screen.press("I")
        assert "still setting up" in screen.notices()[0]


async def test_hostile_titles_are_shown_literally_in_lists_confirmations_and_notices() -> None:
    async with open_screen(at_canary(HOSTILE), size=(160, 45)) as screen:
        assert "[@click=app.rollback]innocent[/]" in screen.text()
        assert "\x1b" not in screen.text()
        await screen.press("r")
        assert "revert #41 [@click=app.rollback]innocent[/]" in screen.text()
        await screen.confirm_with("[bold]because[/]")
        await screen.until(screen.notices)
        assert screen.notices() == ["done: revert #41 [@click=app.rollback]innocent[/]"]
        await screen.press("j", "j", "r")
        assert "handle [/api/v1] route [WIP]" in screen.text()


def go(snapshot: Snapshot) -> Snapshot:
    """The same where the gate says GO."""
    assert snapshot.open
    return replace(snapshot, judgement=judged(snapshot.open, Call.GO, "all is well", None, None))


def _still(board: Board) -> Look:
    async def look(past: str) -> Snapshot:
        return board.look()

    return look


async def test_a_screen_whose_person_loses_the_conn_turns_read_only_at_once_and_says_who_has_it() -> None:
    async with open_screen(at_canary()) as screen:
        screen.board.put(commander=Seen(Holder("bob@box", NOW - 3, 9), NOW))
        await screen.until(lambda: "READ-ONLY" in screen.text() and "conn bob@box" in screen.text())
        await screen.until(lambda: any("bob@box has the conn now: you only read" in said for said in screen.notices()))
        for key in ("a", "R", "h"):
            await screen.press(key)
            assert not isinstance(screen.app.screen, Confirm)
        await screen.until(
            lambda: any("bob@box is the commander for 3 s: take over" in said for said in screen.notices())
        )
        assert await screen.events() == []
        await screen.press("c")
        assert isinstance(screen.app.screen, Confirm)
        assert "taking over needs a reason" in screen.text()
        await screen.press("enter")
        assert "type a reason first" in screen.text()


async def test_a_screen_that_is_given_the_conn_says_so() -> None:
    async with open_screen(at_canary()) as screen:
        screen.board.put(commander=Seen(Holder("bob@box", NOW - 3, 9), NOW))
        await screen.until(lambda: "READ-ONLY" in screen.text())
        screen.board.put(commander=Seen(Holder("ada@box", NOW, 11), NOW))
        await screen.until(lambda: "conn you" in screen.text())
        await screen.until(lambda: any("you have the conn now" in said for said in screen.notices()))
