"""The rota from a real file and a real command."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import time

import pytest
from msgspec.structs import replace

from cockpit.adapters.command_runner import LocalCommands
from cockpit.adapters.rota_source import CommandRotaSource, FileRotaSource
from cockpit.control.board import Board
from cockpit.control.feeds.rota_feed import follow_rota, read_rota
from cockpit.deploy.schedule.calendar import Calendar, TimeSpan
from cockpit.deploy.schedule.rota import Rota
from cockpit.deploy.snapshot import Snapshot
from cockpit.ports import Failed, RotaSource
from tests.scenario import POLICY

OFTEN = 0.05


@asynccontextmanager
async def followed(roster: RotaSource) -> AsyncIterator[Board]:
    board = Board(POLICY, time)
    feed = asyncio.create_task(follow_rota(board, roster, OFTEN, time))
    try:
        yield board
    finally:
        feed.cancel()
        await asyncio.gather(feed, return_exceptions=True)


async def test_a_rota_file_is_followed_and_its_last_rota_stays_when_it_is_removed(tmp_path: Path) -> None:
    file = tmp_path / "rota"
    file.write_text("ann\n")
    async with followed(FileRotaSource(file)) as board:
        await board.until(lambda s: s.current_rota == Rota(("ann",)), 10.0)
        file.write_text("mon bob@desk\n")
        known = await board.until(lambda s: s.current_rota == Rota((), {"mon": "bob@desk"}), 10.0)
        file.unlink()
        silent = await board.until(lambda s: bool(s.rota.error), 10.0)
        assert (silent.current_rota, silent.rota.error != "") == (known.current_rota, True)
        assert "rota: No such file or directory; correct rota.file; the rota read" in silent.rota.error
        assert silent.rota.at > 0
        file.write_text("cy\n")
        again = await board.until(lambda s: s.current_rota == Rota(("cy",)), 10.0)
        assert again.rota.error == ""


async def test_an_empty_rota_is_an_error_and_the_configs_people_are_used() -> None:
    roster = CommandRotaSource(LocalCommands(), ("true",), Path.cwd(), 10.0)
    rota = (await read_rota(Snapshot(POLICY, time()), roster, time))["rota"]
    assert rota.value is None
    assert "invalid rota in true: it has no names" in rota.error
    assert rota.error.endswith("the config's people are used")


async def test_a_person_in_an_unknown_slot_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "rota").write_text("noon ann\nnon bob\n2026-13-01 cy\nmon noon dan\nmon tea eve\n2026-12-01 fay\n")
    calendar = Calendar(slots=(("noon", TimeSpan(720, 780)),))
    known = Snapshot(replace(POLICY, calendar=calendar), time())
    rota = (await read_rota(known, FileRotaSource(tmp_path / "rota"), time))["rota"]
    assert rota.error == "rota: not a date, weekday or slot of the calendar: non, 2026-13-01, mon tea"
    assert rota.value is not None
    assert rota.value.fixed["noon"] == "ann"


async def test_a_rota_command_runs_in_the_configs_folder(tmp_path: Path) -> None:
    (tmp_path / "who.json").write_text('{"noon": "ann"}')
    roster = CommandRotaSource(LocalCommands(), ("cat", "who.json"), tmp_path, 10.0)
    assert await roster.rota() == Rota((), {"noon": "ann"})


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("sh", "-c", "echo ann; echo 'no \033[31mnetwork' >&2; exit 3"), "sh ended with exit code 3: no network"),
        (("sleep", "60"), "took longer than 0.3 s"),
        (("no-such-program",), "was not found"),
        (("echo", "[broken"), "not valid JSON"),
    ],
)
async def test_a_failing_rota_command_names_the_failure_and_its_output_is_ignored(
    tmp_path: Path, argv: tuple[str, ...], said: str
) -> None:
    with pytest.raises(Failed, match=said):
        await CommandRotaSource(LocalCommands(), argv, tmp_path, 0.3 if argv[0] == "sleep" else 30.0).rota()
