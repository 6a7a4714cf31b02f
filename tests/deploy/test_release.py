"""What a release derives from its state."""

from cockpit.deploy.facts import Abandoned, Noted, Reverted, RolledBack
from cockpit.deploy.release import End, Flaw, Release
from cockpit.rules import decisions
from tests.scenario import Scenario


def test_a_release_without_events_has_no_times_step_or_build() -> None:
    release = Release("2026-11-23.1")
    assert (release.last_number, release.ended_at, release.settled_at) == (0, 0.0, 0.0)
    assert (release.step, release.build, release.on_last_step) == ("", None, False)


def test_the_build_is_that_of_the_branchs_tip() -> None:
    release = Scenario().at(1).release
    assert release.build == release.builds[-1]
    assert release.step == "dogfood"
    assert Scenario().at_staging().release.step == "staging"


def test_a_release_has_ended_when_it_was_closed_and_settled_at_a_later_rollback() -> None:
    scenario = Scenario().at(1)
    scenario.append(Abandoned())
    ended = scenario.release.ended_at
    scenario.wait(60.0)
    scenario.append(Noted("it was the cart"))
    assert scenario.release.ended_at == scenario.release.settled_at == ended
    scenario.append(RolledBack("old", ("canary",)))
    assert scenario.release.ended_at == ended
    assert scenario.release.settled_at == ended + 60.0


def test_the_last_step_is_the_end_of_the_ladder() -> None:
    scenario = Scenario().at(1)
    assert not scenario.release.on_last_step
    assert Scenario().at(len(scenario.release.ladder) - 1).release.on_last_step


def test_a_release_that_is_built_again_has_no_step_and_no_time_of_it() -> None:
    scenario = Scenario().at(1)
    scenario.append(Reverted(12, ("a" * 40,), ("b" * 40,), "t"))
    assert (scenario.release.rung, scenario.release.since, scenario.release.step) == (-1, 0.0, "")


def test_a_release_is_taken_back_until_it_climbs_again_or_finishes() -> None:
    scenario = Scenario().at(4)
    scenario.run(decisions.roll_back)
    assert scenario.release.taken_back is Flaw.ROLLED_BACK
    scenario.run(decisions.resume)
    scenario.engine_step()
    climbing = scenario.release
    assert (climbing.taken_back, climbing.flaw) == (None, Flaw.ROLLED_BACK)
    scenario.run(decisions.abandon)
    closed = scenario.release
    assert (closed.taken_back, closed.end) == (None, End.ABANDONED)
