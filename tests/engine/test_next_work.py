from dataclasses import replace

import msgspec

from cockpit.deploy.facts import (
    AnyFact,
    BuildFailed,
    Call,
    Cut,
    HostFailed,
    Judged,
    RevertDelayed,
    Reverted,
    RevertFailed,
    RevertProposed,
    RevertWithdrawn,
    SmokeFailed,
    SmokePassed,
    Suspected,
)
from cockpit.deploy.hosts.status import HostState
from cockpit.deploy.snapshot import Seen
from cockpit.deploy.suspects.ranking import Suspect
from cockpit.engine.next_work import (
    CutBranch,
    FollowReverts,
    MakeBuild,
    RevertPull,
    RunSmoke,
    TakeStep,
    WithdrawRevert,
    is_news,
    next_work,
    unrecorded_fact,
)
from cockpit.rules import decisions
from tests.scenario import ADA, PULLS, Scenario, build, commit


def test_without_an_open_release_there_is_no_work() -> None:
    assert next_work(Scenario().snapshot) is None
    assert next_work(Scenario().installed().snapshot) is None


def test_a_started_release_is_cut_from_the_requested_ref() -> None:
    scenario = Scenario().installed()
    scenario.run(decisions.start, ref="main")
    assert next_work(scenario.snapshot) == CutBranch("2026-11-22.2", "main", commit(1), install=False)


def test_a_cut_release_is_built_then_staged_then_tested_once_staging_serves_it() -> None:
    scenario = Scenario().installed()
    scenario.run(decisions.start)
    scenario.append(Cut("release/2026-11-22.2", "2026-11-22.2", commit(2), commit(1), ()))
    assert next_work(scenario.snapshot) == MakeBuild(commit(2), "2026-11-22.2")
    scenario = Scenario().installed()
    scenario.run(decisions.start)
    scenario.cut_and_build(2)
    scenario.engine_step()
    assert scenario.release.step == "staging"
    assert next_work(scenario.snapshot) is None
    scenario.converge()
    assert next_work(scenario.snapshot) == RunSmoke(build(2).id, "staging")
    scenario.append(SmokePassed(build(2).id, 1.0))
    assert next_work(scenario.snapshot) is None


def test_after_staging_there_is_no_work() -> None:
    for rung in range(1, 8):
        assert next_work(Scenario().at(rung).snapshot) is None


def test_an_install_targets_every_tier_and_finishes_by_itself() -> None:
    scenario = Scenario()
    scenario.run(decisions.install)
    scenario.cut_and_build(1)
    work = next_work(scenario.snapshot)
    assert isinstance(work, TakeStep)
    assert len(work.plan.steps) == 5
    scenario.engine_step()
    scenario.converge("production-7")
    assert next_work(scenario.snapshot) is None
    scenario.converge()
    scenario.engine_step()
    assert scenario.snapshot.open is None


def test_a_revert_is_made_in_the_name_of_the_requester() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.revert, pull=12)
    work = next_work(scenario.snapshot)
    assert isinstance(work, RevertPull)
    assert (work.pull.number, work.tag, work.by) == (12, "2026-11-22.2-hotfix.1", ADA)


def test_a_second_revert_waits_for_the_first_and_takes_the_next_number() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.revert, pull=12)
    scenario.run(decisions.revert, pull=13)
    scenario.append(Reverted(12, ("r" * 40,), (commit(3),), "2026-11-22.2-hotfix.1"))
    work = next_work(scenario.snapshot)
    assert isinstance(work, RevertPull)
    assert (work.pull.number, work.tag) == (13, "2026-11-22.2-hotfix.2")


def test_during_a_hold_the_hotfix_is_built_and_no_host_changes() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.hold)
    scenario.run(decisions.revert, pull=12)
    assert isinstance(next_work(scenario.snapshot), RevertPull)
    scenario.append(Reverted(12, ("r" * 40,), (commit(3),), "t"))
    assert isinstance(next_work(scenario.snapshot), MakeBuild)
    scenario.cut_and_build(3)
    assert next_work(scenario.snapshot) is None
    scenario.run(decisions.resume)
    assert isinstance(next_work(scenario.snapshot), TakeStep)


