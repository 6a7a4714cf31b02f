"""Holding and resuming a release."""

from dataclasses import replace

import msgspec

from cockpit.deploy.facts import (
    BuildFailed,
    Call,
    Cut,
    SmokeFailed,
)
from cockpit.rules import decisions
from tests.scenario import POLICY, Scenario, build, commit


def test_hold_stops_advance_and_resume_allows_it() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.hold, why="looking at the database")
    scenario.judge(Call.GO)
    assert (
        scenario.refusal(decisions.advance)
        == "2026-11-22.2 is held by ada@desk (looking at the database): resume it first"
    )
    assert "already held" in scenario.refusal(decisions.hold)
    scenario.run(decisions.resume)
    scenario.run(decisions.advance)
    assert scenario.refusal(decisions.resume) == "nothing is held"


def test_resume_retries_a_failed_build() -> None:
    scenario = Scenario().installed()
    scenario.run(decisions.start)
    scenario.append(Cut("release/2026-11-22.2", "2026-11-22.2", commit(2), commit(1), ()))
    scenario.append(BuildFailed(commit(2), "make: *** [dist] Error 1"))
    assert scenario.release.failures
    scenario.run(decisions.resume)
    assert not scenario.release.failures


def test_resume_retries_a_failed_smoke_test() -> None:
    scenario = Scenario().installed()
    scenario.run(decisions.start)
    scenario.cut_and_build(2)
    scenario.engine_step()
    scenario.append(SmokeFailed(build(2).id, "/ answered 500"))
    scenario.run(decisions.resume)
    assert scenario.release.smoke is None


def test_a_release_whose_tier_left_the_config_can_be_resumed() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.hold)
    policy = msgspec.structs.replace(POLICY, tiers=tuple(tier for tier in POLICY.tiers if tier.name != "canary"))
    scenario.snapshot = replace(scenario.snapshot, policy=policy)
    assert [step.summary for step in scenario.run(decisions.resume).steps] == ["steps may be taken again"]
