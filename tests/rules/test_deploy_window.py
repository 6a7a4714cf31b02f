"""What the calendar refuses, what it never refuses, and how it is overridden. NOON is a Sunday."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as put

from cockpit.control.command_table import ACTIONS, command_named
from cockpit.deploy.facts import Advanced, BuildReady, Call, Reverted, RolledBack, SmokePassed, Started
from cockpit.deploy.plan import AppendEvent, CommandRequest, Plan, Preview
from cockpit.deploy.quarantine import Reappearance, Way
from cockpit.deploy.schedule.calendar import Calendar, TimeSpan
from cockpit.deploy.snapshot import Seen
from cockpit.rules import autopilot, decisions
from cockpit.rules.autopilot import manoeuvre
from cockpit.rules.decisions.preflight import question
from tests.paper import ADA, POLICY, PULLS, Paper, build, commit

WORKDAYS = Calendar("Europe/Berlin", (*(TimeSpan(540, 1020),) * 5, None, None))
CLOSED = "outside deploy hours: opens Mon 09:00 CET, in 20 h"
STILL = CLOSED.replace("20 h", "19 h 59 min")
"""A step later."""


def closing(paper: Paper) -> Paper:
    """From now on the team has deploy hours, and it is a day without."""
    paper.snapshot = replace(paper.snapshot, policy=put(POLICY, calendar=WORKDAYS))
    return paper


def sunday(rung: int = -1) -> Paper:
    """Closed, with a release at that rung, or none."""
    return closing(Paper().installed() if rung < 0 else Paper().at(rung))


def test_a_start_outside_the_hours_names_the_next_open_minute() -> None:
    assert sunday().refused(decisions.start) == CLOSED


def test_a_start_is_overridden_with_a_reason_and_says_so_for_ever() -> None:
    paper = sunday()
    assert paper.refused(decisions.start, override=True) == "an override needs a reason: say --why"
    assert paper.refused(decisions.start, why="it must") == CLOSED
    plan = paper.give(decisions.start, override=True, why="a customer is down")
    assert "record that the calendar was overridden" in plan.steps[0].words
    event = paper.release.events[0]
    assert isinstance(event.what, Started)
    assert (event.what.overrode, event.why) == (CLOSED, "a customer is down")


def test_a_closed_calendar_hides_nothing_else_that_the_same_override_would_override() -> None:
    paper = sunday()
    now = paper.snapshot.now
    back = Reappearance("#12", "2026-11-22.2", "f" * 40, "Cart, again", Way.SAME)
    main: Seen[Preview | None] = Seen(Preview(commit(2), PULLS, question(paper.snapshot), comebacks=(back,)), now)
    paper.snapshot = replace(paper.snapshot, main=main)
    no = paper.refused(decisions.start)
    assert no.startswith(f"{CLOSED}; {back.words}")
    paper.give(decisions.start, override=True, why="a customer is down")
    event = paper.release.events[0]
    assert isinstance(event.what, Started)
    assert event.what.overrode == f"{CLOSED}; {back.words}"


def test_in_open_hours_nothing_is_overridden_even_if_one_says_so() -> None:
    paper = Paper().installed()
    paper.give(decisions.start, override=True, why="just in case")
    event = paper.release.events[0]
    assert isinstance(event.what, Started)
    assert event.what.overrode == ""


def test_a_step_outside_the_hours_is_refused_with_all_that_stands_against_it() -> None:
    paper = sunday(1)
    paper.judged(Call.GO)
    assert paper.refused(decisions.advance) == STILL
    paper.judged(Call.WAIT, "soaking")
    assert paper.refused(decisions.advance) == f"{STILL}; the gate says WAIT: soaking"
    paper.judged(Call.ROLL_BACK, "bad")
    assert paper.refused(decisions.advance, override=True, why="x") == "the gate says ROLL BACK: bad"


def test_one_override_covers_the_calendar_and_the_gate_and_both_are_recorded() -> None:
    paper = sunday(1)
    paper.judged(Call.WAIT, "soaking")
    plan = paper.give(decisions.advance, override=True, why="people wait")
    assert "that the calendar and WAIT were overridden" in plan.steps[0].words
    what = paper.release.events[-1].what
    assert isinstance(what, Advanced)
    assert what.overrode == f"{STILL}; WAIT: soaking"


def test_the_steps_of_a_confirmation_stay_the_same_while_time_passes() -> None:
    paper = sunday(1)
    paper.judged(Call.GO)
    bold = CommandRequest(ADA, "people wait", override=True)
    before = decisions.advance(paper.snapshot, bold)
    paper.wait(14.0)
    after = decisions.advance(paper.snapshot, bold)
    assert isinstance(before, Plan)
    assert isinstance(after, Plan)
    assert [step.words for step in before.steps] == [step.words for step in after.steps]


def test_the_autopilot_takes_no_step_outside_the_hours_or_in_a_freeze_and_goes_on_after_it() -> None:
    paper = Paper().at(1)
    paper.give(autopilot.switch, mode="advance")
    paper.judged(Call.GO)
    assert manoeuvre(paper.snapshot) is not None
    paper.give(decisions.freeze, why="audit", until="1h")
    assert manoeuvre(paper.snapshot) is None
    paper.wait(3600)
    paper.judged(Call.GO)
    assert manoeuvre(paper.snapshot) is not None
    assert manoeuvre(closing(paper).snapshot) is None


@pytest.mark.parametrize("frozen", [False, True])
def test_what_stops_or_mends_is_never_refused_by_the_calendar(frozen: bool) -> None:
    paper = sunday(3)
    if frozen:
        paper.give(decisions.freeze, why="audit", until="3d")
    ask = CommandRequest(ADA, pull=11)
    for verb in ("hold", "revert", "rollback", "abandon", "autopilot", "freeze", "take-over"):
        decided = command_named(verb).decide(paper.snapshot, put(ask, by="bob@desk", why="y", until="2h"))
        assert isinstance(decided, Plan), (verb, decided)
    paper.give(decisions.hold)
    paper.give(decisions.resume)


def test_a_release_at_the_top_is_finished_at_any_hour() -> None:
    paper = sunday(7)
    paper.judged(Call.GO)
    paper.give(decisions.finish)


def hotfix(paper: Paper, pull: int, number: int) -> None:
    """The PR is taken out, its hotfix is built and on staging again."""
    paper.give(decisions.revert, pull=pull)
    tag = f"{paper.release.id}-hotfix.{paper.release.hotfixes + 1}"
    paper.tell(Reverted(pull, ("r",), (commit(number),), tag))
    paper.tell(BuildReady(build(number), tag, 1.0))
    if paper.release.held:
        paper.give(decisions.resume)
    paper.step_by_engine()
    paper.obey()
    paper.tell(SmokePassed(build(number).id, 1.0))


def climbed(paper: Paper) -> int:
    """The rung up to which the calendar lets it climb, every gate saying GO."""
    while True:
        paper.judged(Call.GO)
        if not isinstance(plan := decisions.advance(paper.snapshot, CommandRequest(ADA)), Plan):
            assert plan.reason.startswith(CLOSED[:21])
            return paper.release.rung
        paper.perform(plan, CommandRequest(ADA))
        paper.obey()


def test_a_hotfix_climbs_back_to_where_the_release_stood_and_no_further() -> None:
    paper = sunday(4)
    hotfix(paper, 12, 3)
    assert climbed(paper) == 4
    hotfix(paper, 13, 4)  # a second one counts from the highest it ever stood
    assert climbed(paper) == 4


def test_a_second_hotfix_half_way_up_may_still_climb_to_where_the_first_began() -> None:
    paper = sunday(4)
    hotfix(paper, 12, 3)
    paper.judged(Call.GO)
    paper.give(decisions.advance)
    paper.obey()
    hotfix(paper, 13, 4)
    assert climbed(paper) == 4


def test_a_hotfix_after_a_rollback_brings_the_release_back_too() -> None:
    paper = sunday(4)
    paper.give(decisions.roll_back)
    hotfix(paper, 12, 3)
    assert climbed(paper) == 4


def test_a_build_that_was_rolled_back_waits_for_the_hours_like_any_other() -> None:
    paper = sunday(4)
    hotfix(paper, 12, 3)
    assert climbed(paper) == 4
    paper.give(decisions.roll_back)
    assert isinstance(paper.release.events[-1].what, RolledBack)
    paper.give(decisions.resume)
    paper.step_by_engine()
    paper.obey()
    assert climbed(paper) == 0


def test_without_a_calendar_no_plan_says_anything_of_one() -> None:
    paper = Paper().installed()
    plan = paper.give(decisions.start)
    assert isinstance(plan.steps[0], AppendEvent)
    assert "calendar" not in plan.steps[0].words


def test_every_command_that_widens_can_be_overridden() -> None:
    takes = {command.verb: command.takes for command in ACTIONS}
    assert all("override" in takes[verb] for verb in ("start", "advance"))
