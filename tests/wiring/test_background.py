"""The background thread: its lease is called from another event loop, and its end is reported."""

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
from tests.process_company import ProcessCompany

PATIENCE = 10.0


async def test_the_lease_is_called_from_the_screen_s_event_loop(tmp_path: Path) -> None:
    config = load(ProcessCompany(tmp_path).folder / "config.toml")
    thread = BackgroundThread(config)
    with thread.running():
        async with asyncio.timeout(PATIENCE):
            assert await thread.acquire() is not None
            holder = await thread.look()
            assert holder.name == current_user()
            await thread.hand_over(holder, "bob@box")
            assert (await thread.look()).name == "bob@box"


async def test_if_the_thread_fails_the_screen_reports_it_and_no_call_waits_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(background, "run_engine", fail)
    config = load(ProcessCompany(tmp_path).folder / "config.toml")
    board = Board(config.policy, lambda: 0.0)
    thread = BackgroundThread(config)
    thread.report_to(asyncio.get_running_loop(), board)
    with thread.running():
        snapshot = await board.until(lambda s: "restart cockpit" in s.local_engine.error, PATIENCE)
        assert "ZeroDivisionError" in snapshot.local_engine.error
        async with asyncio.timeout(PATIENCE):
            for call in (thread.look(), thread.take_over(Holder())):
                with pytest.raises(Failed, match="restart cockpit"):
                    await call


async def test_an_open_screen_acquires_the_lease_only_once_the_rota_names_its_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = ProcessCompany(tmp_path).folder / "config.toml"
    one_slot = '[calendar.slots]\nwhole = "00:00-24:00"\n[rota]\nfile = "rota"\n'
    file.write_text(file.read_text() + one_slot)
    config = load(file)
    board = Board(config.policy, lambda: 0.0)
    thread = BackgroundThread(config)
    assert thread._person_on_duty() is None
    thread.report_to(asyncio.get_running_loop(), board)
    assert thread._person_on_duty() is None
    board.put(rota=Seen(None, 0.0, "rota: cannot be read"))
    assert thread._person_on_duty() == ""
    board.put(rota=Seen(Rota(("bob@box",)), 1.0))
    assert thread._person_on_duty() == "bob@box"
    asked, loop = asyncio.Event(), asyncio.get_running_loop()

    def watched_duty_at(*args: Any) -> Any:
        loop.call_soon_threadsafe(asked.set)
        return duty_at(*args)

    monkeypatch.setattr(background, "duty_at", watched_duty_at)
    with thread.running():
        async with asyncio.timeout(PATIENCE):
            await asked.wait()
            assert (await thread.look()).name == ""
            board.put(rota=Seen(Rota((current_user(),)), 2.0))
            async with open_context(config) as context:
                async for _ in with_ticks(context.store.watch(store_keys.LOCKS), 0.2):
                    if (await thread.look()).name == current_user():
                        return
