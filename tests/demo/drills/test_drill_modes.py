"""Drills on a real fleet of processes: each fault really happens, a scripted trainee gives commands at the desk as a
person would, and the debrief says what was done."""

import sys
from pathlib import Path

import pytest

from cockpit.demo.company_process import staged
from cockpit.demo.drills.debrief import failures
from cockpit.demo.drills.drill import NEEDS, Drill, Fault
from cockpit.demo.drills.drill_modes import played
from cockpit.demo.drills.trainee import next_act, shows
from cockpit.demo.layout import Layout
from cockpit.demo.stories import StoryMove
from cockpit.demo.traffic.tally import read_tally
from cockpit.deploy.snapshot import Snapshot
from tests.programs import need

pytestmark = [
    pytest.mark.story,
    pytest.mark.xdist_group("fleet"),  # one company at a time: two would be measuring each other
    pytest.mark.skipif(sys.platform != "linux", reason="the company keeps its processes on a leash of Linux"),
]


class Trainee:
    """Follows the script, and writes down what the screen showed."""

    def __init__(self) -> None:
        self.missing: set[str] = set()
        self.errors: set[str] = set()
        self.gave: list[str] = []

    def __call__(self, snapshot: Snapshot, fault: Fault, bad: int, seen: bool) -> StoryMove | None:
        if shows(snapshot, fault):
            samples = snapshot.traffic.value.samples
            self.missing |= set(samples[-1].missing) if samples else set()
            self.errors |= {snapshot.traffic.error, snapshot.log.error} - {""}
        move = next_act(snapshot, fault, bad, seen)
        if move:
            self.gave.append(move.verb)
        return move


@pytest.mark.parametrize("fault", [Fault.BAD_HOST, Fault.DEAD_METRICS, Fault.CONFLICT])
async def test_a_trainee_who_does_what_is_right_passes_and_the_debrief_agrees(tmp_path: Path, fault: Fault) -> None:
    for program in NEEDS.get(fault, ()):
        need(program)
    drill, trainee = Drill(fault, 1, 0.0, "production-04"), Trainee()
    with staged(drill.story, 2, tmp_path / "company", drill.store, drill.prometheus) as stage:
        told = await played(stage, drill, trainee)
    assert told.happened
    assert told.passed, told
    right = [act for act in told.acts if act.right]
    assert len(right) == 1
    assert told.to_right == right[0].after
    assert told.to_restored is not None
    assert 0 <= told.to_right <= told.to_restored
    assert told.harmed <= failures(read_tally(Layout(tmp_path / "company").tally))
    assert told.sent == read_tally(Layout(tmp_path / "company").tally).sent
    match fault:
        case Fault.BAD_HOST:
            assert "production-04" in trainee.missing
            assert right[0].words == "held"
        case Fault.DEAD_METRICS:
            assert any("prometheus" in error.lower() for error in trainee.errors)
            assert right[0].words == "held"
        case _:
            assert told.harmed > 0
            assert right[0].words.startswith("ROLLED BACK")
    assert trainee.gave[0] == "start"


async def test_a_trainee_who_does_nothing_right_never_passes(tmp_path: Path) -> None:
    def blind(snapshot: Snapshot, fault: Fault, bad: int, seen: bool) -> StoryMove | None:
        return StoryMove("abandon", "enough") if seen and snapshot.open else next_act(snapshot, fault, bad, seen=False)

    drill = Drill(Fault.BAD_HOST, 1, 0.0, "production-04")
    with staged(drill.story, 2, tmp_path / "company") as stage:
        told = await played(stage, drill, blind, longest=45.0)
    assert told.happened
    assert (told.to_right, told.passed) == (None, False)
    assert any(act.words.startswith("abandoned") for act in told.acts)