def test_a_failure_waits_for_a_person() -> None:
    scenario = Scenario().installed()
    scenario.run(decisions.start)
    scenario.append(Cut("release/2026-11-22.2", "2026-11-22.2", commit(2), commit(1), ()))
    scenario.append(BuildFailed(commit(2), "make failed"))
    assert next_work(scenario.snapshot) is None
    scenario.run(decisions.resume)
    assert isinstance(next_work(scenario.snapshot), MakeBuild)


def test_a_conflicting_revert_is_not_retried() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.revert, pull=12)
    scenario.append(RevertFailed(12, "conflicts", ("a",)))
    assert next_work(scenario.snapshot) is None


def test_a_failed_smoke_test_is_not_repeated_until_resumed() -> None:
    scenario = Scenario().at_staging()
    scenario.append(SmokeFailed(build(2).id, "500"))
    assert next_work(scenario.snapshot) is None
    scenario.run(decisions.resume)
    assert isinstance(next_work(scenario.snapshot), RunSmoke)


def test_after_a_rollback_there_is_no_work() -> None:
    scenario = Scenario().at(4)
    scenario.run(decisions.roll_back)
    scenario.converge()
    assert next_work(scenario.snapshot) is None


def test_a_changed_verdict_is_recorded_once() -> None:
    scenario = Scenario().at(2)
    scenario.judge(Call.HOLD, "bad")
    fact = unrecorded_fact(scenario.snapshot)
    assert fact == Judged(2, build(2).id, Call.HOLD, "bad")
    scenario.append(Judged(2, build(2).id, Call.HOLD, "bad"))
    assert unrecorded_fact(scenario.snapshot) is None
    scenario.judge(Call.GO, "fine")
    assert isinstance(unrecorded_fact(scenario.snapshot), Judged)


def test_a_failed_host_is_recorded_once_with_its_output() -> None:
    scenario = Scenario().at(3)
    host = next(iter(scenario.snapshot.statuses.value.values()))
    failed = msgspec.structs.replace(host, state=HostState.FAILED, failed=build(2).id, detail="health: 500")
    scenario.report(failed)
    assert unrecorded_fact(scenario.snapshot) == HostFailed(host.host, build(2).id, "health: 500")
    scenario.append(HostFailed(host.host, build(2).id, "health: 500"))
    assert unrecorded_fact(scenario.snapshot) is None


def suspicion(scenario: Scenario, number: int, score: float = 0.8) -> AnyFact | None:
    suspect = Suspect(PULLS[number], PULLS[number].commits[0], score, "changed shop/12.py:3")
    none = Suspect(None, "", 1 - score, "infrastructure")
    scenario.snapshot = replace(scenario.snapshot, suspects=Seen((suspect, none), scenario.snapshot.now))
    return unrecorded_fact(scenario.snapshot)


def test_a_likely_suspect_is_recorded_once() -> None:
    scenario = Scenario().at_staging()
    what = suspicion(scenario, 1)
    assert what == Suspected(PULLS[1], 0.8, "changed shop/12.py:3")
    scenario.append(what)
    assert scenario.release.suspected_names == ("#12",)
    assert suspicion(scenario, 1) is None
    assert suspicion(scenario, 2) == Suspected(PULLS[2], 0.8, "changed shop/12.py:3")


def test_a_suspect_below_even_odds_is_not_recorded() -> None:
    assert suspicion(Scenario().at_staging(), 1, 0.49) is None


def test_prs_that_run_nowhere_or_are_being_reverted_are_not_suspected() -> None:
    scenario = Scenario().installed()
    scenario.run(decisions.start)
    scenario.cut_and_build(2)
    assert suspicion(scenario, 1) is None
    scenario = Scenario().at_staging()
    scenario.run(decisions.revert, "bad", pull=12)
    assert suspicion(scenario, 1) is None
    assert suspicion(scenario, 2) is not None


