"""Whose the first step is, and when it may be taken. NOON is a Sunday."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as put

from cockpit.deploy.facts import Advanced, BuildReady, Reverted, RolledBack
from cockpit.deploy.policy import Policy
from cockpit.deploy.schedule.calendar import Calendar, TimeSpan
from cockpit.engine.next_work import TakeStep, next_work
from cockpit.rules import decisions
from cockpit.rules.autopilot import set_autopilot
from tests.scenario import POLICY, Scenario, build, commit

WORKDAYS = Calendar("Europe/Berlin", (*(TimeSpan(540, 1020),) * 5, None, None))
CLOSED = "outside deploy hours: opens Mon 09:00 CET, in 20 h"
FROZEN = "frozen by ada@desk (audit): opens Sun 14:00 UTC, in 2 h"
STAGING, COMPANY, PUBLIC = POLICY, put(POLICY, ladder=POLICY.ladder[1:]), put(POLICY, ladder=POLICY.ladder[2:])


def built(policy: Policy) -> Scenario:
    """A release with a build, before its first step."""
    scenario = Scenario(policy).installed()
    scenario.run(decisions.start)
    scenario.cut_and_build(2)
    return scenario


def close(scenario: Scenario) -> Scenario:
    """The calendar closes."""
    scenario.snapshot = replace(scenario.snapshot, policy=put(scenario.snapshot.policy, calendar=WORKDAYS))
    return scenario


@pytest.mark.parametrize(("policy", "tier"), [(COMPANY, "dogfood"), (PUBLIC, "canary")])
def test_a_first_step_that_serves_people_is_a_persons(policy: Policy, tier: str) -> None:
    scenario = built(policy)
    scenario.run(set_autopilot, mode="full")
    assert next_work(scenario.snapshot) is None
    scenario.run(decisions.advance)
    assert scenario.release.step == tier


def test_a_first_step_that_serves_no_one_is_the_engines() -> None:
    scenario = built(STAGING)
    assert "staging comes first, and the engine takes that step" in scenario.refusal(decisions.advance)
    assert isinstance(next_work(scenario.snapshot), TakeStep)


@pytest.mark.parametrize("policy", [STAGING, COMPANY, PUBLIC])
def test_a_freeze_while_building_stops_the_first_step_until_it_ends(policy: Policy) -> None:
    scenario = built(policy)
    scenario.run(decisions.freeze, why="audit", until="2h")
    assert next_work(scenario.snapshot) is None
    assert scenario.refusal(decisions.advance) == FROZEN
    scenario.wait(7200)
    if policy is STAGING:
        scenario.engine_step()
    else:
        scenario.run(decisions.advance)
    assert scenario.release.rung == 0


@pytest.mark.parametrize("policy", [STAGING, PUBLIC])
def test_outside_the_hours_a_person_may_override_with_a_reason(policy: Policy) -> None:
    scenario = close(built(policy))
    assert next_work(scenario.snapshot) is None
    assert scenario.refusal(decisions.advance) == CLOSED
    assert scenario.refusal(decisions.advance, override=True) == "an override needs a reason: add --why"
    plan = scenario.run(decisions.advance, "a customer is down", override=True)
    assert plan.steps[0].summary == "record the step, and that the calendar was overridden"
    event = scenario.release.events[-1]
    assert isinstance(event.what, Advanced)
    assert (event.what.overrode, event.why) == (CLOSED, "a customer is down")


def test_an_override_of_the_start_covers_staging_alone_and_no_later_freeze() -> None:
    scenario = close(Scenario().installed())
    scenario.run(decisions.start, "a customer is down", override=True)
    scenario.cut_and_build(2)
    assert isinstance(next_work(scenario.snapshot), TakeStep)
    scenario.wait(1)
    scenario.run(decisions.freeze, why="audit", until="2h")
    assert next_work(scenario.snapshot) is None
    scenario = close(Scenario(PUBLIC).installed())
    scenario.run(decisions.start, "a customer is down", override=True)
    scenario.cut_and_build(2)
    assert scenario.refusal(decisions.advance) == CLOSED


@pytest.mark.parametrize("policy", [STAGING, PUBLIC])
def test_a_hotfix_goes_back_to_where_the_release_stood_at_any_time(policy: Policy) -> None:
    scenario = built(policy)
    if policy is STAGING:
        scenario.engine_step()
    else:
        scenario.run(decisions.advance)
    scenario.run(decisions.freeze, why="audit", until="2h")
    scenario.run(decisions.revert, pull=12)
    scenario.append(Reverted(12, ("r" * 40,), (commit(3),), "t"))
    scenario.append(BuildReady(build(3), "t", 1.0))
    if policy is STAGING:
        scenario.engine_step()
    else:
        assert next_work(scenario.snapshot) is None
        scenario.run(decisions.advance)
    assert scenario.release.rung == 0


def test_a_build_that_was_rolled_back_does_not_return_by_itself_outside_the_hours() -> None:
    scenario = built(STAGING)
    scenario.engine_step()
    scenario.append(RolledBack(build(1).id, ("dogfood",)))
    scenario.run(decisions.resume)
    assert next_work(close(scenario).snapshot) is None


def test_finish_names_the_step_that_comes_first() -> None:
    refusal = built(PUBLIC).refusal(decisions.finish)
    assert refusal == "2026-11-22.2 is before its first step, canary: advance it to 100 % or abandon it"


def test_start_says_who_takes_the_first_step() -> None:
    scenario = Scenario(PUBLIC).installed()
    words = scenario.run(decisions.start).steps[0].summary
    assert words.endswith("build, then `advance` takes canary, which serves people")
