"""Events fold into a release, fact by fact."""

from typing import get_args

import msgspec
import pytest

from cockpit.deploy import facts
from cockpit.deploy.facts import (
    Abandoned,
    Advanced,
    AnyFact,
    BuildFailed,
    BuildReady,
    Call,
    Cut,
    Finished,
    Held,
    HostFailed,
    Judged,
    Resumed,
    RevertAsked,
    RevertDelayed,
    Reverted,
    RevertFailed,
    RevertProposed,
    RevertWithdrawn,
    RolledBack,
    SmokeFailed,
    SmokePassed,
    Suspected,
    WithdrawalAsked,
)
from cockpit.deploy.release import End, Release
from cockpit.deploy.release_fold import fold
from tests.builders import PULLS, events
from tests.scenario import Scenario


def after(*more: AnyFact) -> Release:
    """A release on the dogfood step, and then these facts."""
    release = Scenario().at(1).release
    return fold(release.id, events(*(event.what for event in release.events), *more))


def test_an_event_that_makes_no_sense_here_changes_nothing_but_the_log() -> None:
    scenario = Scenario().installed()
    before = scenario.release
    scenario.append(Judged(7, "nothing", Call.GO, ""))
    assert msgspec.structs.replace(scenario.release, events=before.events, last_verdict=None) == before


def test_the_groups_hold_every_fact_once() -> None:
    groups = (facts.PreparationFact, facts.StepFact, facts.RevertFact, facts.CommandFact, facts.ObservedFact)
    members = [member for group in groups for member in get_args(group)]
    assert len(members) == len(set(members))
    assert set(members) == set(get_args(AnyFact)) == set(facts.Fact.__subclasses__())


@pytest.mark.parametrize("rung", [-1, 99])
def test_a_step_that_is_not_on_the_ladder_is_ignored(rung: int) -> None:
    assert after(Advanced(rung, "nowhere", "b")).rung == 1


def test_a_step_keeps_the_smoke_test_of_its_build_only() -> None:
    build = after().builds[-1].id
    assert after(SmokePassed(build, 1.0), Advanced(2, "canary", build)).smoke == SmokePassed(build, 1.0)
    assert after(SmokePassed(build, 1.0), Advanced(2, "canary", "another")).smoke is None


def test_resume_clears_the_hold_the_failure_and_a_failed_smoke_test() -> None:
    held = after(SmokeFailed("b", "500"), RevertFailed(1, "conflict"), Held())
    assert held.held
    assert held.failures
    resumed = after(SmokeFailed("b", "500"), RevertFailed(1, "conflict"), Held(), Resumed())
    assert (resumed.held, resumed.failures, resumed.smoke) == (None, (), None)
    assert after(SmokePassed("b", 1.0), Held(), Resumed()).smoke == SmokePassed("b", 1.0)


def test_a_revert_gives_a_new_tip_before_the_first_step() -> None:
    asked = after(RevertAsked(PULLS[0]))
    assert (asked.rung, asked.pending_reverts) == (-1, (RevertAsked(PULLS[0]),))
    done = Reverted(PULLS[0].number, ("a" * 40,), ("b" * 40,), "tag.1")
    reverted = after(RevertAsked(PULLS[0]), done)
    assert (reverted.commit, reverted.tag, reverted.build) == ("b" * 40, "tag.1", None)
    assert (reverted.pending_reverts, reverted.reverts) == ((), (done,))
    assert (reverted.reverted_numbers, reverted.reverted_names) == ((PULLS[0].number,), (PULLS[0].name,))


def test_a_direct_revert_gives_a_new_tip_too() -> None:
    done = Reverted(PULLS[0].number, (), (), "tag.1", direct=("b" * 40, "c" * 40))
    reverted = after(RevertAsked(PULLS[0]), done)
    assert (reverted.commit, reverted.tag, reverted.reverts) == ("c" * 40, "tag.1", (done,))
    assert (reverted.pending_reverts, reverted.reverted_names) == ((), (PULLS[0].name,))


def test_a_revert_without_commits_is_ignored() -> None:
    assert after(Reverted(PULLS[0].number, (), (), "tag")).reverts == ()


def test_a_failed_revert_is_no_longer_pending_and_only_its_own_success_clears_it() -> None:
    failed = RevertFailed(PULLS[0].number, "conflict")
    first = (RevertAsked(PULLS[0]), RevertProposed(PULLS[0].number, PULLS[0].name, 44, "u"), failed)
    release = after(*first)
    assert (release.pending_reverts, release.revert_proposals) == ((), ())
    assert release.failed_reverts == (failed,)
    other = Reverted(PULLS[1].number, ("a" * 40,), ("b" * 40,), "t")
    same = Reverted(PULLS[0].number, ("a" * 40,), ("c" * 40,), "t")
    assert after(*first, other).failures
    assert after(*first, same).failures == ()


