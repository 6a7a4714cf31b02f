"""Freezing deploys and ending a freeze early."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as put

from cockpit.deploy.facts import Frozen
from cockpit.deploy.freezes import Freeze
from cockpit.deploy.schedule.calendar import Calendar
from cockpit.rules import decisions
from tests.scenario import ADA, NOON, Scenario

HOUR = 3600.0


def test_a_freeze_outlives_the_release_that_records_it() -> None:
    scenario = Scenario().at_staging()
    scenario.run(decisions.freeze, why="audit", until="2h")
    scenario.run(decisions.abandon)
    now = scenario.snapshot.now
    assert scenario.snapshot.active_freeze == Freeze(now, now + 2 * HOUR, ADA, "audit")
    assert "frozen by ada@desk (audit): opens Sun 14:00 UTC, in 2 h" in scenario.refusal(decisions.start)
    scenario.wait(2 * HOUR)
    scenario.run(decisions.start)


@pytest.mark.parametrize(
    ("until", "why", "reason"),
    [
        ("", "audit", "a freeze needs an end: add --until 2h, 17:30 or 2026-12-01T09:00"),
        ("soon", "audit", "invalid time 'soon': use 2h, 17:30 or 2026-12-01T09:00"),
        ("\x1b[2Jsoon", "audit", "invalid time 'soon': use 2h, 17:30 or 2026-12-01T09:00"),
        ("2026-11-01", "audit", "Sun 1 Nov 00:00 UTC is in the past: use a time within the next year"),
        ("9000d", "audit", "Fri 14 Jul 2051 12:00 UTC is more than a year ahead: use a time within the next year"),
        ("2h", "", "a freeze needs a reason: add --why"),
    ],
)
def test_a_freeze_needs_a_future_end_and_a_reason(until: str, why: str, reason: str) -> None:
    assert Scenario().installed().refusal(decisions.freeze, why=why, until=until) == reason


def test_freeze_and_thaw_are_refused_before_the_first_release() -> None:
    assert "no release yet" in Scenario().refusal(decisions.freeze, why="audit", until="2h")
    assert Scenario().refusal(decisions.thaw) == "nothing is frozen"


def test_a_freeze_names_its_end_in_the_teams_zone_and_the_freeze_it_replaces() -> None:
    scenario = Scenario().installed()
    kolkata = put(scenario.snapshot.policy, calendar=Calendar("Asia/Kolkata"))
    scenario.snapshot = replace(scenario.snapshot, policy=kolkata)
    assert scenario.run(decisions.freeze, why="audit", until="18:30").title == "freeze until Sun 18:30 IST"
    again = scenario.run(decisions.freeze, why="longer", until="19:30")
    assert again.title == "freeze until Sun 19:30 IST, replacing ada@desk's until Sun 18:30 IST"
    plan = scenario.run(decisions.thaw)
    assert plan.title == "end the freeze by ada@desk until Sun 19:30 IST (longer)"
    assert scenario.refusal(decisions.thaw) == "nothing is frozen"


def test_a_recorded_freeze_without_a_reachable_end_is_still_explained_and_thawed() -> None:
    scenario = Scenario().installed()
    scenario.append(Frozen(1e300))
    assert "no open hour ahead" in scenario.refusal(decisions.start)
    assert scenario.snapshot.policy.calendar.next_open(NOON) == NOON
    scenario.run(decisions.thaw)
    scenario.run(decisions.start)


def test_a_freeze_ends_at_the_moment_that_was_previewed() -> None:
    """`12:30` previewed at 12:29:59 and confirmed at 12:30:01 does not mean tomorrow."""
    scenario = Scenario().installed()
    scenario.wait(NOON + 1799.0 - scenario.snapshot.now)
    asked_at = scenario.snapshot.now
    scenario.wait(2.0)
    late = "Sun 12:30 UTC is in the past: use a time within the next year"
    assert scenario.refusal(decisions.freeze, why="audit", until="12:30", asked_at=asked_at) == late
    scenario.run(decisions.freeze, why="audit", until="2h", asked_at=asked_at)
    assert scenario.snapshot.active_freeze
    assert scenario.snapshot.active_freeze.until == asked_at + 2 * HOUR
