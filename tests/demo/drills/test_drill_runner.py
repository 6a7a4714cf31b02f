"""The course of a drill: the fault, its repair after the right action, and the recovery."""

import asyncio
from pathlib import Path

import pytest

from cockpit.control.board import Board
from cockpit.demo.drills import drill_runner
from cockpit.demo.drills.drill import REQUIRED_PROGRAMS, Drill, Fault
from cockpit.demo.drills.drill_runner import DrillRunner, possible_faults
from cockpit.demo.faults import application_name, read_faults
from cockpit.demo.layout import Layout
from cockpit.deploy.facts import Held
from cockpit.deploy.hosts.status import HostState, Status
from cockpit.deploy.release_fold import fold
from cockpit.deploy.snapshot import Log, Seen
from tests import builders as b
from tests.waiting import wait_until

HOST = "production-04"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def test_a_fault_is_possible_only_if_its_programs_are_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert set(possible_faults()) == set(Fault) - set(REQUIRED_PROGRAMS)
    (tmp_path / "consul").touch(0o755)
    assert set(possible_faults()) == set(Fault) - {Fault.DEAD_METRICS}


async def test_a_failed_host_is_repaired_after_the_trainee_has_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drill_runner, "REPAIR_TIME", 0.0)
    monkeypatch.setattr(drill_runner, "POLL", 0.01)
    layout, board = Layout(tmp_path), Board(b.POLICY, lambda: b.NOW)
    runner = DrillRunner(layout, Drill(Fault.BAD_HOST, 3, 0.0, HOST), b.ADA, lambda: 0.0)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        writer.close()

    release = b.at_production(10).latest
    assert release
    async with asyncio.timeout(10), await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        status = Status(HOST, "production", HostState.SERVING, b.NOW, b.NOW, b.NEW.id, url=url)
        running = asyncio.ensure_future(runner.run(board))
        board.put(log=Seen(Log((release,)), b.NOW), statuses=Seen({HOST: status}, b.NOW))
        await asyncio.to_thread(wait_until, lambda: read_faults(layout.faults) == {application_name(HOST)})
        assert runner.began == 0.0
        facts = [*((event.what, event.by, event.why) for event in release.events), (Held(), b.ADA, "odd")]
        board.put(log=Seen(Log((fold(release.id, b.events(*facts)),)), b.NOW))
        await running
    assert read_faults(layout.faults) == frozenset()
    assert runner.recovered == 0.0
    assert "THE DRILL IS OVER" in board.look().startup.error
    debrief = runner.debrief(board.look())
    assert debrief.passed
    assert [action.text for action in debrief.actions if action.right] == ["held"]
