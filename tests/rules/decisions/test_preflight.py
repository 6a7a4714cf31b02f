"""What speaks against a release is refused or warned of, and goes into the log where a person overrode it."""

from dataclasses import replace as put

from msgspec.structs import replace

from cockpit.deploy.facts import Finished, Reverted, Started
from cockpit.deploy.plan import Preview
from cockpit.deploy.policy import Policy
from cockpit.deploy.pulls.merge_policy import MergePolicy, Rule
from cockpit.deploy.pulls.pull_request import Commit, PullRequest
from cockpit.deploy.pulls.reviews import Checks, Review, Reviews, ReviewState
from cockpit.deploy.quarantine import Reappearance, ReappearanceKind
from cockpit.deploy.snapshot import Seen
from cockpit.deploy.suspects.ranking import Suspect
from cockpit.engine.next_work import CutBranch, next_work
from cockpit.rules import decisions
from cockpit.rules.decisions.preflight import preview_query
from tests.scenario import POLICY, PULLS, Scenario, build, commit

STRICT = replace(POLICY, merge=MergePolicy(Rule.REFUSE, Rule.REFUSE, Rule.REFUSE), reviews_valid_for=300.0)
WARNING = replace(POLICY, reviews_valid_for=300.0)
BACK = Reappearance("#12", "2026-11-22.2", "f" * 40, "Cart, again", ReappearanceKind.SAME)
STRAY = Commit("e" * 40, (), "Lin", 0.0, "Mend the checkout")


def reviewed(*bad: int) -> Reviews:
    """All approved and green, but those."""
    return {
        pull.number: Review(
            pull.number,
            pull.title,
            "lin",
            "",
            ReviewState.WAITING if pull.number in bad else ReviewState.APPROVED,
            Checks.GREEN,
        )
        for pull in PULLS
    }


def ready(policy: Policy = POLICY, reviews: Seen[Reviews] | None = None, **answer: object) -> Scenario:
    """Something is on main to be released, and the repository has been asked."""
    scenario = Scenario(policy).installed()
    return seen(scenario, reviews, **answer)


def seen(scenario: Scenario, reviews: Seen[Reviews] | None = None, **answer: object) -> Scenario:
    now = scenario.snapshot.now
    known = Preview(commit(2), PULLS, preview_query(scenario.snapshot))
    main: Seen[Preview | None] = Seen(replace(known, **answer), now)
    scenario.snapshot = put(scenario.snapshot, preview=main, reviews=reviews or Seen({}))
    return scenario


def hotfixed() -> Scenario:
    """A release went out in which #12 was reverted."""
    scenario = Scenario().at(7)
    scenario.run(decisions.revert, pull=12)
    scenario.append(Reverted(12, ("a" * 40,), (commit(3),), "2026-11-22.2-hotfix.1"))
    scenario.append(Finished(build(2).id))
    return scenario


def test_what_was_looked_at_is_what_is_cut() -> None:
    scenario = ready()
    scenario.run(decisions.start)
    assert isinstance(started := scenario.release.events[0].what, Started)
    assert (started.ref, started.commit, started.overrode) == ("main", commit(2), "")
    work = next_work(scenario.snapshot)
    assert isinstance(work, CutBranch)
    assert work.ref == commit(2)


def test_an_answer_to_another_question_is_none() -> None:
    scenario = ready()
    scenario.snapshot = put(scenario.snapshot, preview=Seen(Preview(commit(9), PULLS), scenario.snapshot.now))
    scenario.run(decisions.start)
    work = next_work(scenario.snapshot)
    assert isinstance(work, CutBranch)
    assert work.ref == "main"


def test_unreviewed_prs_are_warned_of_or_refused_until_a_person_overrides_with_a_reason() -> None:
    told = Seen(reviewed(12), Scenario().snapshot.now)
    plan = ready(WARNING, told).run(decisions.start)
    assert plan.warnings == ("#12 was merged without approval",)
    scenario = ready(STRICT, told)
    assert scenario.refusal(decisions.start) == "#12 was merged without approval: override with a reason"
    assert "needs a reason" in scenario.refusal(decisions.start, override=True)
    plan = scenario.run(decisions.start, why="the reviewer is ill", override=True)
    assert plan.warnings == ("OVERRIDDEN: #12 was merged without approval",)
    assert isinstance(started := scenario.release.events[0].what, Started)
    assert started.overrode == "#12 was merged without approval"


