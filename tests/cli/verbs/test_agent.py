"""`cockpit agent`: one run, a new host, the status of the disk, and the systemd unit."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from cockpit import wiring
from cockpit.agent import journal
from cockpit.agent.retry import Retry
from cockpit.deploy.hosts.status import HostState, Status
from tests.cli.builds import publish, write_target
from tests.cli.shell import Capsys, run, run_json
from tests.git_origin import GitOrigin

AGENT = ("agent", "--host", "s1", "--tier", "staging", "--folder", "host")


def test_the_agent_needs_a_host_and_a_known_tier(company: GitOrigin, capsys: Capsys) -> None:
    assert run(capsys, "agent", "--folder", "host")[0] == 2
    code, _, err = run(capsys, "agent", "--folder", "host", "--host", "s1", "--tier", "moon")
    assert (code, "unknown tier 'moon': use staging, production" in err) == (2, True)


def test_once_brings_a_host_to_its_target_and_exits(company: GitOrigin, capsys: Capsys) -> None:
    build = publish("first")
    write_target(build, 1)
    code, out, err = run(capsys, *AGENT, "--once", "--log", "json")
    assert (code, out) == (0, f"s1 serving {build[:10]}\n")
    states = [json.loads(line)["state"] for line in err.splitlines()]
    assert [state for n, state in enumerate(states) if state not in states[:n]] == [
        "pulling", "prepared", "switching", "warming", "serving",
    ]  # fmt: skip
    assert (Path("host/current/page")).read_text() == "first"
    write_target("e" * 64, 2)
    code, out, err = run(capsys, *AGENT, "--once")
    assert code == 1
    assert "failed" in out
    assert "is not in" in err


def test_status_prints_what_is_on_the_disk(company: GitOrigin, capsys: Capsys) -> None:
    code, out, _ = run(capsys, "agent", "status", "--folder", "host")
    assert code == 0
    assert "no agent has run here" in out
    first, second = publish("first"), publish("second")
    for serial, build in enumerate((first, second), 1):
        write_target(build, serial)
        run(capsys, *AGENT, "--once")
    _, out, _ = run(capsys, "agent", "status", "--folder", "host")
    assert f"hot       {second}" in out
    assert f"cold      {first}, kept for a rollback" in out
    status = run_json(capsys, "agent", "status", "--folder", "host")[1]
    assert (status["hot"], status["cold"], status["serial"], status["error"]) == (second, [first], 2, "")
    intent, _ = journal.peek(Path("host"))
    journal.save(Path("host"), replace(intent, retry=Retry(1.0, 3, "hook drain: exit 1")))
    _, out, _ = run(capsys, "agent", "status", "--folder", "host")
    assert "detail    hook drain: exit 1 (tried 3 times, still trying)" in out


def test_once_reports_a_host_that_has_not_reached_its_target(
    company: GitOrigin, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stuck(*_: object, **__: object) -> Status:
        return Status("s1", "staging", HostState.DRAINING, 1.0, 1.0, "a" * 64, stuck=True)

    monkeypatch.setattr(wiring, "run_agent_once", stuck)
    code, out, _ = run(capsys, *AGENT, "--once")
    assert (code, out) == (1, "s1 draining aaaaaaaaaa\n")


def test_bootstrap_creates_the_folder_and_does_not_wait_for_a_target(company: GitOrigin, capsys: Capsys) -> None:
    code, out, err = run(capsys, *AGENT[:1], "bootstrap", *AGENT[1:])
    assert (code, out) == (0, "s1 empty no build\n")
    assert "GB free" in err
    assert "hook drain: not set" in err
    assert Path("host").is_dir()


def test_unit_prints_a_valid_systemd_unit(company: GitOrigin, capsys: Capsys, tmp_path: Path) -> None:
    code, out, _ = run(capsys, *AGENT[:1], "unit", *AGENT[1:], "--url", "http://127.0.0.1:80/%20")
    assert code == 0
    assert f"ReadWritePaths={tmp_path}/host" in out
    assert "--url http://127.0.0.1:80/%%20" in out
    assert not Path("host").exists()
    if shutil.which("systemd-analyze"):
        Path("cockpit-agent.service").write_text(out.replace("User=cockpit", "User=root"))
        done = subprocess.run(
            ["systemd-analyze", "verify", "./cockpit-agent.service"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
