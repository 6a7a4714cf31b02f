"""Rolling back to the last good build."""

from dataclasses import replace as put

import pytest
from msgspec.structs import replace

from cockpit.deploy.cutoff import EVERY_HOST
from cockpit.deploy.facts import (
    Call,
    CutFailed,
    SmokePassed,
)
from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.plan import WriteTarget
from cockpit.deploy.release import Flaw
from cockpit.deploy.text import short
from cockpit.rules import decisions
from cockpit.views import event_log
from cockpit.views.rollback_readiness import fleet_readiness, readiness_sentence
from tests.scenario import Scenario, build


def test_rollback_tells_every_serving_tier_to_run_the_last_good_build_even_if_held() -> None:
    scenario = Scenario().at(4)
    scenario.run(decisions.hold)
    plan = scenario.run(decisions.roll_back, why="errors")
    writes = [step for step in plan.steps if isinstance(step, WriteTarget)]
    assert [write.target.tier for write in writes] == ["dogfood", "canary", "production"]
    assert all((p.target.build, p.target.cutoff) == (build(1).id, EVERY_HOST) for p in writes)
    assert scenario.release.held is not None
    assert "already" in scenario.refusal(decisions.roll_back)


def test_a_rollback_says_that_no_host_waits_for_a_failed_one_and_keeps_the_bound() -> None:
    scenario = Scenario().at(6)
    tier = scenario.snapshot.policy.tier("production")
    forward = scenario.snapshot.targets.value["production"].target
    assert 0 < forward.max_unavailable < len(tier.hosts)
    assert not forward.rollback
    for host in tier.hosts[:4]:
        scenario.report(replace(scenario.snapshot.statuses.value[host], state=HostState.FAILED, build=build(2).id))
    scenario.run(decisions.roll_back, why="errors")
    back = scenario.snapshot.targets.value["production"].target
    assert (back.max_unavailable, back.rollback) == (forward.max_unavailable, True)


def test_rollback_of_a_finished_release_returns_to_the_one_before_and_blocks_the_next() -> None:
    scenario = Scenario().at(7)
    scenario.judge(Call.GO)
    scenario.run(decisions.finish)
    assert scenario.snapshot.last_good == build(2)
    assert fleet_readiness(scenario.snapshot).build == build(1).id
    assert short(build(1).id) in readiness_sentence(scenario.snapshot).text
    plan = scenario.run(decisions.roll_back, why="a customer called")
    assert plan.title.startswith(f"roll back to {short(build(1).id)}")
    assert scenario.snapshot.last_good == build(1)
    assert "was rolled back (a customer called)" in scenario.refusal(decisions.start)
    assert scenario.run(decisions.resume, why="fixed on main").steps[0].summary == "steps may be taken again"
    scenario.run(decisions.start)


def test_rollback_is_refused_without_an_earlier_build() -> None:
    assert "nothing to roll back to" in Scenario().refusal(decisions.roll_back)
    assert "nothing to roll back to" in Scenario().installed().refusal(decisions.roll_back)
    assert "no build to roll back to" in readiness_sentence(Scenario().installed().snapshot).text


def test_a_release_that_was_rolled_back_resumed_and_finished_is_good() -> None:
    scenario = Scenario().at(4)
    scenario.run(decisions.roll_back, why="looked bad")
    plan = scenario.run(decisions.resume, why="it was the database")
    assert "the build that was rolled back: revert the PR that broke it first" in plan.steps[0].summary
    scenario.engine_step()
    while not scenario.release.on_last_step:
        scenario.converge()
        scenario.judge(Call.GO)
        scenario.run(decisions.advance)
    scenario.judge(Call.GO)
    scenario.run(decisions.finish)
    assert scenario.snapshot.last_good == build(2)


def test_rollback_and_resume_make_failed_hosts_retry() -> None:
    scenario = Scenario().at(4)
    scenario.run(decisions.roll_back)
    scenario.converge()
    assert "already" in scenario.refusal(decisions.roll_back)
    host = scenario.snapshot.statuses.value["production-3"]
    scenario.report(replace(host, state=HostState.FAILED, failed=build(1).id, detail="pulling: no route"))
    serial = scenario.snapshot.targets.value["production"].target.serial
    scenario.run(decisions.roll_back)
    assert scenario.snapshot.targets.value["production"].target.serial == serial + 1
    scenario = Scenario().at(7)
    host = scenario.snapshot.statuses.value["production-3"]
    scenario.report(replace(host, state=HostState.FAILED, failed=build(2).id, detail="pulling: no route"))
    plan = scenario.run(decisions.resume)
    assert "tell production to run" in plan.steps[0].summary


