"""Reverting a PR of the open release."""

from dataclasses import replace as put

from msgspec.structs import replace

from cockpit.deploy.events import Event
from cockpit.deploy.facts import (
    BuildReady,
    RevertAsked,
    Reverted,
    RevertFailed,
)
from cockpit.deploy.plan import AppendEvent, CommandRequest, Plan, Refusal
from cockpit.deploy.rehearsal import Rehearsal, RehearsalResult
from cockpit.deploy.release_fold import apply, fold
from cockpit.deploy.snapshot import Seen
from cockpit.rules import decisions
from tests.scenario import ADA, Scenario, build, commit


def test_a_revert_withdraws_the_build_from_people_and_returns_to_the_first_step() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.revert, pull=12)
    assert scenario.release.rung == -1
    for tier in ("dogfood", "canary"):
        assert scenario.snapshot.targets.value[tier].target.build == build(1).id
    assert scenario.snapshot.targets.value["staging"].target.build == build(2).id
    assert "in progress" in scenario.refusal(decisions.advance)
    assert "in progress" in scenario.refusal(decisions.revert, pull=12)
    scenario.append(Reverted(12, ("r" * 40,), (commit(3),), "2026-11-22.2-hotfix.1"))
    assert (scenario.release.reverted_numbers, scenario.release.build, scenario.release.hotfixes) == ((12,), None, 1)
    assert "not ready yet" in scenario.refusal(decisions.advance)
    assert "already" in scenario.refusal(decisions.revert, pull=12)
    scenario.append(BuildReady(build(3), "2026-11-22.2-hotfix.1", 1.0))
    scenario.engine_step()
    assert scenario.snapshot.targets.value["staging"].target.build == build(3).id
    assert scenario.release.smoke is None


def test_the_plan_of_a_revert_names_every_step() -> None:
    plan = decisions.revert(Scenario().at(2).snapshot, CommandRequest(ADA, pull=12))
    assert isinstance(plan, Plan)
    assert plan.title == "revert #12 Change 12"
    assert [step.summary for step in plan.steps] == [
        f"tell dogfood to run {build(1).id[:10]} on every host",
        f"tell canary to run {build(1).id[:10]} on every host",
        "revert #12 on main, pick it into release/2026-11-22.2, tag 2026-11-22.2-hotfix.1, build, back to staging",
    ]


def test_a_pr_that_another_depends_on_is_reverted_after_it() -> None:
    scenario = Scenario().at(2)
    tip, shown = scenario.release.commit, scenario.snapshot
    first, *_, last = scenario.release.pulls
    tried = {first.commits[-1]: RehearsalResult(("a.py",), (last.name,))}
    known = put(shown, rehearsal=Seen(Rehearsal(tip, tried), 1.0))
    plan = decisions.revert(known, CommandRequest(ADA, pull=first.number))
    assert isinstance(plan, Plan)
    asked = [step.what for step in plan.steps if isinstance(step, AppendEvent)]
    assert [fact.pull for fact in asked if isinstance(fact, RevertAsked)] == [last, first]
    assert f"{first.name} cannot be reverted without it" in plan.steps[-2].summary
    elsewhere = put(shown, rehearsal=Seen(Rehearsal("another tip", tried), 1.0))
    plan = decisions.revert(elsewhere, CommandRequest(ADA, pull=first.number))
    assert isinstance(plan, Plan)
    assert sum(isinstance(step, AppendEvent) for step in plan.steps) == 1


def test_a_review_without_a_number_is_reverted_by_its_name() -> None:
    scenario = Scenario().at(2)
    first, *others = scenario.release.pulls
    change = "I0123456789abcdef0123456789abcdef01234567"
    gerrit, phabricator = replace(first, number=0, change=change), replace(others[0], number=0, change="D12")
    snapshot = scenario.snapshot
    release = replace(snapshot.open or fold("", ()), pulls=(gerrit, phabricator))
    renamed = put(snapshot, log=put(snapshot.log, value=put(snapshot.log.value, releases=(release,))))
    for name, expected in ((change, gerrit), ("I01234567", gerrit), ("D12", phabricator)):
        plan = decisions.revert(renamed, CommandRequest(ADA, change=name))
        assert isinstance(plan, Plan)
        assert [
            step.what.pull
            for step in plan.steps
            if isinstance(step, AppendEvent) and isinstance(step.what, RevertAsked)
        ] == [expected]
    for name in ("D1", "I0123456f", "I0"):
        answer = decisions.revert(renamed, CommandRequest(ADA, change=name))
        assert isinstance(answer, Refusal)
        assert f"{name} is not in" in answer.reason
    asked = replace(release, pending_reverts=(RevertAsked(gerrit), RevertAsked(phabricator)))
    done = apply(asked, Event(9, 1.0, "engine", "", Reverted(0, ("r",), ("p",), "t", gerrit.name), ""))
    assert ([pending.pull for pending in done.pending_reverts], done.reverted_names, done.reverted_numbers) == (
        [phabricator],
        (gerrit.name,),
        (),
    )
    no = apply(done, Event(10, 1.0, "engine", "", RevertFailed(0, "no", (), "D12"), ""))
    assert no.pending_reverts == ()
    again = put(snapshot, log=put(snapshot.log, value=put(snapshot.log.value, releases=(done,))))
    assert decisions.revert(again, CommandRequest(ADA, change=change)) == Refusal(f"{gerrit.name} is already reverted")


def test_a_resolved_revert_reverts_nothing_else() -> None:
    snapshot = Scenario().at(2).snapshot
    plan = decisions.revert(snapshot, CommandRequest(ADA, pull=12, resolved="c0ffee"))
    assert isinstance(plan, Plan)
    (asked,) = (step.what for step in plan.steps if isinstance(step, AppendEvent))
    assert isinstance(asked, RevertAsked)
    assert (asked.pull.number, asked.resolved) == (12, "c0ffee")
    assert "as resolved" in plan.steps[-1].summary


def test_only_a_pr_of_the_release_can_be_reverted() -> None:
    scenario = Scenario().at_staging()
    assert scenario.refusal(decisions.revert, pull=99) == "#99 is not in 2026-11-22.2, which has 3 PRs"
    assert "no PR is chosen" in scenario.refusal(decisions.revert)
