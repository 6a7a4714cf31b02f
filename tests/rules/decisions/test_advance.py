"""Advancing to the next step, and overriding the gate."""

from cockpit.deploy.facts import (
    Advanced,
    BuildReady,
    Call,
    Reverted,
    RevertFailed,
    SmokePassed,
)
from cockpit.deploy.plan import CommandRequest, Plan
from cockpit.rules import decisions
from tests.scenario import ADA, Scenario, build, commit


def test_advance_needs_the_gates_go() -> None:
    scenario = Scenario().at_staging()
    scenario.judge(Call.WAIT, "soaking")
    assert scenario.refusal(decisions.advance) == "the gate says WAIT: soaking"
    scenario.judge(Call.GO)
    scenario.run(decisions.advance)
    assert scenario.release.step == "dogfood"


def test_advance_is_refused_without_an_engine() -> None:
    scenario = Scenario().at_staging()
    assert "no engine runs" in scenario.refusal(decisions.advance)


def test_advance_is_refused_on_an_old_verdict() -> None:
    scenario = Scenario().at_staging()
    scenario.judge(Call.GO)
    scenario.wait(60)
    assert "last judged 60 s ago" in scenario.refusal(decisions.advance)


def test_advance_is_refused_on_the_verdict_of_another_step() -> None:
    scenario = Scenario().at_staging()
    scenario.judge(Call.GO)
    scenario.run(decisions.advance)
    assert "not judged yet" in scenario.refusal(decisions.advance)


def test_a_go_does_not_count_once_the_same_step_is_taken_again() -> None:
    scenario = Scenario().at_staging()
    scenario.judge(Call.GO)
    scenario.run(decisions.revert, pull=12)
    scenario.append(RevertFailed(12, "conflicts", ("shop/12.py",)))
    scenario.run(decisions.resume)
    scenario.engine_step()
    assert scenario.release.step == "staging"
    assert "not judged yet" in scenario.refusal(decisions.advance)
    scenario.judge(Call.GO)
    scenario.run(decisions.advance)


def test_an_override_needs_a_reason_and_is_recorded() -> None:
    scenario = Scenario().at_staging()
    scenario.judge(Call.WAIT, "no data")
    assert "reason" in scenario.refusal(decisions.advance, override=True)
    scenario.run(decisions.advance, override=True, why="metrics are down, checked by hand")
    event = scenario.release.events[-1]
    assert isinstance(event.what, Advanced)
    assert event.what.overrode == "WAIT: no data"
    assert (event.by, event.why) == (ADA, "metrics are down, checked by hand")


def test_a_roll_back_verdict_cannot_be_overridden() -> None:
    scenario = Scenario().at(2)
    scenario.judge(Call.ROLL_BACK, "bad")
    assert scenario.refusal(decisions.advance, override=True, why="I insist") == "the gate says ROLL BACK: bad"


def test_the_plan_of_an_override_names_the_verdict_so_that_a_changed_one_is_confirmed_again() -> None:
    scenario = Scenario().at(2)
    words = []
    for call in (Call.WAIT, Call.HOLD):
        scenario.judge(call, "42 requests")
        plan = decisions.advance(scenario.snapshot, CommandRequest(ADA, why="sure", override=True))
        assert isinstance(plan, Plan)
        words.append(plan.steps[0].summary)
    assert words == ["record the step, and that WAIT was overridden", "record the step, and that HOLD was overridden"]


def test_the_smoke_test_of_one_build_does_not_count_for_another() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.revert, pull=12)
    scenario.append(Reverted(12, ("r" * 40,), (commit(3),), "t"))
    scenario.append(SmokePassed(build(2).id, 1.0))
    scenario.append(BuildReady(build(3), "t", 1.0))
    scenario.engine_step()
    assert scenario.release.smoke is None
