"""Marks of builds, folded over the logs of all releases."""

from cockpit.deploy.build_marks import flaws, with_flaws
from cockpit.deploy.facts import AnyFact, BuildReady, Finished, Rejected, RolledBack, Started
from cockpit.deploy.release import Flaw, Release
from cockpit.deploy.release_fold import fold
from tests.builders import LADDER, events
from tests.scenario import build


def release(ident: str, number: int, *facts: AnyFact) -> Release:
    """A release with one build."""
    return fold(ident, events(Started("main", LADDER), BuildReady(build(number), "t", 1.0), *facts))


def test_a_mark_in_a_newer_release_concerns_the_build_of_an_older_one() -> None:
    older = release("1.1", 1, Finished(build(1).id))
    newer = release("1.2", 2, RolledBack("b0", ("canary",), left=(build(1).id,), release="1.1"))
    assert flaws((older, newer)) == {build(1).id: Flaw.ROLLED_BACK}
    assert [marked.flaw for marked in with_flaws((older, newer))] == [Flaw.ROLLED_BACK, None]


def test_a_rollback_recorded_by_version_0_1_left_the_builds_of_its_own_release() -> None:
    old = release("1.1", 1, Finished(build(1).id), RolledBack("b0", ("canary",)))
    assert flaws((old,)) == {build(1).id: Flaw.ROLLED_BACK}


def test_a_release_that_finishes_proves_a_build_that_was_rolled_back_but_not_a_rejected_one() -> None:
    back = RolledBack("b0", ("canary",), left=(build(1).id,))
    assert flaws((release("1.1", 1, back, Finished(build(1).id)),)) == {}
    rejected = release("1.2", 2, Rejected("1.1", (build(1).id,)), back, Finished(build(1).id))
    assert flaws((rejected,)) == {build(1).id: Flaw.REJECTED}


def test_flaws_of_a_later_log_are_forgotten_in_an_earlier_one() -> None:
    older = release("1.1", 1, Finished(build(1).id))
    (marked, _) = with_flaws((older, release("1.2", 2, Rejected("1.1", (build(1).id,)))))
    assert marked.flaw is Flaw.REJECTED
    assert with_flaws((marked,)) == (older,)
