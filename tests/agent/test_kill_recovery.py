"""After a kill -9 at any write, the next agent ends with a complete build that serves, or on the old one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("story", ["install", "deploy", "unhealthy", "rollback", "repair"])
def test_a_host_recovers_from_a_kill_at_any_write(story: str, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "tests.agent.kill_harness", story, str(tmp_path / story)]
    result = subprocess.run(
        argv, capture_output=True, text=True, timeout=230, cwd=Path(__file__).parents[2], check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    kills = [json.loads(line) for line in result.stdout.splitlines()]
    least = {"rollback": 20}.get(story, 30)
    assert len(kills) > least, "the agent writes more often than that"
    assert [kill for kill in kills if kill[1]] == []


def test_slots_hold_complete_builds_after_repeated_kills_at_random_times(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "tests.agent.kill_harness", "random", str(tmp_path / "random"), "25", "6"]
    result = subprocess.run(
        argv, capture_output=True, text=True, timeout=230, cwd=Path(__file__).parents[2], check=False
    )
    assert result.returncode == 0, result.stderr
    kills = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(kills) == 26
    assert [kill for kill in kills if kill[1]] == []
