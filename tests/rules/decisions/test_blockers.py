"""What keeps a release from moving before the gate is asked."""

from dataclasses import replace as put

from msgspec.structs import replace

from cockpit.deploy.facts import (
    BuildFailed,
    BuildReady,
    Cut,
    Reverted,
    RevertFailed,
    Unreadable,
)
from cockpit.deploy.plan import CommandRequest, Plan
from cockpit.deploy.release_fold import fold
from cockpit.deploy.snapshot import Seen
from cockpit.engine.next_work import MakeBuild, next_work
from cockpit.rules import decisions
from cockpit.rules.commander.handoff import compose_handoff
from cockpit.views import event_log
from tests.scenario import ADA, NOON, PULLS, Scenario, build, commit


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


def test_every_failed_revert_stands_until_it_is_itself_resolved() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.revert, pull=12)
    scenario.run(decisions.revert, pull=13)
    scenario.append(RevertFailed(12, "conflicts", ("shop/12.py",)))
    scenario.append(RevertFailed(13, "conflicts", ("shop/13.py",)))
    assert "the reverts of #12, #13 failed" in scenario.refusal(decisions.advance)
    scenario.run(decisions.revert, pull=13)
    scenario.append(Reverted(13, ("r" * 40,), (commit(3),), "t"))
    scenario.append(BuildReady(build(3), "t", 1.0))
    assert next_work(scenario.snapshot) is None
    assert "the revert of #12 failed" in scenario.refusal(decisions.advance)
    scenario.run(decisions.revert, pull=12)
    scenario.append(Reverted(12, ("s" * 40,), (commit(4),), "t"))
    assert scenario.release.failures == ()
    assert isinstance(next_work(scenario.snapshot), MakeBuild)


def test_resume_names_every_pr_that_stays_in_and_the_log_and_the_handoff_keep_it() -> None:
    scenario = Scenario().at(2)
    for pull in (12, 13):
        scenario.run(decisions.revert, pull=pull)
        scenario.append(RevertFailed(pull, "conflicts"))
    plan = scenario.run(decisions.resume, why="harmless")
    assert "#12, #13 STAY in the build because their reverts failed" in plan.steps[-1].summary
    assert scenario.release.kept_names == ("#12", "#13")
    assert "#12, #13 still in the build" in event_log.sentence(scenario.release.events[-1])
    assert "still with #12, #13, whose revert failed" in compose_handoff(scenario.snapshot).state[0]
    scenario.run(decisions.revert, pull=12)
    scenario.append(Reverted(12, ("r" * 40,), (commit(3),), "t"))
    assert list(scenario.release.kept_names) == ["#13"]


def test_a_revert_resolves_the_failed_build_of_the_old_tip() -> None:
    scenario = Scenario().installed()
    scenario.run(decisions.start)
    scenario.append(Cut("release/2026-11-22.2", "2026-11-22.2", commit(2), commit(1), PULLS))
    scenario.append(BuildFailed(commit(2), "make: *** [dist] Error 1"))
    assert "the last job failed" in scenario.refusal(decisions.advance)
    scenario.run(decisions.revert, pull=12)
    scenario.append(Reverted(12, ("r" * 40,), (commit(3),), "t"))
    assert isinstance(next_work(scenario.snapshot), MakeBuild)
