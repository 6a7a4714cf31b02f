"""What runs behind the screen: asked from another loop, and told of when it ends."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cockpit.config import load
from cockpit.control.board import Board
from cockpit.control.feeds.ticks import with_ticks
from cockpit.deploy import store_keys
from cockpit.deploy.locks import Holder
from cockpit.deploy.schedule.rota import Rota
from cockpit.deploy.snapshot import Seen
from cockpit.ports import Failed
from cockpit.rules.commander.duty import duty_at
from cockpit.wiring import background, current_user, open_context
from cockpit.wiring.background import BackgroundThread
from tests.yards import Yard

PATIENCE = 10.0


async def test_the_seat_behind_is_taken_and_asked_from_the_screens_loop(tmp_path: Path) -> None:
    config = load(Yard(tmp_path).folder / "config.toml")
    behind = BackgroundThread(config)
    with behind.running():
        async with asyncio.timeout(PATIENCE):
            assert await behind.sit() is not None
            holder = await behind.look()
            assert holder.name == current_user()
            await behind.let(holder, "bob@box")
            assert (await behind.look()).name == "bob@box"


async def test_when_it_breaks_the_screen_is_told_and_nobody_waits_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(background, "run_engine", broken)
    config = load(Yard(tmp_path).folder / "config.toml")
    board = Board(config.policy, lambda: 0.0)
    behind = BackgroundThread(config)
    behind.tell(asyncio.get_running_loop(), board)
    with behind.running():
        told = await board.until(lambda s: "start cockpit again" in s.local_engine.error, PATIENCE)
        assert "ZeroDivisionError" in told.local_engine.error
        async with asyncio.timeout(PATIENCE):
            for asking in (behind.look(), behind.take(Holder())):
                with pytest.raises(Failed, match="start cockpit again"):
                    await asking


async def test_in_the_slot_of_another_nobody_sits_down_before_the_rota_is_read_nor_while_it_names_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Yard(tmp_path).folder / "config.toml"
    whole_day = '[calendar.slots]\nwhole = "00:00-24:00"\n[rota]\nfile = "rota"\n'
    file.write_text(file.read_text() + whole_day)
    config = load(file)
    board = Board(config.policy, lambda: 0.0)
    behind = BackgroundThread(config)
    assert behind._designated() is None
    behind.tell(asyncio.get_running_loop(), board)
    assert behind._designated() is None
    board.put(rota=Seen(None, 0.0, "rota: cannot be read"))
    assert behind._designated() == ""
    board.put(rota=Seen(Rota(("somebody@box",)), 1.0))
    assert behind._designated() == "somebody@box"
    asked, looked = asyncio.Event(), asyncio.get_running_loop()

    def watched(*args: Any) -> Any:
        looked.call_soon_threadsafe(asked.set)
        return duty_at(*args)

    monkeypatch.setattr(background, "duty_at", watched)
    with behind.running():
        async with asyncio.timeout(PATIENCE):
            await asked.wait()
            assert (await behind.look()).name == ""
            board.put(rota=Seen(Rota((current_user(),)), 2.0))
            async with open_context(config) as outside:
                async for _ in with_ticks(outside.store.watch(store_keys.LOCKS), 0.2):
                    if (await behind.look()).name == current_user():
                        return
