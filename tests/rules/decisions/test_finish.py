"""Finishing and abandoning a release."""

from cockpit.deploy.facts import (
    Call,
    CutFailed,
    Finished,
)
from cockpit.deploy.release import End
from cockpit.rules import decisions
from tests.scenario import Scenario, build


def test_a_release_whose_cut_failed_can_be_abandoned() -> None:
    scenario = Scenario().installed()
    scenario.run(decisions.start)
    scenario.append(CutFailed("no such commit"))
    scenario.run(decisions.abandon)
    assert scenario.release.end is End.ABANDONED
    scenario.run(decisions.start)


def test_finish_needs_the_last_step_and_the_gates_go() -> None:
    scenario = Scenario().at(6)
    assert "production 75 %" in scenario.refusal(decisions.finish)
    scenario.judge(Call.GO)
    scenario.run(decisions.advance)
    scenario.converge()
    scenario.judge(Call.WAIT, "soaking")
    assert "soaking" in scenario.refusal(decisions.finish)
    scenario.judge(Call.GO)
    assert "finish it" in scenario.refusal(decisions.advance)
    scenario.run(decisions.finish)
    assert scenario.snapshot.open is None


def test_abandon_withdraws_the_builds_from_people() -> None:
    scenario = Scenario().at(3)
    scenario.run(decisions.abandon)
    assert {scenario.snapshot.targets.value[t].target.build for t in ("dogfood", "canary", "production")} == {
        build(1).id
    }


def test_an_abandoned_release_is_never_the_last_good_one() -> None:
    scenario = Scenario().at(7)
    scenario.run(decisions.abandon)
    assert scenario.snapshot.last_good == build(1)


def test_finish_records_an_override_but_never_of_roll_back() -> None:
    scenario = Scenario().at(7)
    scenario.judge(Call.ROLL_BACK, "bad")
    assert "ROLL BACK" in scenario.refusal(decisions.finish, override=True, why="I insist")
    scenario.judge(Call.WAIT, "soaking")
    scenario.run(decisions.finish, override=True, why="lunch")
    event = scenario.release.events[-1].what
    assert isinstance(event, Finished)
    assert event.overrode == "WAIT: soaking"
