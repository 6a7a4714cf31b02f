"""Freezes are the fold of their events over all releases."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as put

from cockpit.deploy.events import Event
from cockpit.deploy.facts import AnyFact, Frozen, Thawed
from cockpit.deploy.freezes import Freeze, freezes
from cockpit.deploy.schedule.calendar import Calendar
from cockpit.rules import decisions
from tests.scenario import ADA, NOON, Scenario

HOUR = 3600.0


def log(*told: tuple[float, AnyFact]) -> tuple[Event, ...]:
    return tuple(Event(number, at, ADA, "why", what, "") for number, (at, what) in enumerate(told, 1))


def test_a_freeze_ends_by_itself() -> None:
    (one,) = freezes(log((0.0, Frozen(HOUR))))
    assert one == Freeze(0.0, HOUR, ADA, "why")
    assert (one.in_force(HOUR - 1), one.in_force(HOUR)) == (True, False)


def test_a_thaw_ends_it_before_its_time_and_a_later_one_changes_nothing_that_was() -> None:
    (one,) = freezes(log((0.0, Frozen(HOUR)), (60.0, Thawed())))
    assert (one.until, one.lifted, one.in_force(30.0)) == (60.0, True, False)
    (late,) = freezes(log((0.0, Frozen(HOUR)), (2 * HOUR, Thawed())))
    assert late.until == HOUR


def test_another_freeze_takes_the_place_of_the_one_in_force() -> None:
    first, second = freezes(log((0.0, Frozen(HOUR)), (60.0, Frozen(600.0))))
    assert (first.until, first.lifted) == (60.0, True)
    assert (second.until, second.in_force(599.0), second.in_force(600.0)) == (600.0, True, False)


def test_a_thaw_without_a_freeze_is_nothing() -> None:
    assert freezes(log((0.0, Thawed()))) == ()


def test_it_outlives_the_release_in_whose_log_it_stands() -> None:
    scenario = Scenario().at_staging()
    scenario.run(decisions.freeze, why="audit", until="2h")
    scenario.run(decisions.abandon)
    assert scenario.snapshot.active_freeze == Freeze(
        scenario.snapshot.now, scenario.snapshot.now + 2 * HOUR, ADA, "audit"
    )
    assert "frozen by ada@desk (audit): opens Sun 14:00 UTC, in 2 h" in scenario.refusal(decisions.start)
    scenario.wait(2 * HOUR)
    scenario.run(decisions.start)


@pytest.mark.parametrize(
    ("until", "why", "said"),
    [
        ("", "audit", "a freeze needs an end: add --until 2h, 17:30 or 2026-12-01T09:00"),
        ("soon", "audit", "invalid time 'soon': use 2h, 17:30 or 2026-12-01T09:00"),
        ("\x1b[2Jsoon", "audit", "invalid time 'soon': use 2h, 17:30 or 2026-12-01T09:00"),
        ("2026-11-01", "audit", "Sun 1 Nov 00:00 UTC is past: say a time that is to come"),
        ("9000d", "audit", "Fri 14 Jul 2051 12:00 UTC is more than a year ahead: say a time that is to come"),
        ("2h", "", "a freeze needs a reason: add --why"),
    ],
)
def test_a_freeze_needs_an_end_that_is_to_come_and_a_reason(until: str, why: str, said: str) -> None:
    assert Scenario().installed().refusal(decisions.freeze, why=why, until=until) == said


def test_before_the_first_release_there_is_no_log_to_freeze_in_and_nothing_to_thaw() -> None:
    assert "no release yet" in Scenario().refusal(decisions.freeze, why="audit", until="2h")
    assert Scenario().refusal(decisions.thaw) == "nothing is frozen"


def test_a_freeze_says_until_when_in_the_teams_zone_and_whose_it_takes_the_place_of() -> None:
    scenario = Scenario().installed()
    there = put(scenario.snapshot.policy, calendar=Calendar("Asia/Kolkata"))
    scenario.snapshot = replace(scenario.snapshot, policy=there)
    assert scenario.run(decisions.freeze, why="audit", until="18:30").title == "freeze until Sun 18:30 IST"
    again = scenario.run(decisions.freeze, why="longer", until="19:30")
    assert again.title == "freeze until Sun 19:30 IST, instead of ada@desk's until Sun 18:30 IST"
    plan = scenario.run(decisions.thaw)
    assert plan.title == "end the freeze by ada@desk until Sun 19:30 IST (longer)"
    assert scenario.refusal(decisions.thaw) == "nothing is frozen"


def test_a_record_that_freezes_until_the_end_of_time_still_says_so_in_words() -> None:
    scenario = Scenario().installed()
    scenario.append(Frozen(1e300))
    assert "no open hour ahead" in scenario.refusal(decisions.start)
    assert scenario.snapshot.policy.calendar.next_open(NOON) == NOON
    scenario.run(decisions.thaw)
    scenario.run(decisions.start)
