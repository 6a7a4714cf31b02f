"""What keeps a release from moving before the gate is asked."""

from dataclasses import replace as put

from msgspec.structs import replace

from cockpit.deploy.facts import (
    Reverted,
    RevertFailed,
    Unreadable,
)
from cockpit.deploy.plan import CommandRequest, Plan
from cockpit.deploy.release_fold import fold
from cockpit.deploy.snapshot import Seen
from cockpit.rules import decisions
from tests.scenario import ADA, NOON, Scenario, commit


def test_a_failed_revert_blocks_the_release() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.revert, pull=12)
    scenario.append(RevertFailed(12, "conflicts", ("shop/12.py",)))
    assert "the revert of #12 failed" in scenario.refusal(decisions.advance)
    scenario.run(decisions.revert, pull=13)
    assert scenario.release.pending_reverts[0].pull.number == 13


def test_a_failed_revert_blocks_until_resumed_even_if_another_succeeds() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.revert, pull=12)
    scenario.run(decisions.revert, pull=13)
    scenario.append(RevertFailed(12, "conflicts", ("shop/12.py",)))
    scenario.append(Reverted(13, ("r" * 40,), (commit(3),), "t"))
    assert "the revert of #12 failed" in scenario.refusal(decisions.advance)
    plan = scenario.run(decisions.resume)
    assert "#12 STAYS in the build" in plan.steps[0].summary


def test_a_release_whose_first_record_is_unreadable_can_only_be_abandoned() -> None:
    scenario = Scenario().installed()
    scenario.run(decisions.start)
    broken = fold(scenario.release.id, (replace(scenario.release.events[0], what=Unreadable("k", "cut short")),))
    log = put(scenario.snapshot.log.value, releases=(*scenario.snapshot.log.value.releases[:-1], broken))
    scenario.snapshot = put(scenario.snapshot, log=Seen(log, NOON))
    assert broken.step == ""
    assert "cannot be read: restore it" in scenario.refusal(decisions.advance)
    assert isinstance(decisions.abandon(scenario.snapshot, CommandRequest(ADA)), Plan)


def test_of_several_reverts_the_one_in_progress_is_named() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.revert, pull=12)
    scenario.run(decisions.revert, pull=13)
    assert scenario.refusal(decisions.advance) == "the revert of #12 is in progress"