def test_a_suspect_is_recorded_after_a_rollback() -> None:
    scenario = Scenario().at(2)
    scenario.run(decisions.roll_back, "errors")
    assert suspicion(scenario, 1) is not None


def with_two_reverts() -> Scenario:
    """A release of which #12 and #13 are to be reverted."""
    scenario = Scenario().at(2)
    scenario.run(decisions.revert, pull=12)
    scenario.run(decisions.revert, pull=13)
    return scenario


def test_each_revert_is_proposed_and_then_all_are_followed_side_by_side() -> None:
    scenario = with_two_reverts()
    for number, proposal in ((12, 44), (13, 45)):
        work = next_work(scenario.snapshot)
        assert isinstance(work, RevertPull)
        assert (work.pull.number, work.proposal) == (number, 0)
        scenario.append(RevertProposed(number, f"#{number}", proposal, f"https://forge/{proposal}"))
    work = next_work(scenario.snapshot)
    assert isinstance(work, FollowReverts)
    assert [(revert.pull.number, revert.proposal, revert.delayed) for revert in work.reverts] == [
        (12, 44, False),
        (13, 45, False),
    ]
    scenario.append(RevertDelayed(13, "#13", "the forge does not answer"))
    work = next_work(scenario.snapshot)
    assert isinstance(work, FollowReverts)
    assert [revert.delayed for revert in work.reverts] == [False, True]
    scenario.append(RevertDelayed(13, "#13"))
    scenario.append(RevertFailed(12, "its PR #44 was closed without being merged"))
    work = next_work(scenario.snapshot)
    assert isinstance(work, RevertPull)
    assert (work.pull.number, work.proposal, work.delayed) == (13, 45, False)


def test_a_withdrawal_is_settled_before_the_other_reverts() -> None:
    scenario = with_two_reverts()
    scenario.append(RevertProposed(12, "#12", 44, "https://forge/44"))
    scenario.run(decisions.withdraw, pull=12)
    work = next_work(scenario.snapshot)
    assert isinstance(work, WithdrawRevert)
    assert (work.revert.pull.number, work.revert.proposal, work.url, work.closes) == (12, 44, "https://forge/44", True)
    assert work.revert.by == ADA, "its commits are found by who asked for it"
    scenario.append(RevertWithdrawn(12, "#12", "PR #44 is closed"))
    work = next_work(scenario.snapshot)
    assert isinstance(work, RevertPull)
    assert work.pull.number == 13


def test_the_reverts_of_an_abandoned_release_are_settled_one_by_one() -> None:
    scenario = with_two_reverts()
    scenario.run(decisions.abandon)
    for number in (12, 13):
        work = next_work(scenario.snapshot)
        assert isinstance(work, WithdrawRevert)
        assert (work.revert.pull.number, work.closes) == (number, False)
        scenario.append(RevertWithdrawn(number, f"#{number}"))
    assert next_work(scenario.snapshot) is None


def test_a_result_of_unwanted_work_is_news_until_the_log_has_it() -> None:
    scenario = with_two_reverts()
    done = Reverted(12, ("r" * 40,), (commit(3),), "2026-11-22.2-hotfix.1")
    proposed = RevertProposed(13, "#13", 45, "https://forge/45")
    cut = Cut("release/2026-11-22.2", "2026-11-22.2", commit(2), commit(1), ())
    assert (is_news(scenario.release, done), is_news(scenario.release, proposed)) == (True, True)
    assert not is_news(scenario.release, cut)
    assert not is_news(scenario.release, RevertFailed(13, "conflict"))
    scenario.append(done)
    scenario.append(proposed)
    assert (is_news(scenario.release, done), is_news(scenario.release, proposed)) == (False, False)
