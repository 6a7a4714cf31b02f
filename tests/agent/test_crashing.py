"""kill -9 at every write point: the next agent ends with a whole build that serves, or back on the old one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("story", ["install", "deploy", "unwell"])
def test_killed_at_any_write_the_host_recovers(story: str, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "tests.agent.crashing", story, str(tmp_path / story)]
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=230, cwd=Path(__file__).parents[2], check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    kills = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(kills) > 30, "the agent writes more often than that: what is counted?"
    assert [kill for kill in kills if kill[1]] == []


def test_killed_again_and_again_at_any_instant_a_host_holds_whole_builds_alone(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "tests.agent.crashing", "random", str(tmp_path / "random"), "25", "6"]
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=230, cwd=Path(__file__).parents[2], check=False)
    assert ran.returncode == 0, ran.stderr
    kills = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(kills) == 26
    assert [kill for kill in kills if kill[1]] == []
