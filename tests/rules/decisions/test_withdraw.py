"""Taking back the request to revert a PR."""

from cockpit.deploy.facts import RevertDelayed, Reverted, RevertProposed, RevertWithdrawn, WithdrawalAsked
from cockpit.deploy.plan import AppendEvent
from cockpit.rules import decisions
from tests.scenario import Scenario, commit


def test_a_pending_revert_is_taken_back_and_the_release_goes_on_with_the_pr() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.revert, pull=12)
    scenario.append(RevertProposed(12, "#12", 44, "https://forge/44"))
    (step,) = scenario.run(decisions.withdraw, pull=12).steps
    assert isinstance(step, AppendEvent)
    assert step.what == WithdrawalAsked(12, "#12")
    assert step.summary.endswith("unless its revert was pushed already; close PR #44")
    assert "being withdrawn" in scenario.refusal(decisions.advance)
    assert "being withdrawn" in scenario.refusal(decisions.revert, pull=12)
    assert "no revert is pending" in scenario.refusal(decisions.withdraw, pull=12)
    scenario.append(RevertWithdrawn(12, "#12", "PR #44 is closed"))
    assert (scenario.release.withdrawals, scenario.release.revert_proposals) == ((), ())
    scenario.engine_step()
    assert scenario.release.step == "staging", "with the same build, from the first step"
    scenario.run(decisions.revert, pull=12)


def test_one_of_two_reverts_is_taken_back_and_the_other_stays() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.revert, pull=12)
    scenario.run(decisions.revert, pull=13)
    assert "choose #12, #13" in scenario.refusal(decisions.withdraw)
    assert "no revert of #99 is pending" in scenario.refusal(decisions.withdraw, pull=99)
    scenario.run(decisions.withdraw, pull=12)
    assert [asked.pull.name for asked in scenario.release.pending_reverts] == ["#13"]
    scenario.append(Reverted(12, ("r" * 40,), (commit(3),), "2026-11-22.2-hotfix.1"))
    assert (scenario.release.withdrawals, scenario.release.reverted_names) == ((), ("#12",)), "it was pushed already"


def test_nothing_is_taken_back_without_an_open_release() -> None:
    assert "no release is open" in Scenario().refusal(decisions.withdraw, pull=12)


def test_a_release_closed_during_a_revert_is_followed_by_another_once_that_is_settled() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.revert, pull=12)
    scenario.append(RevertProposed(12, "#12", 44, "https://forge/44"))
    (*_, step) = scenario.run(decisions.abandon).steps
    assert "PR #44 may still be merged to main" in step.summary
    assert "was closed during the revert of #12" in scenario.refusal(decisions.start)
    scenario.append(RevertDelayed(12, "#12", "git: cannot fetch"))
    scenario.wait(60)
    assert "waits for 60 s: git: cannot fetch" in scenario.refusal(decisions.start)
    scenario.append(RevertWithdrawn(12, "#12"))
    scenario.run(decisions.start)