def finished_twice() -> Scenario:
    """Build 2 is finished, and build 1 before it."""
    scenario = Scenario().at(7)
    scenario.judge(Call.GO)
    scenario.run(decisions.finish)
    return scenario


@pytest.mark.parametrize("then", ["started", "at staging", "failed at the cut", "abandoned"])
def test_a_finished_release_is_rolled_back_after_the_next_one_was(then: str) -> None:
    scenario = finished_twice()
    bad = scenario.release.id
    scenario.run(decisions.start)
    if then == "failed at the cut":
        scenario.append(CutFailed("no route"))
    if then in {"at staging", "abandoned"}:
        scenario.cut_and_build(3)
        scenario.engine_step()
        scenario.converge()
    if then == "abandoned":
        scenario.run(decisions.abandon)
    plan = scenario.run(decisions.roll_back, why="carts are empty")
    assert plan.title.startswith(f"roll back to {short(build(1).id)}, before {bad}")
    assert plan.steps[-1].summary.endswith(f"mark {bad} as bad: no rollback goes back to it")
    targets = scenario.snapshot.targets.value
    assert {targets[tier].target.build for tier in ("dogfood", "canary", "production")} == {build(1).id}
    assert scenario.snapshot.last_good == build(1)
    assert scenario.snapshot.log.value.releases[1].flaw is Flaw.ROLLED_BACK
    assert event_log.sentence(scenario.release.events[-1]).endswith(f"; {bad} is marked bad")
    assert f"{bad} was rolled back (carts are empty)" in scenario.refusal(decisions.start) or then != "abandoned"
    scenario.wait(60.0)
    assert "no earlier build" in scenario.refusal(decisions.roll_back)


def test_a_build_marked_bad_is_not_the_way_back_of_the_next_release() -> None:
    scenario = finished_twice()
    scenario.run(decisions.roll_back)
    scenario.run(decisions.resume)
    scenario.run(decisions.start)
    scenario.cut_and_build(3)
    scenario.engine_step()
    scenario.converge()
    scenario.append(SmokePassed(build(3).id, 1.0))
    scenario.judge(Call.GO)
    scenario.run(decisions.advance)
    assert scenario.snapshot.targets.value["dogfood"].target.base == build(1).id
    scenario.run(decisions.roll_back)
    assert scenario.snapshot.targets.value["dogfood"].target.build == build(1).id


def test_a_second_key_press_goes_no_further_back_but_a_later_one_does() -> None:
    scenario = finished_twice()
    scenario.run(decisions.start)
    scenario.cut_and_build(3)
    scenario.engine_step()
    scenario.converge()
    scenario.append(SmokePassed(build(3).id, 1.0))
    scenario.judge(Call.GO)
    scenario.run(decisions.advance)
    assert scenario.run(decisions.roll_back).title.startswith(f"roll back to {short(build(2).id)}:")
    scenario.converge()
    assert f"in 30 s `rollback` goes back further, to {short(build(1).id)}" in scenario.refusal(decisions.roll_back)
    scenario.wait(30.0)
    assert scenario.run(decisions.roll_back).title.startswith(f"roll back to {short(build(1).id)}, before")


def test_a_rollback_right_after_a_revert_does_not_leave_the_good_build() -> None:
    scenario = finished_twice()
    scenario.run(decisions.start)
    scenario.cut_and_build(3)
    scenario.engine_step()
    scenario.append(SmokePassed(build(3).id, 1.0))
    scenario.converge()
    scenario.judge(Call.GO)
    scenario.run(decisions.advance)
    scenario.run(decisions.revert, pull=12)
    assert "already has the target" in scenario.refusal(decisions.roll_back)


def test_a_tier_that_was_renamed_during_the_release_goes_back_under_its_old_name_too() -> None:
    scenario = Scenario().at(6)
    tiers = tuple(
        replace(tier, name="public", hosts=("public-1",)) if tier.name == "production" else tier
        for tier in scenario.snapshot.policy.tiers
    )
    scenario.snapshot = put(scenario.snapshot, policy=replace(scenario.snapshot.policy, tiers=tiers))
    writes = [step for step in scenario.run(decisions.roll_back).steps if isinstance(step, WriteTarget)]
    assert [write.target.tier for write in writes] == ["dogfood", "canary", "public", "production"]
    old = writes[-1].target
    assert (old.build, old.cutoff) == (build(1).id, EVERY_HOST)
    assert old.max_unavailable > 0
