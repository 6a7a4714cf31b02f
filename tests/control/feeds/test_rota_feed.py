"""The rota by a real file and a real command: read, kept while its source fails, and never silently nobody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import time

import pytest

from cockpit.adapters.command_runner import LocalCommands
from cockpit.adapters.rota_source import CommandRoster, FileRoster
from cockpit.control.board import Board
from cockpit.control.feeds.rota_feed import follow_rota, read_once
from cockpit.deploy.schedule.calendar import Calendar, TimeSpan
from cockpit.deploy.schedule.rota import Rota
from cockpit.deploy.snapshot import Seen
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


async def test_a_file_is_followed_and_what_it_said_last_stays_with_its_age_when_it_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "rota"
    file.write_text("ann\n")
    async with followed(FileRoster(file)) as board:
        await board.until(lambda seen: seen.current_rota == Rota(("ann",)), 10.0)
        file.write_text("mon bob@desk\n")
        known = await board.until(lambda seen: seen.current_rota == Rota((), {"mon": "bob@desk"}), 10.0)
        file.unlink()
        silent = await board.until(lambda seen: bool(seen.rota.error), 10.0)
        assert (silent.current_rota, silent.rota.error != "") == (known.current_rota, True)
        assert "cannot be read: No such file or directory; correct rota.file; what was read" in silent.rota.error
        assert silent.rota.at > 0
        file.write_text("cy\n")
        again = await board.until(lambda seen: seen.current_rota == Rota(("cy",)), 10.0)
        assert again.rota.error == ""


async def test_an_empty_answer_is_a_failure_and_the_configs_people_stand_in_where_nothing_was_ever_read() -> None:
    roster = CommandRoster(LocalCommands(), ("true",), Path.cwd(), 10.0)
    seen = await read_once(roster, Seen(None), Calendar(), time)
    assert seen.value is None
    assert "what true says is no rota: it names nobody" in seen.error
    assert seen.error.endswith("the config's people stand in for it")


async def test_somebody_who_is_settled_for_a_slot_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "rota").write_text("noon ann\nnon bob\n2026-13-01 cy\nmon noon dan\nmon tea eve\n2026-12-01 fay\n")
    calendar = Calendar(slots=(("noon", TimeSpan(720, 780)),))
    seen = await read_once(FileRoster(tmp_path / "rota"), Seen(None), calendar, time)
    assert seen.error == "rota: no date, weekday or slot of the calendar: non, 2026-13-01, mon tea"
    assert seen.value is not None
    assert seen.value.fixed["noon"] == "ann"


async def test_a_command_prints_the_rota_in_the_configs_folder(tmp_path: Path) -> None:
    (tmp_path / "who.json").write_text('{"noon": "ann"}')
    roster = CommandRoster(LocalCommands(), ("cat", "who.json"), tmp_path, 10.0)
    assert await roster.rota() == Rota((), {"noon": "ann"})


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("sh", "-c", "echo ann; echo 'no \033[31mnetwork' >&2; exit 3"), "sh ended with 3: no network"),
        (("sleep", "60"), "took longer than 0.3 s"),
        (("no-such-program",), "was not found"),
        (("echo", "[broken"), "not valid JSON"),
    ],
)
async def test_a_command_that_fails_says_how_and_its_output_does_not_count(
    tmp_path: Path, argv: tuple[str, ...], said: str
) -> None:
    with pytest.raises(Failed, match=said):
        await CommandRoster(LocalCommands(), argv, tmp_path, 0.3 if argv[0] == "sleep" else 30.0).rota()
