"""Rejecting the build of a closed release."""

from dataclasses import replace as put

import pytest

from cockpit.deploy.facts import Call, Rejected, SmokePassed, Suspected
from cockpit.deploy.plan import Preview
from cockpit.deploy.release import Flaw
from cockpit.deploy.snapshot import Seen
from cockpit.rules import decisions
from cockpit.rules.decisions.preflight import preview_query
from tests.scenario import PULLS, Scenario, build, commit


def abandoned(number: int = 2) -> Scenario:
    """Build 1 serves; the release of build `number` was abandoned at staging."""
    scenario = Scenario().at_staging()
    scenario.append(Suspected(PULLS[1], 0.8, "it touches the file"))
    scenario.run(decisions.abandon)
    return scenario


def test_the_build_of_an_abandoned_release_is_rejected_with_its_suspects() -> None:
    scenario = abandoned()
    plan = scenario.run(decisions.reject, why="it loses carts")
    assert plan.title == "reject 2026-11-22.2"
    assert (
        "no rollback restores it, and no release offers it; keep #12 out of the next release" in plan.steps[0].summary
    )
    assert scenario.release.events[-1].what == Rejected("2026-11-22.2", (build(2).id,), ("#12",))
    assert scenario.release.flaw is Flaw.REJECTED
    assert [out.pull for out in scenario.snapshot.log.value.quarantined] == [PULLS[1]]
    assert "already rejected" in scenario.refusal(decisions.reject, why="again", release="2026-11-22.2")


def test_a_rejection_needs_a_reason_and_a_closed_release_with_a_build() -> None:
    scenario = abandoned()
    assert scenario.refusal(decisions.reject) == "a rejection needs a reason: add --why"
    assert "2026-11-22.9 is not in the log" in scenario.refusal(decisions.reject, release="2026-11-22.9")
    scenario.run(decisions.start)
    assert "is open: abandon it first" in scenario.refusal(decisions.reject, release=scenario.release.id)
    scenario.run(decisions.abandon)
    assert "was never built" in scenario.refusal(decisions.reject, release=scenario.release.id)
    assert "no closed release has a build" in Scenario().refusal(decisions.reject)


def test_a_serving_build_is_not_rejected_and_the_refusal_names_the_way_out() -> None:
    scenario = Scenario().at(7)
    scenario.judge(Call.GO)
    scenario.run(decisions.finish)
    bad = scenario.release.id
    refusal = scenario.refusal(decisions.reject, why="it loses carts")
    assert refusal.endswith(f"may serve {bad}: `rollback` takes them to {build(1).id[:10]}")
    scenario.run(decisions.roll_back)
    scenario.run(decisions.reject, why="it loses carts", release=bad)
    assert scenario.snapshot.log.value.releases[1].flaw is Flaw.REJECTED


def test_the_only_good_build_is_not_rejected() -> None:
    scenario = Scenario().installed()
    assert "no other build has reached every host" in scenario.refusal(decisions.reject, why="bad")
    scenario = Scenario().at(7)
    for tier in scenario.snapshot.policy.serving_tiers:
        assert scenario.snapshot.targets.value[tier.name].target.build == build(2).id
    assert "another release comes first" in scenario.refusal(decisions.reject, why="bad", release="2026-11-22.1")


def test_a_rejected_commit_is_not_started_again() -> None:
    scenario = abandoned()
    scenario.run(decisions.reject, why="it loses carts")
    preview = Preview(commit(2), PULLS, preview_query(scenario.snapshot))
    scenario.snapshot = put(scenario.snapshot, preview=Seen(preview, scenario.snapshot.now))
    refusal = scenario.refusal(decisions.start, why="anyway", override=True)
    assert refusal == f"{commit(2)[:10]} was rejected in 2026-11-22.2: start a commit with a fix"


@pytest.mark.parametrize("verb", [decisions.advance, decisions.finish])
def test_a_release_that_makes_a_rejected_build_again_does_not_move(verb: object) -> None:
    scenario = abandoned()
    scenario.run(decisions.reject, why="it loses carts")
    scenario.run(decisions.start, why="anyway", override=True)
    scenario.cut_and_build(2)
    scenario.append(SmokePassed(build(2).id, 1.0))
    assert "its build was rejected in 2026-11-22.2" in scenario.refusal(verb)  # type: ignore[arg-type]
    with pytest.raises(AssertionError):
        scenario.engine_step()
