"""Commands from their keys: refused, confirmed, overridden, failed, executed."""

from dataclasses import replace

import pytest

from cockpit.control.board import Board
from cockpit.control.commander_lease import CommanderLease
from cockpit.control.dispatcher import Dispatcher, Look
from cockpit.deploy.facts import Advanced, Held, RevertAsked, RolledBack
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
    hold_at_dogfood,
    no_data,
    setting_up,
)
from tests.fakes import MemoryStore, NoLocks
from tests.tui import textual_private
from tests.tui.screens import SETTINGS, THEMES, open_screen


async def test_a_refused_key_shows_the_reason() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("f")
        assert "2026-11-23.3 is at canary" in screen.notices()[0]
        assert not isinstance(screen.app.screen, Confirm)
        assert await screen.events() == []


async def test_advance_shows_the_plan_and_executes_it_on_enter() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("a")
        said = screen.text()
        assert "advance 2026-11-23.3 to production 10 %" in said
        assert f"tell production to run {NEW.id[:10]} on 10 %" in said
        await screen.confirm_with("")
        await screen.until(screen.notices)
        (event,) = await screen.events()
        assert isinstance(event.what, Advanced)
        assert (event.what.rung, event.by) == (3, "ada@box")


async def test_rollback_takes_one_key_and_enter() -> None:
    async with open_screen(hold_at_dogfood()) as screen:
        await screen.press("R", "enter")
        await screen.until(screen.notices)
        (event,) = await screen.events()
        assert isinstance(event.what, RolledBack)
        assert event.what.tiers == ("dogfood",)


async def test_hold_is_executed_without_confirmation() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("h")
        await screen.until(screen.notices)
        (event,) = await screen.events()
        assert isinstance(event.what, Held)


async def test_no_data_is_overridden_only_with_a_confirmation() -> None:
    async with open_screen(no_data()) as screen:
        await screen.press("a")
        assert "OVERRIDE" in screen.text()


async def test_revert_takes_the_selected_pr() -> None:
    async with open_screen(at_canary()) as screen:
        await screen.press("j", "j", "r")
        assert "revert #33 Search by several words at once" in screen.text()
        await screen.confirm_with("")
        await screen.until(screen.notices)
        (event,) = await screen.events()
        assert isinstance(event.what, RevertAsked)
        assert event.what.pull.number == 33


async def test_a_failed_write_is_reported_with_the_remedy() -> None:
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


async def test_keys_can_be_remapped() -> None:
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


async def test_a_read_only_screen_has_no_commands() -> None:
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


async def test_commands_are_refused_during_setup() -> None:
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


def _still(board: Board) -> Look:
    async def look(past: str) -> Snapshot:
        return board.look()

    return look


async def test_a_screen_whose_user_is_replaced_as_commander_turns_read_only_and_names_the_new_one() -> None:
    async with open_screen(at_canary()) as screen:
        screen.board.put(commander=Seen(Holder("bob@box", NOW - 3, 9), NOW))
        await screen.until(lambda: "READ-ONLY" in screen.text() and "commander bob@box" in screen.text())
        await screen.until(
            lambda: any(
                "bob@box is the commander now: your screen is read-only" in notice for notice in screen.notices()
            )
        )
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


async def test_a_screen_says_when_its_user_becomes_commander() -> None:
    async with open_screen(at_canary()) as screen:
        screen.board.put(commander=Seen(Holder("bob@box", NOW - 3, 9), NOW))
        await screen.until(lambda: "READ-ONLY" in screen.text())
        screen.board.put(commander=Seen(Holder("ada@box", NOW, 11), NOW))
        await screen.until(lambda: "commander you" in screen.text())
        await screen.until(lambda: any("you are the commander now" in notice for notice in screen.notices()))
