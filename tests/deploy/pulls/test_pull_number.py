"""The PR number of a commit message, without the commit."""

import pytest

from cockpit.deploy.pulls.pull_number import Claim, commit_claim, is_gerrit_merge, is_series, merge_claim, picked_from

CHANGE = "I" + "a" * 40


@pytest.mark.parametrize(
    ("subject", "body", "claim"),
    [
        ("Fix the cart (#12)", "", Claim(12, "Fix the cart")),
        ('Revert "Fix (#12)" (#14)', "", Claim(14, 'Revert "Fix (#12)"')),
        ("Fix #12 in the cart", "", Claim(0, "Fix #12 in the cart")),
        ("Fix", "PR-URL: https://forge/org/repo/pull/7\n", Claim(7, "Fix")),
        ("Fix", f"Change-Id: {CHANGE}\n", Claim(0, "Fix", CHANGE)),
        ("Fix", "Differential Revision: https://ph/D34\n", Claim(34, "Fix", "D34")),
        ("Fix (#12)", "Reverts-PR: 12\n", Claim(0, "Fix (#12)")),
    ],
)
def test_a_commit_claims_the_number_that_a_forge_wrote(subject: str, body: str, claim: Claim) -> None:
    assert commit_claim(subject, body) == claim


def test_a_merge_claims_its_number_with_the_title_of_its_body() -> None:
    assert merge_claim("Merge pull request #9 from ann/cart", "Fix the cart\n") == Claim(9, "Fix the cart")
    assert merge_claim("Merge branch 'x'", "") == Claim(0, "Merge branch 'x'")
    assert not Claim()


def test_a_gerrit_merge_names_its_change_by_title() -> None:
    assert is_gerrit_merge('Merge "Fix the clock" into stable')
    assert not is_gerrit_merge("Merge branch 'x'")


def test_the_last_source_of_a_pick_counts() -> None:
    body = "(cherry picked from commit aaaaaaa)\n(cherry picked from commit bbbbbbb)\n"
    assert (picked_from(body), picked_from("")) == ("bbbbbbb", "")


def test_a_commit_with_the_pr_in_a_trailer_may_be_one_of_a_series() -> None:
    assert is_series("Part one", "Part-of: <https://forge/x/-/merge_requests/5>\n")
    assert not is_series("Part one (#5)", "Part-of: <https://forge/x/-/merge_requests/5>\n")
