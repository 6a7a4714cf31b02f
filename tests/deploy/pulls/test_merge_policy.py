"""The objections of the merge policy. Unknown never counts as good."""

import pytest

from cockpit.deploy.pulls.merge_policy import MergePolicy, Objection, Rule, merge_objections
from cockpit.deploy.pulls.pull_request import MergeMethod, PullRequest
from cockpit.deploy.pulls.reviews import Checks, Review, ReviewState
from tests.builders import pull

DIRECT = PullRequest(0, "Fix it quickly", "eve", MergeMethod.DIRECT, ("ab12cd34" + "0" * 32,), (), 0.0)
ALL_REFUSE = MergePolicy(Rule.REFUSE, Rule.REFUSE, Rule.REFUSE, 2, Rule.REFUSE)


def review(number: int, verdict: ReviewState = ReviewState.APPROVED, checks: Checks = Checks.GREEN) -> Review:
    return Review(number, "Title", "ada", "https://forge.example", verdict, checks)


def objections_to(policy: MergePolicy, *reviews: Review, silence: str = "") -> tuple[Objection, ...]:
    pulls = tuple(pull(review.number, "Title") for review in reviews)
    return merge_objections(policy, pulls, {review.number: review for review in reviews}, silence)


@pytest.mark.parametrize(
    ("reviewed", "key", "text"),
    [
        (review(7, ReviewState.WAITING), "unreviewed", "#7 was merged without approval"),
        (review(7, ReviewState.CHANGES), "unreviewed", "#7 was merged without approval"),
        (review(7, ReviewState.UNKNOWN), "unreviewed", "#7 was merged, and the forge has no review"),
        (review(7, checks=Checks.RED), "red", "#7 was merged with red checks"),
        (review(7, checks=Checks.RUNNING), "missing_checks", "#7 was merged and the checks have not ended"),
        (review(7, checks=Checks.UNKNOWN), "missing_checks", "#7 was merged without checks"),
    ],
)
def test_each_rule_finds_its_pr_and_warns_or_refuses(reviewed: Review, key: str, text: str) -> None:
    for rule in Rule:
        policy = MergePolicy(**{"unreviewed": Rule.OFF, "red": Rule.OFF, "missing_checks": Rule.OFF, key: rule})  # type: ignore[arg-type]
        objections = objections_to(policy, reviewed, review(8))
        expected = [] if rule is Rule.OFF else [(text, rule is Rule.REFUSE, ("#7",))]
        assert [(o.text, o.refuses, o.pulls) for o in objections] == expected


def test_a_reviewed_and_green_pr_has_no_objection() -> None:
    assert objections_to(ALL_REFUSE, review(7), review(8)) == ()


def test_while_the_forge_is_silent_its_old_answers_do_not_count() -> None:
    silence = "the forge last answered 20 min ago"
    (unknown,) = objections_to(ALL_REFUSE, review(7), review(8), silence=silence)
    assert unknown.refuses
    assert unknown.text == "#7, #8 were merged, and review and checks are unknown"
    assert unknown.full_text.endswith("(the forge last answered 20 min ago)")
    (warned,) = objections_to(MergePolicy(), review(7), silence=silence)
    assert not warned.refuses


def test_one_refusing_rule_makes_unknown_refuse() -> None:
    (unknown,) = objections_to(MergePolicy(red=Rule.REFUSE), review(7), silence="the forge has not answered yet")
    assert unknown.refuses


def test_a_pr_that_the_forge_does_not_know_is_unknown() -> None:
    (unknown,) = merge_objections(ALL_REFUSE, (pull(7, "Title"),), {}, "")
    assert (unknown.refuses, unknown.detail) == (True, "the forge does not know the PR")


def test_a_commit_without_a_pr_is_unreviewed_with_or_without_a_forge() -> None:
    answers: tuple[dict[int, Review] | None, ...] = (None, {})
    for reviews in answers:
        (pushed,) = merge_objections(MergePolicy(), (DIRECT,), reviews, "")
        assert pushed.text == "ab12cd34 was pushed to main without a PR"
    assert merge_objections(MergePolicy(unreviewed=Rule.OFF), (DIRECT,), None, "") == ()


def test_without_a_forge_prs_have_no_objections() -> None:
    assert merge_objections(MergePolicy(), (pull(7, "Title"),), None, "the forge has not answered yet") == ()


def test_more_prs_than_the_limit_are_an_objection() -> None:
    three = tuple(pull(n, "Title") for n in (7, 8, 9))
    assert merge_objections(MergePolicy(most_pulls=2, many=Rule.OFF), three, None, "") == ()
    (many,) = merge_objections(ALL_REFUSE, three, None, "")
    assert (many.text, many.refuses) == ("it has 3 PRs and merge.most_pulls is 2", True)
    assert merge_objections(ALL_REFUSE, three[:2], None, "") == ()
    assert merge_objections(MergePolicy(), three, None, "") == ()


def test_a_sentence_names_five_prs_and_counts_the_rest() -> None:
    reviews = [review(n, ReviewState.WAITING) for n in range(1, 9)]
    (objection,) = objections_to(MergePolicy(missing_checks=Rule.OFF), *reviews)
    assert objection.text == "#1, #2, #3, #4, #5 and 3 more were merged without approval"
    assert len(objection.pulls) == 8
