"""Objections to a release: refusals, warnings, and their record when a person overrides them."""

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
    """All approved and green, except those."""
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


def ready(policy: Policy = POLICY, reviews: Seen[Reviews] | None = None, **fields: object) -> Scenario:
    """A release is ready on main, and its preview is there."""
    scenario = Scenario(policy).installed()
    return with_preview(scenario, reviews, **fields)


def with_preview(scenario: Scenario, reviews: Seen[Reviews] | None = None, **fields: object) -> Scenario:
    now = scenario.snapshot.now
    known = Preview(commit(2), PULLS, preview_query(scenario.snapshot))
    main: Seen[Preview | None] = Seen(replace(known, **fields), now)
    scenario.snapshot = put(scenario.snapshot, preview=main, reviews=reviews or Seen({}))
    return scenario


def hotfixed(done: Reverted | None = None) -> Scenario:
    """A finished release in which #12 was reverted."""
    scenario = Scenario().at(7)
    scenario.run(decisions.revert, pull=12)
    scenario.append(done or Reverted(12, ("a" * 40,), (commit(3),), "2026-11-22.2-hotfix.1"))
    scenario.append(Finished(build(2).id))
    return scenario


def test_the_previewed_commit_is_cut() -> None:
    scenario = ready()
    scenario.run(decisions.start)
    assert isinstance(started := scenario.release.events[0].what, Started)
    assert (started.ref, started.commit, started.overrode) == ("main", commit(2), "")
    work = next_work(scenario.snapshot)
    assert isinstance(work, CutBranch)
    assert work.ref == commit(2)


def test_a_preview_of_another_query_is_ignored() -> None:
    scenario = ready()
    scenario.snapshot = put(scenario.snapshot, preview=Seen(Preview(commit(9), PULLS), scenario.snapshot.now))
    scenario.run(decisions.start)
    work = next_work(scenario.snapshot)
    assert isinstance(work, CutBranch)
    assert work.ref == "main"


def test_unreviewed_prs_give_a_warning_or_a_refusal_by_policy() -> None:
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


def test_a_refusal_has_the_age_of_the_forges_answer_and_a_warning_has_not() -> None:
    now = Scenario().snapshot.now
    never = ready(STRICT, Seen({}, 0.0, "its rate limit is used up"))
    assert "the forge has not answered yet: its rate limit is used up" in never.refusal(decisions.start)
    old = ready(STRICT, Seen(reviewed(), now - 1200))
    assert "the forge last answered 20 min ago" in old.refusal(decisions.start)
    (warning,) = old.run(decisions.start, why="known by hand", override=True).warnings
    assert "20 min" not in warning
    assert ready(STRICT, Seen(reviewed(), now - 200)).run(decisions.start).warnings == ()


def test_cockpits_own_reverts_need_no_approval() -> None:
    scenario = hotfixed()
    own = PullRequest(0, "Revert #12: Change 12", "Ada", PULLS[0].method, ("a" * 40,), (), 0.0)
    assert with_preview(scenario, pulls=(own,)).run(decisions.start).warnings == ()


def test_a_reverted_pr_that_is_back_refuses_the_release_with_its_commit_and_the_options() -> None:
    scenario = with_preview(hotfixed(), reappearances=(BACK,))
    refusal = scenario.refusal(decisions.start)
    assert "#12 was reverted in 2026-11-22.2" in refusal
    assert "ffffffffff on main “Cart, again” makes the same change" in refusal
    assert "`Re-lands #12`" in refusal
    scenario.run(decisions.start, why="it is fixed, ask Lin", override=True)
    assert isinstance(started := scenario.release.events[0].what, Started)
    assert "makes the same change" in started.overrode


def test_a_hotfix_that_main_lacks_refuses_the_next_release() -> None:
    refusal = with_preview(hotfixed(), missing_from_main=(STRAY,)).refusal(decisions.start)
    assert "eeeeeeeeee “Mend the checkout” is on release/2026-11-22.2 and never reached main" in refusal


def test_a_direct_revert_does_not_have_to_reach_main() -> None:
    done = Reverted(12, ("a" * 40,), (), "2026-11-22.2-hotfix.1", direct=(commit(4), commit(3)))
    own = replace(STRAY, sha=commit(4))
    assert with_preview(hotfixed(done), missing_from_main=(own,)).run(decisions.start).warnings == ()
    refusal = with_preview(hotfixed(done), missing_from_main=(own, STRAY)).refusal(decisions.start)
    assert "eeeeeeeeee “Mend the checkout” is on release/2026-11-22.2" in refusal


def test_several_objections_are_counted_and_all_are_overridden() -> None:
    scenario = with_preview(hotfixed(), reappearances=(BACK,), missing_from_main=(STRAY,))
    assert "; and 1 more" in scenario.refusal(decisions.start)
    assert len(scenario.run(decisions.start, why="both are known", override=True).warnings) == 2


def test_after_a_hotfix_a_release_without_a_preview_is_refused() -> None:
    scenario = hotfixed()
    refusal = scenario.refusal(decisions.start)
    assert "have not been read yet, and #12 must not be back" in refusal
    assert "try again in a moment" in refusal
    scenario.snapshot = put(scenario.snapshot, preview=Seen(None, 0.0, "git: cannot fetch"))
    assert "git: cannot fetch" in scenario.refusal(decisions.start)
    assert with_preview(scenario).run(decisions.start).warnings == ()


def test_a_likely_cause_of_a_rollback_is_quarantined() -> None:
    scenario = Scenario().at(3)
    likely, other = (
        Suspect(pull, pull.commits[-1], score, "it touches the file")
        for pull, score in zip(PULLS[:2], (0.7, 0.2), strict=True)
    )
    scenario.snapshot = put(scenario.snapshot, suspects=Seen((likely, other), scenario.snapshot.now))
    scenario.run(decisions.roll_back)
    (out,) = scenario.snapshot.log.value.quarantined
    assert (out.pull, out.release, out.reverts) == (PULLS[0], "2026-11-22.2", ())
    assert out in preview_query(scenario.snapshot).quarantined


def test_a_reverted_pr_is_quarantined_with_its_commits_across_releases() -> None:
    scenario = hotfixed()
    (out,) = scenario.snapshot.log.value.quarantined
    assert (out.pull.name, out.reverts) == ("#12", ("a" * 40, commit(3)))
    with_preview(scenario).run(decisions.start)
    assert preview_query(scenario.snapshot).quarantined == (out,)
