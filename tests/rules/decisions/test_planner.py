"""Plans for a release's log, and the phrases that decisions share."""

from cockpit.deploy.facts import Call, Noted
from cockpit.deploy.plan import AppendEvent
from cockpit.rules import decisions
from cockpit.rules.decisions.planner import hold_reason, override_note, record_fact, verdict_text
from tests.scenario import Scenario


def test_a_recorded_fact_follows_the_last_event_of_the_log() -> None:
    scenario = Scenario().at_staging()
    plan = record_fact(scenario.snapshot, scenario.release, Noted("slow"))
    assert plan.title == "Noted"
    assert plan.steps == (AppendEvent(Noted("slow"), ""),)
    assert (plan.release, plan.number) == (scenario.release.id, scenario.release.last_number)
    assert plan.prev == scenario.snapshot.log.value.digest


def test_the_verdict_text_is_empty_without_an_open_release() -> None:
    assert verdict_text(Scenario().installed().snapshot) == ""
    scenario = Scenario().at(2)
    scenario.judge(Call.HOLD, "8 % fail")
    assert verdict_text(scenario.snapshot) == "HOLD: 8 % fail"


def test_the_reason_of_a_hold_is_in_brackets() -> None:
    scenario = Scenario().at(2)
    assert hold_reason(scenario.release) == ""
    scenario.run(decisions.hold)
    assert hold_reason(scenario.release) == ""
    scenario.run(decisions.resume)
    scenario.run(decisions.hold, why="database")
    assert hold_reason(scenario.release) == " (database)"


def test_an_override_note_agrees_in_number() -> None:
    assert override_note("") == ""
    assert override_note("WAIT") == ", and that WAIT was overridden"
    assert override_note("the freeze and WAIT") == ", and that the freeze and WAIT were overridden"
