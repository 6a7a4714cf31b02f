"""A supervised child process."""

from pathlib import Path

import pytest

from cockpit.demo.processes import supervisor
from cockpit.demo.processes.supervisor import Child
from tests.waiting import wait_until


def test_a_child_has_the_name_of_its_log_and_can_be_killed(tmp_path: Path) -> None:
    child = Child(tmp_path / "web-1.app.log", "sleep", "60", module=False)
    assert child.name == "web-1.app"
    child.kill()
    child.start()
    assert child.alive
    child.kill()
    assert not child.alive


def test_a_child_that_ended_is_restarted_with_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "RESTART_DELAY", 0.0)
    child = Child(
        tmp_path / "log", "sh", "-c", "echo $GREETING; exec sleep 60", module=False, env={"GREETING": "hello"}
    )
    child.start()
    assert not child.restart_if_ended()
    wait_until(lambda: (tmp_path / "log").read_text() == "hello\n")
    child.kill()
    assert child.restart_if_ended()
    wait_until(lambda: (tmp_path / "log").read_text() == "hello\nhello\n")
    child.stop()
    assert not child.alive
