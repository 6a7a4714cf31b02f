"""Drills on real processes: the fault happens, a scripted trainee gives commands, and the debrief reports them."""

from pathlib import Path

import pytest

from cockpit.demo.company_process import running_company
from cockpit.demo.drills.drill import REQUIRED_PROGRAMS, Drill, Fault
from cockpit.demo.drills.drill_modes import play_drill
from cockpit.demo.drills.trainee import is_fault_visible, next_action
from cockpit.demo.layout import Layout
from cockpit.demo.stories import StoryMove
from cockpit.demo.traffic.tally import read_tally
from cockpit.deploy.snapshot import Snapshot
from tests.demo.demo_process import fleet_marks
from tests.programs import need

PACE = 3.0

pytestmark = fleet_marks


class RecordingTrainee:
    """Acts right and records what the screen showed."""

    def __init__(self) -> None:
        self.missing_hosts: set[str] = set()
        self.errors: set[str] = set()
        self.verbs: list[str] = []

    def __call__(self, snapshot: Snapshot, fault: Fault, bad: int, visible: bool) -> StoryMove | None:
        if is_fault_visible(snapshot, fault):
            samples = snapshot.traffic.value.samples
            self.missing_hosts |= set(samples[-1].missing) if samples else set()
            self.errors |= {snapshot.traffic.error, snapshot.log.error} - {""}
        move = next_action(snapshot, fault, bad, visible)
        if move:
            self.verbs.append(move.verb)
        return move


@pytest.mark.parametrize("fault", [Fault.BAD_HOST, Fault.DEAD_METRICS, Fault.CONFLICT])
async def test_a_trainee_who_acts_right_passes(tmp_path: Path, fault: Fault) -> None:
    for program in REQUIRED_PROGRAMS.get(fault, ()):
        need(program)
    drill, trainee = Drill(fault, 1, 0.0, "production-04"), RecordingTrainee()
    with running_company(drill.settings(2, PACE), tmp_path / "company") as company:
        debrief = await play_drill(company, drill, trainee)
    assert debrief.fault_began
    assert debrief.passed, debrief
    right = [action for action in debrief.actions if action.right]
    assert len(right) == 1
    assert debrief.seconds_to_action == right[0].after
    assert debrief.seconds_to_recovery is not None
    assert 0 <= debrief.seconds_to_action <= debrief.seconds_to_recovery
    tally = read_tally(Layout(tmp_path / "company").tally)
    assert debrief.failed_requests <= tally.failed
    assert debrief.sent_requests == tally.sent
    match fault:
        case Fault.BAD_HOST:
            assert "production-04" in trainee.missing_hosts
            assert right[0].text == "held"
        case Fault.DEAD_METRICS:
            assert any("prometheus" in error.lower() for error in trainee.errors)
            assert right[0].text == "held"
        case _:
            assert debrief.failed_requests > 0
            assert right[0].text.startswith("ROLLED BACK")
    assert trainee.verbs[0] == "start"


async def test_a_trainee_who_never_acts_right_does_not_pass(tmp_path: Path) -> None:
    def abandoning(snapshot: Snapshot, fault: Fault, bad: int, visible: bool) -> StoryMove | None:
        if visible and snapshot.open:
            return StoryMove("abandon", "enough")
        return next_action(snapshot, fault, bad, visible=False)

    drill = Drill(Fault.BAD_HOST, 1, 0.0, "production-04")
    with running_company(drill.settings(2, PACE), tmp_path / "company") as company:
        debrief = await play_drill(company, drill, abandoning, deadline=45.0)
    assert debrief.fault_began
    assert (debrief.seconds_to_action, debrief.passed) == (None, False)
    assert any(action.text.startswith("abandoned") for action in debrief.actions)