def test_a_forge_that_has_not_answered_is_refused_with_its_age_and_confirmed_without() -> None:
    now = Scenario().snapshot.now
    never = ready(STRICT, Seen({}, 0.0, "its rate limit is used up"))
    assert "the forge has not answered yet: its rate limit is used up" in never.refusal(decisions.start)
    old = ready(STRICT, Seen(reviewed(), now - 1200))
    assert "the forge last answered 20 min ago" in old.refusal(decisions.start)
    (warning,) = old.run(decisions.start, why="known by hand", override=True).warnings
    assert "20 min" not in warning
    assert ready(STRICT, Seen(reviewed(), now - 200)).run(decisions.start).warnings == ()


def test_our_own_reverts_need_nobodys_approval() -> None:
    scenario = hotfixed()
    own = PullRequest(0, "Revert #12: Change 12", "Ada", PULLS[0].method, ("a" * 40,), (), 0.0)
    assert seen(scenario, pulls=(own,)).run(decisions.start).warnings == ()


def test_a_reverted_pr_that_is_back_is_refused_by_its_commit_and_says_the_ways_out() -> None:
    scenario = seen(hotfixed(), reappearances=(BACK,))
    said = scenario.refusal(decisions.start)
    assert "#12 was reverted in 2026-11-22.2" in said
    assert "ffffffffff on main “Cart, again” makes the same change" in said
    assert "`Re-lands #12`" in said
    scenario.run(decisions.start, why="it is mended, ask Lin", override=True)
    assert isinstance(started := scenario.release.events[0].what, Started)
    assert "makes the same change" in started.overrode


def test_a_hotfix_that_main_lacks_refuses_the_next_release_by_its_commit_and_subject() -> None:
    said = seen(hotfixed(), missing_from_main=(STRAY,)).refusal(decisions.start)
    assert "eeeeeeeeee “Mend the checkout” is on release/2026-11-22.2 and never reached main" in said


def test_several_reasons_are_counted_and_all_of_them_are_overridden_in_words() -> None:
    scenario = seen(hotfixed(), reappearances=(BACK,), missing_from_main=(STRAY,))
    assert "; and 1 more" in scenario.refusal(decisions.start)
    assert len(scenario.run(decisions.start, why="both are known", override=True).warnings) == 2


def test_after_a_hotfix_nothing_is_released_that_nobody_has_looked_into() -> None:
    scenario = hotfixed()
    said = scenario.refusal(decisions.start)
    assert "have not been read yet, and #12 must not be back" in said
    assert "try again in a moment" in said
    scenario.snapshot = put(scenario.snapshot, preview=Seen(None, 0.0, "git: cannot fetch"))
    assert "git: cannot fetch" in scenario.refusal(decisions.start)
    assert seen(scenario).run(decisions.start).warnings == ()


def test_a_pr_that_was_likely_behind_a_rollback_is_to_stay_out() -> None:
    scenario = Scenario().at(3)
    likely, other = (
        Suspect(pull, pull.commits[-1], score, "it touches the file")
        for pull, score in zip(PULLS[:2], (0.7, 0.2), strict=True)
    )
    scenario.snapshot = put(scenario.snapshot, suspects=Seen((likely, other), scenario.snapshot.now))
    scenario.run(decisions.roll_back)
    assert scenario.release.rollback_suspects == ("#11",)
    (out,) = scenario.snapshot.log.value.quarantined
    assert (out.pull, out.release, out.reverts) == (PULLS[0], "2026-11-22.2", ())
    assert out in preview_query(scenario.snapshot).quarantined


def test_what_was_reverted_is_remembered_with_its_commits_across_releases() -> None:
    scenario = hotfixed()
    (out,) = scenario.snapshot.log.value.quarantined
    assert (out.pull.name, out.reverts) == ("#12", ("a" * 40, commit(3)))
    seen(scenario).run(decisions.start)
    assert preview_query(scenario.snapshot).quarantined == (out,)
