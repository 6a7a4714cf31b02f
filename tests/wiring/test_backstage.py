"""What runs behind the screen: asked from another loop, and told of when it ends."""

import asyncio
from pathlib import Path

import pytest

from cockpit.config import load
from cockpit.control.board import Board
from cockpit.deploy.locks import Holder
from cockpit.ports import Failed
from cockpit.wiring import backstage, who
from cockpit.wiring.backstage import Backstage
from tests.yards import Yard

PATIENCE = 10.0


async def test_the_seat_behind_is_taken_and_asked_from_the_screens_loop(tmp_path: Path) -> None:
    config = load(Yard(tmp_path).folder / "config.toml")
    behind = Backstage(config)
    with behind.running():
        async with asyncio.timeout(PATIENCE):
            assert await behind.sit() is not None
            holder = await behind.look()
            assert holder.name == who()
            await behind.let(holder, "bob@box")
            assert (await behind.look()).name == "bob@box"


async def test_when_it_breaks_the_screen_is_told_and_nobody_waits_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(backstage, "run_engine", broken)
    config = load(Yard(tmp_path).folder / "config.toml")
    board = Board(config.policy, lambda: 0.0)
    behind = Backstage(config)
    behind.tell(asyncio.get_running_loop(), board)
    with behind.running():
        told = await board.until(lambda s: "start cockpit again" in s.engine_here.trouble, PATIENCE)
        assert "ZeroDivisionError" in told.engine_here.trouble
        async with asyncio.timeout(PATIENCE):
            for asking in (behind.look(), behind.take(Holder())):
                with pytest.raises(Failed, match="start cockpit again"):
                    await asking
