"""Whole stories on a real fleet of processes, played as `cockpit demo --headless` plays them."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cockpit.demo.layout import Layout, members
from tests.demo.shops import within
from tests.programs import need

PROGRAMS = {"--consul": ("consul",), "--prometheus": ("prometheus", "prometheus-alertmanager")}

pytestmark = [
    pytest.mark.story,
    pytest.mark.xdist_group("fleet"),  # one company at a time: two would be measuring each other
    pytest.mark.skipif(sys.platform != "linux", reason="finds what is left running in /proc"),
]


def demo(folder: Path, *options: str) -> "subprocess.Popen[str]":
    """The demo, with `folder` for whatever is temporary."""
    command = [sys.executable, "-m", "cockpit", "demo", "--headless", "--json", *options]
    env = {**os.environ, "TMPDIR": str(folder)}
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def left(mark: Path) -> list[str]:
    """Command lines of the processes that know of `mark`, a path."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
        except OSError:
            continue  # it has ended, or is not ours
        if entry.name != str(os.getpid()) and any(os.fsencode(mark) in said for said in words):
            found.append(words[0].replace(b"\0", b" ").decode(errors="replace"))
    return found


def lines(running: "subprocess.Popen[str]") -> Iterator[dict[str, Any]]:
    assert running.stdout
    return (json.loads(line) for line in running.stdout)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in which nothing may be left, and of which nothing may be left running."""
    with tempfile.TemporaryDirectory(prefix="cockpit-test-", ignore_cleanup_errors=True) as made:
        yield Path(made)
        within(lambda: not left(Path(made)))


@pytest.mark.parametrize(
    ("story", "seed", "on"),
    [
        ("clean", 3, ()),
        ("rollback", 2, ()),
        ("hotfix", 4, ("--consul",)),
        ("hotfix", 5, ("--prometheus",)),
    ],
)
def test_a_story_ends_as_it_should_and_leaves_nothing(folder: Path, story: str, seed: int, on: tuple[str, ...]) -> None:
    for program in (name for option in on for name in PROGRAMS[option]):
        need(program)
    with demo(folder, "--story", story, "--seed", str(seed), *on) as running:
        *_, last = lines(running)
    summary = last["summary"]
    assert running.returncode == 0, summary
    assert summary["well"]
    assert summary["failed_otherwise"] == 0
    assert summary["sent"] > 1000
    assert (summary["failed_by_bad_pr"] > 0) == (story != "clean")
    assert list(folder.iterdir()) == []
    assert left(folder) == []


def test_the_hotfix_story_goes_on_after_kill_9_in_its_middle(folder: Path) -> None:
    options = ("--story", "hotfix", "--keep", str(folder / "company"))
    with demo(folder, *options) as running:
        for line in lines(running):
            if line.get("event", {}).get("what", {}).get("type") == "RevertAsked":
                running.kill()
                break
    within(lambda: not left(folder))
    with demo(folder, *options) as again:
        *_, last = lines(again)
    summary = last["summary"]
    assert again.returncode == 0, summary
    assert summary["failed_by_bad_pr"] > 0
    assert summary["failed_otherwise"] == 0
    layout = Layout(folder / "company")
    assert all((layout.host(host) / "current" / "version.json").exists() for host, _ in members())


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_whenever_it_is_told_to_end_nothing_is_left(folder: Path, sign: signal.Signals) -> None:
    with demo(folder) as running:
        for line in lines(running):
            if "agents" in str(line.get("setup", "")):
                running.send_signal(sign)
                break
    assert running.returncode == (-sign if sign is signal.SIGKILL else 130)
    within(lambda: not left(folder) and not list(folder.iterdir()))
