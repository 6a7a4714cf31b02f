"""The autopilot gives a commander's commands, with the verdict as the reason, and leaves a HOLD to a person."""

import pytest
from msgspec.structs import replace

from cockpit.control.command_table import find_command
from cockpit.deploy.facts import Advanced, BuildFailed, Call, Held, Judged, RolledBack
from cockpit.deploy.plan import AppendEvent, CommandRequest, Plan
from cockpit.deploy.policy import Autopilot
from cockpit.engine.next_work import RunSmoke, TakeStep, next_work
from cockpit.rules import decisions
from cockpit.rules.autopilot import autopilot_mode, next_action, set_autopilot
from tests.scenario import ADA, POLICY, Scenario, build

DOGFOOD, CANARY, PRODUCTION = 1, 2, 3


def with_autopilot(rung: int, chosen: Autopilot) -> Scenario:
    policy = replace(POLICY, gate=replace(POLICY.gate, autopilot=chosen))
    return Scenario(policy).at(rung)


def judged(scenario: Scenario, call: Call) -> Scenario:
    """The gate reaches a verdict, and the engine records it."""
    scenario.judge(call, "5.5x")
    assert scenario.release.build
    scenario.append(Judged(scenario.release.rung, scenario.release.build.id, call, "5.5x"))
    return scenario


def next_fact(scenario: Scenario) -> type | None:
    """The type of the fact that the autopilot would record now."""
    action = next_action(scenario.snapshot)
    return next(type(step.what) for step in action.plan.steps if isinstance(step, AppendEvent)) if action else None


def test_it_is_off_by_default_and_does_nothing() -> None:
    for call in (Call.GO, Call.ROLL_BACK, Call.HOLD):
        assert next_action(judged(Scenario().at(CANARY), call).snapshot) is None


@pytest.mark.parametrize("chosen", [Autopilot.ADVANCE, Autopilot.FULL])
def test_on_go_it_takes_the_next_step_with_the_verdict_as_the_reason(chosen: Autopilot) -> None:
    scenario = judged(with_autopilot(CANARY, chosen), Call.GO)
    assert next_fact(scenario) is Advanced
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
def test_each_mode_and_verdict_has_its_action(chosen: Autopilot, rung: int, call: Call, does: type | None) -> None:
    assert next_fact(judged(with_autopilot(rung, chosen), call)) is does


def test_it_leaves_a_held_release_alone() -> None:
    scenario = judged(with_autopilot(CANARY, Autopilot.FULL), Call.ROLL_BACK)
    scenario.run(decisions.hold)
    assert next_action(scenario.snapshot) is None


@pytest.mark.parametrize(("holder", "still"), [("autopilot", RolledBack), ("engine", RolledBack), (ADA, None)])
def test_only_a_persons_hold_stops_its_rollback(holder: str, still: type | None) -> None:
    scenario = judged(with_autopilot(PRODUCTION, Autopilot.FULL), Call.HOLD)
    hold = decisions.hold(scenario.snapshot, CommandRequest(holder, "HOLD: 5.5x"))
    assert isinstance(hold, Plan)
    scenario.perform(hold, CommandRequest(holder, "HOLD: 5.5x"))
    for call in (Call.HOLD, Call.GO):
        assert next_work(judged(scenario, call).snapshot) is None
    work = next_work(judged(scenario, Call.ROLL_BACK).snapshot)
    assert next_fact(scenario) is still
    if still:
        assert isinstance(work, TakeStep)
        scenario.perform(work.plan, CommandRequest(work.by, work.why))
        assert scenario.release.rolled_back
        assert next_action(scenario.snapshot) is None
        assert scenario.snapshot.targets.value["production"].target.build == build(1).id
    else:
        assert work is None


def test_a_person_takes_over_its_hold_to_stop_its_rollback() -> None:
    scenario = judged(with_autopilot(PRODUCTION, Autopilot.FULL), Call.HOLD)
    action = next_action(scenario.snapshot)
    assert action
    scenario.perform(action.plan, CommandRequest("autopilot", action.why))
    scenario.run(decisions.hold, "we know this error")
    assert next_action(judged(scenario, Call.ROLL_BACK).snapshot) is None
    assert "already held by ada@desk" in scenario.refusal(decisions.hold)
    scenario.run(decisions.resume)
    assert next_fact(scenario) is RolledBack


def test_a_running_smoke_test_or_a_failed_job_does_not_delay_its_rollback() -> None:
    policy = replace(POLICY, ladder=POLICY.ladder[2:], gate=replace(POLICY.gate, autopilot=Autopilot.FULL))
    scenario = Scenario(policy).installed()
    scenario.run(decisions.start)
    scenario.cut_and_build(2)
    scenario.perform(decisions.step_to(scenario.snapshot, scenario.release, 0), CommandRequest(ADA))
    scenario.converge()
    assert isinstance(next_work(scenario.snapshot), RunSmoke)
    scenario.append(BuildFailed(build(2).commit, "disk full"))
    assert isinstance(next_work(judged(scenario, Call.ROLL_BACK).snapshot), TakeStep)


def test_it_does_not_hold_again_for_the_same_verdict_after_a_resume() -> None:
    scenario = judged(with_autopilot(CANARY, Autopilot.ADVANCE), Call.HOLD)
    action = next_action(scenario.snapshot)
    assert action
    scenario.perform(action.plan, CommandRequest("autopilot", action.why))
    assert scenario.release.held
    assert scenario.release.held.why == "HOLD: 5.5x"
    scenario.run(decisions.resume)
    assert next_action(scenario.snapshot) is None
    assert next_fact(judged(scenario, Call.GO)) is Advanced


def test_it_does_not_finish_a_release() -> None:
    assert next_action(judged(with_autopilot(7, Autopilot.FULL), Call.GO).snapshot) is None


def test_a_person_switches_it_during_a_release() -> None:
    scenario = Scenario().at(CANARY)
    for expected in (Autopilot.ADVANCE, Autopilot.FULL, Autopilot.OFF):
        scenario.run(set_autopilot)
        assert autopilot_mode(scenario.snapshot, scenario.release) is expected
    scenario.run(set_autopilot, mode="full")
    assert scenario.refusal(set_autopilot, mode="full") == "the autopilot is already set to full"
    assert "invalid mode 'fast': use off, advance, full" in scenario.refusal(set_autopilot, mode="fast")
    assert find_command("autopilot").rule is set_autopilot


def test_it_cannot_be_switched_without_a_release() -> None:
    assert "no release is open" in Scenario().installed().refusal(set_autopilot)
