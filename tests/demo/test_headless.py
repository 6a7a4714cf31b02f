"""Whole stories on real processes, as `cockpit demo --headless` plays them."""

from pathlib import Path

import pytest

from cockpit.demo.layout import Layout, fleet_hosts
from tests.demo.demo_process import demo, fleet_marks, processes_of, read_lines
from tests.programs import need
from tests.waiting import wait_until

PROGRAMS = {"--consul": ("consul",), "--prometheus": ("prometheus", "prometheus-alertmanager")}
PACE = ("--pace", "1")

pytestmark = fleet_marks


@pytest.mark.parametrize(
    ("story", "seed", "systems"),
    [
        ("clean", 3, ()),
        ("rollback", 2, ()),
        ("hotfix", 4, ("--consul",)),
        ("hotfix", 5, ("--prometheus",)),
    ],
)
def test_a_story_passes_and_leaves_no_process_or_file(
    folder: Path, story: str, seed: int, systems: tuple[str, ...]
) -> None:
    for program in (name for option in systems for name in PROGRAMS[option]):
        need(program)
    with demo(folder, "--story", story, "--seed", str(seed), *PACE, *systems) as running:
        *_, last = read_lines(running)
    summary = last["summary"]
    assert running.returncode == 0, summary
    assert summary["passed"]
    assert summary["failed_otherwise"] == 0
    assert summary["sent"] > 1000
    assert (summary["failed_by_bad_pr"] > 0) == (story != "clean")
    assert list(folder.iterdir()) == []
    assert processes_of(folder) == []


def test_the_hotfix_story_is_resumed_after_kill_9(folder: Path) -> None:
    options = ("--story", "hotfix", "--keep", str(folder / "company"))
    with demo(folder, *options, *PACE) as running:
        for line in read_lines(running):
            if line.get("event", {}).get("what", {}).get("type") == "RevertAsked":
                running.kill()
                break
    wait_until(lambda: not processes_of(folder))
    with demo(folder, *options) as again:
        *_, last = read_lines(again)
    summary = last["summary"]
    assert again.returncode == 0, summary
    assert summary["failed_by_bad_pr"] > 0
    assert summary["failed_otherwise"] == 0
    layout = Layout(folder / "company")
    assert all((layout.host(host) / "current" / "version.json").exists() for host, _ in fleet_hosts())
