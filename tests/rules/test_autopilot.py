"""The autopilot gives the commands a commander would, with the verdict as its reason, and leaves a HOLD to a person."""

import pytest
from msgspec.structs import replace

from cockpit.control.command_table import command_named
from cockpit.deploy.facts import Advanced, Call, Held, Judged, RolledBack
from cockpit.deploy.plan import AppendEvent, CommandRequest
from cockpit.deploy.policy import Autopilot
from cockpit.engine.next_work import TakeStep, next_work
from cockpit.rules import decisions
from cockpit.rules.autopilot import manoeuvre, mode, switch
from tests.paper import POLICY, Paper

DOGFOOD, CANARY = 1, 2


def flying(rung: int, chosen: Autopilot) -> Paper:
    policy = replace(POLICY, gate=replace(POLICY.gate, autopilot=chosen))
    return Paper(policy).at(rung)


def heard(paper: Paper, call: Call) -> Paper:
    """The gate comes to a word, and the engine has told it."""
    paper.judged(call, "5.5x")
    assert paper.release.build
    paper.tell(Judged(paper.release.rung, paper.release.build.id, call, "5.5x"))
    return paper


def done(paper: Paper) -> type | None:
    """The kind of event that the autopilot would write now."""
    made = manoeuvre(paper.snapshot)
    return next(type(step.what) for step in made.plan.steps if isinstance(step, AppendEvent)) if made else None


def test_off_it_does_nothing_and_that_is_how_it_begins() -> None:
    for call in (Call.GO, Call.ROLL_BACK, Call.HOLD):
        assert manoeuvre(heard(Paper().at(CANARY), call).snapshot) is None


@pytest.mark.parametrize("chosen", [Autopilot.ADVANCE, Autopilot.FULL])
def test_on_go_it_takes_the_next_step_with_the_verdict_as_its_reason(chosen: Autopilot) -> None:
    paper = heard(flying(CANARY, chosen), Call.GO)
    assert done(paper) is Advanced
    work = next_work(paper.snapshot)
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
    paper = heard(flying(CANARY, Autopilot.FULL), Call.ROLL_BACK)
    paper.give(decisions.hold)
    assert manoeuvre(paper.snapshot) is None


def test_what_a_person_has_resumed_it_does_not_hold_again_for_the_same_word() -> None:
    paper = heard(flying(CANARY, Autopilot.ADVANCE), Call.HOLD)
    made = manoeuvre(paper.snapshot)
    assert made
    paper.perform(made.plan, CommandRequest("autopilot", made.why))
    assert paper.release.held
    assert paper.release.held.why == "HOLD: 5.5x"
    paper.give(decisions.resume)
    assert manoeuvre(paper.snapshot) is None
    assert done(heard(paper, Call.GO)) is Advanced


def test_at_the_end_of_the_ladder_finishing_is_a_persons() -> None:
    assert manoeuvre(heard(flying(7, Autopilot.FULL), Call.GO).snapshot) is None


def test_a_person_switches_it_within_a_release() -> None:
    paper = Paper().at(CANARY)
    for expected in (Autopilot.ADVANCE, Autopilot.FULL, Autopilot.OFF):
        paper.give(switch)
        assert mode(paper.snapshot, paper.release) is expected
    paper.give(switch, mode="full")
    assert paper.refused(switch, mode="full") == "the autopilot is at full already"
    assert "is none of off, advance, full" in paper.refused(switch, mode="fast")
    assert command_named("autopilot").rule is switch


def test_without_a_release_there_is_nothing_to_switch() -> None:
    assert "no release is open" in Paper().installed().refused(switch)
