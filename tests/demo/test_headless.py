"""Whole stories on real processes, as `cockpit demo --headless` plays them."""

from pathlib import Path

import pytest

from tests.demo.demo_process import PACE, demo, fleet_marks, processes_of, read_lines
from tests.programs import need

PROGRAMS = {"--consul": ("consul",), "--prometheus": ("prometheus", "prometheus-alertmanager")}

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
