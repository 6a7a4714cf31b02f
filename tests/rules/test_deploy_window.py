"""What the calendar refuses, what it never refuses, and how it is overridden. NOON is a Sunday."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as put

from cockpit.control.command_table import COMMAND_TABLE, find_command
from cockpit.deploy.facts import Advanced, BuildReady, Call, Reverted, RolledBack, SmokePassed, Started
from cockpit.deploy.plan import AppendEvent, CommandRequest, Plan, Preview
from cockpit.deploy.quarantine import Reappearance, ReappearanceKind
from cockpit.deploy.schedule.calendar import Calendar, TimeSpan
from cockpit.deploy.snapshot import Seen
from cockpit.engine.next_work import next_work
from cockpit.rules import autopilot, decisions
from cockpit.rules.autopilot import next_action
from cockpit.rules.decisions.preflight import preview_query
from tests.scenario import ADA, POLICY, PULLS, Scenario, build, commit

WORKDAYS = Calendar("Europe/Berlin", (*(TimeSpan(540, 1020),) * 5, None, None))
CLOSED = "outside deploy hours: opens Mon 09:00 CET, in 20 h"
STILL = CLOSED.replace("20 h", "19 h 59 min")
"""A step later."""


def outside_hours(scenario: Scenario) -> Scenario:
    """The same with deploy hours, on a day without any."""
    scenario.snapshot = replace(scenario.snapshot, policy=put(POLICY, calendar=WORKDAYS))
    return scenario


def sunday(rung: int = -1) -> Scenario:
    """Outside the hours, with a release at that rung, or none."""
    return outside_hours(Scenario().installed() if rung < 0 else Scenario().at(rung))


def test_a_start_outside_the_hours_names_the_next_open_minute() -> None:
    assert sunday().refusal(decisions.start) == CLOSED


def test_an_override_of_the_calendar_needs_a_reason_and_is_recorded() -> None:
    scenario = sunday()
    assert scenario.refusal(decisions.start, override=True) == "an override needs a reason: add --why"
    assert scenario.refusal(decisions.start, why="it must") == CLOSED
    plan = scenario.run(decisions.start, override=True, why="a customer is down")
    assert "record that the calendar was overridden" in plan.steps[0].summary
    event = scenario.release.events[0]
    assert isinstance(event.what, Started)
    assert (event.what.overrode, event.why) == (CLOSED, "a customer is down")


def test_a_closed_window_is_refused_together_with_the_other_objections() -> None:
    scenario = sunday()
    now = scenario.snapshot.now
    back = Reappearance("#12", "2026-11-22.2", "f" * 40, "Cart, again", ReappearanceKind.SAME)
    main: Seen[Preview | None] = Seen(
        Preview(commit(2), PULLS, preview_query(scenario.snapshot), reappearances=(back,)), now
    )
    scenario.snapshot = replace(scenario.snapshot, preview=main)
    refusal = scenario.refusal(decisions.start)
    assert refusal.startswith(f"{CLOSED}; {back.text}")
    scenario.run(decisions.start, override=True, why="a customer is down")
    event = scenario.release.events[0]
    assert isinstance(event.what, Started)
    assert event.what.overrode == f"{CLOSED}; {back.text}"


def test_an_override_in_open_hours_records_nothing() -> None:
    scenario = Scenario().installed()
    scenario.run(decisions.start, override=True, why="just in case")
    event = scenario.release.events[0]
    assert isinstance(event.what, Started)
    assert event.what.overrode == ""


def test_a_step_outside_the_hours_is_refused_with_every_objection() -> None:
    scenario = sunday(1)
    scenario.judge(Call.GO)
    assert scenario.refusal(decisions.advance) == STILL
    scenario.judge(Call.WAIT, "soaking")
    assert scenario.refusal(decisions.advance) == f"{STILL}; the gate says WAIT: soaking"
    scenario.judge(Call.ROLL_BACK, "bad")
    assert scenario.refusal(decisions.advance, override=True, why="x") == "the gate says ROLL BACK: bad"


def test_one_override_covers_the_calendar_and_the_gate_and_records_both() -> None:
    scenario = sunday(1)
    scenario.judge(Call.WAIT, "soaking")
    plan = scenario.run(decisions.advance, override=True, why="people wait")
    assert "that the calendar and WAIT were overridden" in plan.steps[0].summary
    what = scenario.release.events[-1].what
    assert isinstance(what, Advanced)
    assert what.overrode == f"{STILL}; WAIT: soaking"


def test_the_steps_of_a_plan_stay_the_same_while_time_passes() -> None:
    scenario = sunday(1)
    scenario.judge(Call.GO)
    request = CommandRequest(ADA, "people wait", override=True)
    before = decisions.advance(scenario.snapshot, request)
    scenario.wait(14.0)
    after = decisions.advance(scenario.snapshot, request)
    assert isinstance(before, Plan)
    assert isinstance(after, Plan)
    assert [step.summary for step in before.steps] == [step.summary for step in after.steps]


def test_the_autopilot_waits_outside_the_hours_and_during_a_freeze() -> None:
    scenario = Scenario().at(1)
    scenario.run(autopilot.set_autopilot, mode="advance")
    scenario.judge(Call.GO)
    assert next_action(scenario.snapshot) is not None
    scenario.run(decisions.freeze, why="audit", until="1h")
    assert next_action(scenario.snapshot) is None
    scenario.wait(3600)
    scenario.judge(Call.GO)
    assert next_action(scenario.snapshot) is not None
    assert next_action(outside_hours(scenario).snapshot) is None


@pytest.mark.parametrize("frozen", [False, True])
def test_the_calendar_never_refuses_a_stop_or_a_repair(frozen: bool) -> None:
    scenario = sunday(3)
    if frozen:
        scenario.run(decisions.freeze, why="audit", until="3d")
    request = CommandRequest(ADA, pull=11)
    for verb in ("hold", "revert", "rollback", "abandon", "autopilot", "freeze", "take-over"):
        decided = find_command(verb).decide(scenario.snapshot, put(request, by="bob@desk", why="y", until="2h"))
        assert isinstance(decided, Plan), (verb, decided)
    scenario.run(decisions.hold)
    scenario.run(decisions.resume)


def test_a_complete_release_is_finished_at_any_hour() -> None:
    scenario = sunday(7)
    scenario.judge(Call.GO)
    scenario.run(decisions.finish)


def hotfix(scenario: Scenario, pull: int, number: int) -> None:
    """Revert the PR, build the hotfix and take it to staging."""
    scenario.run(decisions.revert, pull=pull)
    tag = f"{scenario.release.id}-hotfix.{scenario.release.hotfixes + 1}"
    scenario.append(Reverted(pull, ("r",), (commit(number),), tag))
    scenario.append(BuildReady(build(number), tag, 1.0))
    if scenario.release.held:
        scenario.run(decisions.resume)
    scenario.engine_step()
    scenario.converge()
    scenario.append(SmokePassed(build(number).id, 1.0))


def highest_step(scenario: Scenario) -> int:
    """Advance on GO until the calendar refuses; return the rung."""
    while True:
        scenario.judge(Call.GO)
        if not isinstance(plan := decisions.advance(scenario.snapshot, CommandRequest(ADA)), Plan):
            assert plan.reason.startswith(CLOSED[:21])
            return scenario.release.rung
        scenario.perform(plan, CommandRequest(ADA))
        scenario.converge()


def test_a_hotfix_catches_up_to_where_the_release_stood_and_no_further() -> None:
    scenario = sunday(4)
    hotfix(scenario, 12, 3)
    assert highest_step(scenario) == 4
    hotfix(scenario, 13, 4)  # a second one counts from the highest it ever stood
    assert highest_step(scenario) == 4


def test_a_second_hotfix_on_the_way_may_still_catch_up_to_where_the_first_began() -> None:
    scenario = sunday(4)
    hotfix(scenario, 12, 3)
    scenario.judge(Call.GO)
    scenario.run(decisions.advance)
    scenario.converge()
    hotfix(scenario, 13, 4)
    assert highest_step(scenario) == 4


def test_a_hotfix_after_a_rollback_catches_up_too() -> None:
    scenario = sunday(4)
    scenario.run(decisions.roll_back)
    hotfix(scenario, 12, 3)
    assert highest_step(scenario) == 4


def test_a_hotfix_that_was_rolled_back_waits_for_the_hours() -> None:
    scenario = sunday(4)
    hotfix(scenario, 12, 3)
    assert highest_step(scenario) == 4
    scenario.run(decisions.roll_back)
    assert isinstance(scenario.release.events[-1].what, RolledBack)
    scenario.run(decisions.resume)
    assert next_work(scenario.snapshot) is None
    assert scenario.refusal(decisions.advance).startswith(CLOSED[:21])


def test_without_a_calendar_no_plan_mentions_one() -> None:
    scenario = Scenario().installed()
    plan = scenario.run(decisions.start)
    assert isinstance(plan.steps[0], AppendEvent)
    assert "calendar" not in plan.steps[0].summary


def test_start_and_advance_can_be_overridden() -> None:
    takes = {command.verb: command.takes for command in COMMAND_TABLE}
    assert all("override" in takes[verb] for verb in ("start", "advance"))
