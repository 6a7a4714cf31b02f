"""The autopilot gives the commands a commander would, with the verdict as its reason, and leaves a HOLD to a person."""

import pytest
from msgspec.structs import replace

from cockpit.control.command_table import find_command
from cockpit.deploy.facts import Advanced, Call, Held, Judged, RolledBack
from cockpit.deploy.plan import AppendEvent, CommandRequest
from cockpit.deploy.policy import Autopilot
from cockpit.engine.next_work import TakeStep, next_work
from cockpit.rules import decisions
from cockpit.rules.autopilot import autopilot_mode, next_action, set_autopilot
from tests.scenario import POLICY, Scenario

DOGFOOD, CANARY = 1, 2


def flying(rung: int, chosen: Autopilot) -> Scenario:
    policy = replace(POLICY, gate=replace(POLICY.gate, autopilot=chosen))
    return Scenario(policy).at(rung)


def heard(scenario: Scenario, call: Call) -> Scenario:
    """The gate comes to a word, and the engine has told it."""
    scenario.judge(call, "5.5x")
    assert scenario.release.build
    scenario.append(Judged(scenario.release.rung, scenario.release.build.id, call, "5.5x"))
    return scenario


def done(scenario: Scenario) -> type | None:
    """The kind of event that the autopilot would write now."""
    made = next_action(scenario.snapshot)
    return next(type(step.what) for step in made.plan.steps if isinstance(step, AppendEvent)) if made else None


def test_off_it_does_nothing_and_that_is_how_it_begins() -> None:
    for call in (Call.GO, Call.ROLL_BACK, Call.HOLD):
        assert next_action(heard(Scenario().at(CANARY), call).snapshot) is None


@pytest.mark.parametrize("chosen", [Autopilot.ADVANCE, Autopilot.FULL])
def test_on_go_it_takes_the_next_step_with_the_verdict_as_its_reason(chosen: Autopilot) -> None:
    scenario = heard(flying(CANARY, chosen), Call.GO)
    assert done(scenario) is Advanced
    work = next_work(scenario.snapshot)
    assert isinstance(work, TakeStep)
    assert (work.by, work.why) == ("autopilot", "GO: 5.5x")


@pytest.mark.parametrize(
    ("chosen", "rung", "call", "does"),
    [
        (Autopilot.ADVANCE, CANARY, Call.WAIT, None),
        (Autopilot.ADVANCE, CANARY, Call.HOLD, Held),
        (Autopilot.ADVANCE, CANARY, Call.ROLL_BACK, Held),
        (Autopilot.FULL, CANARY, Call.ROLL_BACK, RolledBack),
        (Autopilot.FULL, DOGFOOD, Call.ROLL_BACK, Held),
        (Autopilot.FULL, CANARY, Call.HOLD, Held),
    ],
)
def test_what_it_does_on_each_word(chosen: Autopilot, rung: int, call: Call, does: type | None) -> None:
    assert done(heard(flying(rung, chosen), call)) is does


def test_a_held_release_is_a_persons() -> None:
    scenario = heard(flying(CANARY, Autopilot.FULL), Call.ROLL_BACK)
    scenario.run(decisions.hold)
    assert next_action(scenario.snapshot) is None


def test_what_a_person_has_resumed_it_does_not_hold_again_for_the_same_word() -> None:
    scenario = heard(flying(CANARY, Autopilot.ADVANCE), Call.HOLD)
    made = next_action(scenario.snapshot)
    assert made
    scenario.perform(made.plan, CommandRequest("autopilot", made.why))
    assert scenario.release.held
    assert scenario.release.held.why == "HOLD: 5.5x"
    scenario.run(decisions.resume)
    assert next_action(scenario.snapshot) is None
    assert done(heard(scenario, Call.GO)) is Advanced


def test_at_the_end_of_the_ladder_finishing_is_a_persons() -> None:
    assert next_action(heard(flying(7, Autopilot.FULL), Call.GO).snapshot) is None


def test_a_person_switches_it_within_a_release() -> None:
    scenario = Scenario().at(CANARY)
    for expected in (Autopilot.ADVANCE, Autopilot.FULL, Autopilot.OFF):
        scenario.run(set_autopilot)
        assert autopilot_mode(scenario.snapshot, scenario.release) is expected
    scenario.run(set_autopilot, mode="full")
    assert scenario.refusal(set_autopilot, mode="full") == "the autopilot is already set to full"
    assert "invalid mode 'fast': use off, advance, full" in scenario.refusal(set_autopilot, mode="fast")
    assert find_command("autopilot").rule is set_autopilot


def test_without_a_release_there_is_nothing_to_switch() -> None:
    assert "no release is open" in Scenario().installed().refusal(set_autopilot)