def test_a_rollback_holds_the_release_and_remembers_its_suspects() -> None:
    back = RolledBack("old", ("canary",), ("#31",))
    release = after(back, RolledBack("old", ("canary",), ("#31", "#33")))
    assert (release.rung, [mark.suspects for mark in release.marks if isinstance(mark, RolledBack)]) == (
        -1,
        [("#31",), ("#31", "#33")],
    )
    assert release.rolled_back
    assert release.held
    assert after(back, Finished("b")).rolled_back is None
    assert after(back, Finished("b")).end is End.FINISHED


def test_failed_hosts_and_suspects_are_remembered() -> None:
    release = after(HostFailed("web-1", "b", "500"), Suspected(PULLS[0], 0.7, "changed cart.py"))
    assert release.failed_hosts == (("web-1", "b"),)
    assert release.suspected_names == (PULLS[0].name,)


def test_a_release_that_advances_after_a_rollback_is_no_longer_rolled_back() -> None:
    back = RolledBack("old", ("canary",))
    resumed = after(back, Resumed())
    assert resumed.rolled_back == back
    assert not resumed.is_rolled_back
    build = after().builds[-1].id
    assert after(back, Resumed(), Advanced(0, "staging", build)).rolled_back is None


def test_a_rollback_of_an_older_release_holds_a_closed_one_and_keeps_how_it_ended() -> None:
    back = RolledBack("old", ("canary",), left=("b",), release="2026-11-22.1")
    closed = after(Abandoned(), back)
    assert (closed.is_rolled_back, closed.rolled_back, closed.end) == (True, None, End.ABANDONED)
    abandoned = after(back, Abandoned())
    assert (abandoned.rolled_back, abandoned.end) == (None, End.ABANDONED)


def test_an_abandoned_release_has_no_outstanding_failures() -> None:
    assert after(RevertFailed(1, "conflict"), Abandoned()).failures == ()


def test_a_build_that_is_ready_leaves_the_failed_reverts_standing() -> None:
    failed = RevertFailed(1, "conflict")
    build = after().builds[-1]
    release = after(BuildFailed("c", "no"), failed, BuildReady(build, "t", 1.0))
    assert (release.failed_job, release.failed_reverts) == (None, (failed,))


def test_a_delay_of_a_revert_stands_until_it_is_answered_or_settled() -> None:
    name = PULLS[0].name
    late = (RevertAsked(PULLS[0]), RevertDelayed(PULLS[0].number, name, "503"))
    assert [delay.what for delay in after(*late).delays] == [late[1]]
    assert [delay.what for delay in after(*late, late[1]).delays] == [late[1]]
    for settled in (
        RevertDelayed(PULLS[0].number, name),
        RevertFailed(PULLS[0].number, "refused"),
        WithdrawalAsked(PULLS[0].number, name),
        Reverted(PULLS[0].number, ("a" * 40,), ("b" * 40,), "t"),
    ):
        assert after(*late, settled).delays == ()


def test_a_withdrawal_stands_until_the_engine_has_looked() -> None:
    number, name = PULLS[0].number, PULLS[0].name
    asked = (RevertAsked(PULLS[0]), RevertProposed(number, name, 44, "u"), WithdrawalAsked(number, name))
    withdrawing = after(*asked)
    assert (withdrawing.pending_reverts, withdrawing.withdrawals) == ((), (RevertAsked(PULLS[0]),))
    assert withdrawing.unsettled_reverts == withdrawing.withdrawals
    withdrawn = after(*asked, RevertWithdrawn(number, name))
    assert (withdrawn.withdrawals, withdrawn.revert_proposals, withdrawn.reverts) == ((), (), ())


def test_a_revert_that_is_recorded_after_the_end_changes_nothing_else() -> None:
    number, name = PULLS[0].number, PULLS[0].name
    before = after(Cut("b", "t", "c" * 40, "", PULLS), RevertAsked(PULLS[0]), Abandoned())
    assert before.unsettled_reverts == (RevertAsked(PULLS[0]),)
    done = Reverted(number, ("a" * 40,), ("b" * 40,), "t.1")
    closed = after(Cut("b", "t", "c" * 40, "", PULLS), RevertAsked(PULLS[0]), Abandoned(), done)
    assert (closed.reverts, closed.reverted_names, closed.unsettled_reverts) == ((done,), (name,), ())
    assert (closed.end, closed.commit, closed.tag) == (before.end, before.commit, before.tag)
