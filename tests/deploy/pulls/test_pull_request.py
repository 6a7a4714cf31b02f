"""The PR of a commit is read from the formats of the forges."""

import time

import pytest
from msgspec.structs import replace

from cockpit.deploy.pulls.pull_request import Commit, MergeMethod, PullRequest, pull_requests, reverted_by

GITLAB = "https://example.com/town/hall/-/merge_requests/12"


def commit(subject: str, body: str = "", parents: int = 1, sha: str = "a" * 40, files: tuple[str, ...] = ()) -> Commit:
    return Commit(sha, tuple("p" * parents), "Ada", 5.0, subject, body, files)


def only(found: Commit) -> PullRequest:
    (pull,) = pull_requests([found])
    return pull


@pytest.mark.parametrize(
    ("subject", "body", "number", "title"),
    [
        ("Merge pull request #12 from ada/fix", "Fix the clock\n\nIt was late.", 12, "Fix the clock"),
        ("Merge pull request #12 from ada/fix", "", 12, "ada/fix"),
        ("Merged PR 12: Fix the clock", "", 12, "Fix the clock"),
        ("Pull request #12: Fix the clock", "Merge in TOWN/hall from fix to main", 12, "Fix the clock"),
        ("Merged in fix (pull request #12)", "Fix the clock", 12, "Fix the clock"),
        ("Merge branch 'fix' into 'main'", "Fix the clock\n\nSee merge request town/hall!12", 12, "Fix the clock"),
        ("Merge branch 'fix' into 'main'", "See merge request town/hall!12", 12, "Merge branch 'fix' into 'main'"),
        ("Fix the clock (#12)", "", 12, "Fix the clock"),
        (
            "Merge branch 'fix' into 'main'",
            f"Fix the clock\n\nSee merge request {GITLAB}\nBy: a",
            12,
            "Fix the clock",
        ),
        ("clock: merge branch 'ada/fix'", f"{GITLAB[:-2]}11\n\n{GITLAB}", 12, "clock: merge branch 'ada/fix'"),
        ("Merge pull request #12", "Fix the clock", 12, "Fix the clock"),
        ('Merge pull request #12 "Fix the clock"', "", 12, "Fix the clock"),
        (
            "Merge pull request #12 from ada/fix",
            "Automatic merge from submit-queue\n\nFix the clock",
            12,
            "Fix the clock",
        ),
        ("Merge pull request 'Fix the clock (#9)' (#12) from ada/fix into main", "", 12, "Fix the clock (#9)"),
        ("Auto merge of #12 - ada:fix, r=grace", "Fix the clock\n\nFixes #9", 12, "Fix the clock"),
        ("Merge #12", "12: Fix the clock r=grace a=ada\n\nIt was late.", 12, "Fix the clock"),
        ("Merge #12 #13", "12: Fix the clock r=grace a=ada", 12, "Fix the clock"),
        ("Merge town/hall#12: Fix the clock", "", 12, "Fix the clock"),
        ("Merge PR #12 into main", "* refs/pull/12/head:\n", 12, "* refs/pull/12/head:"),
        ("!12 Fix the clock", "Merge pull request !12 from ada/fix", 12, "Fix the clock"),
        ("Merge branch 'fix'", "Fixes #12", 0, "Merge branch 'fix'"),
        ("Merge branch 'main' into fix", "", 0, "Merge branch 'main' into fix"),
    ],
)
def test_the_merge_commit_of_each_forge_is_parsed(subject: str, body: str, number: int, title: str) -> None:
    pull = only(commit(subject, body, parents=2))
    assert (pull.number, pull.title) == (number, title)
    assert pull.method is (MergeMethod.MERGE if number else MergeMethod.DIRECT)


@pytest.mark.parametrize(
    ("subject", "body", "number", "how", "title"),
    [
        ("Fix the clock (#12)", "", 12, MergeMethod.SQUASH, "Fix the clock"),
        ("Fix the clock (#12) (#13)", "", 13, MergeMethod.SQUASH, "Fix the clock (#12)"),
        ('Revert "Fix the clock (#12)" (#14)', "", 14, MergeMethod.SQUASH, 'Revert "Fix the clock (#12)"'),
        ('Revert "Fix the clock (#12)"', "", 0, MergeMethod.DIRECT, 'Revert "Fix the clock (#12)"'),
        ("Wind it", "PR-URL: https://example.com/town/pull/12", 12, MergeMethod.REBASE, "Wind it"),
        ("Wind it", "Part-of: <https://example.com/town/-/merge_requests/12>", 12, MergeMethod.REBASE, "Wind it"),
        ("Wind it", "> PR-URL: #9\nPR-URL: #11\n\nPR-URL: #12", 12, MergeMethod.REBASE, "Wind it"),
        ("Wind it", "see PR-URL: 12", 0, MergeMethod.DIRECT, "Wind it"),
        ("Merge pull request #12 from ada/fix", "Fix the clock", 12, MergeMethod.SQUASH, "Fix the clock"),
        ("Merged PR 12: Fix the clock", "", 12, MergeMethod.SQUASH, "Fix the clock"),
        ("Fix the clock (PR #12)", "", 12, MergeMethod.SQUASH, "Fix the clock"),
        ("gh-7: Fix the clock (GH-12)", "", 12, MergeMethod.SQUASH, "gh-7: Fix the clock"),
        ("Fix the clock (!12)", "", 12, MergeMethod.SQUASH, "Fix the clock"),
        ("Fix the clock", "See merge request town/hall!12", 12, MergeMethod.SQUASH, "Fix the clock"),
        ("[TOWN-7] Fix", "Closes #9\n\nCloses #12 from ada/fix.", 12, MergeMethod.SQUASH, "[TOWN-7] Fix"),
        (
            "Fix",
            "Pull Request resolved: https://x.com/pull/12\n\nDifferential Revision: D7",
            12,
            MergeMethod.REBASE,
            "Fix",
        ),
        (
            "Fix",
            "Reviewed-on: https://go.example.com/c/town/+/12\nChange-Id: I" + "a" * 40,
            12,
            MergeMethod.REBASE,
            "Fix",
        ),
        ("Fix", "Reviewed-on: https://example.com/town/hall/pulls/12", 12, MergeMethod.REBASE, "Fix"),
        ("Fix", "Differential Revision: https://reviews.example.com/D12", 12, MergeMethod.SQUASH, "Fix"),
        ("Fix #12", "", 0, MergeMethod.DIRECT, "Fix #12"),
        ("Fix the clock (fixes #12)", "Closes #13", 0, MergeMethod.DIRECT, "Fix the clock (fixes #12)"),
        ("Fix", "See merge request town/hall!12 for the rest", 0, MergeMethod.DIRECT, "Fix"),
        ("Fix", "PR-URL: https://example.com/town/issues", 0, MergeMethod.DIRECT, "Fix"),
        ("Revert #7: Wind it (#7)", "Reverts-PR: 7\nRelease: x", 0, MergeMethod.DIRECT, "Revert #7: Wind it (#7)"),
        ("Fix (#0)", "", 0, MergeMethod.DIRECT, "Fix (#0)"),
    ],
)
def test_a_commit_with_one_parent_names_its_pr_or_none(
    subject: str, body: str, number: int, how: MergeMethod, title: str
) -> None:
    pull = only(commit(subject, body))
    assert (pull.number, pull.method, pull.title) == (number, how, title)


def test_a_gerrit_merge_is_identified_by_its_second_parent() -> None:
    change = "I" + "3c35ab1d" * 5
    brought = f"Fix the clock\n\nIt was late.\n\nChange-Id: {change}\n"
    pull = only(replace(commit('Merge "Fix the clock" into stable/ice', parents=2), second_parent_message=brought))
    assert (pull.number, pull.change, pull.name, pull.method) == (0, change, change[:12], MergeMethod.MERGE)
    assert pull.title == "Fix the clock"
    assert only(commit("Fix the clock", f"Change-Id: {change}")).change == change
    assert only(commit("Fix", "Differential Revision: D12")).name == "D12"


PICKED = f"\n\n(cherry picked from commit {'b' * 40})"


@pytest.mark.parametrize(
    ("subject", "origin", "number"),
    [
        ("Fix the clock (#12)", "Fix the clock (#12)\n\nBecause.", 0),
        ("Fix the clock (#14)", "Fix the clock", 14),
        ("Fix the clock (#12) (#14)", "Fix the clock (#12)", 14),
        ("Fix the clock (#12)", "", 0),
        ("Fix the clock (#12) (#14)", "", 14),
    ],
)
def test_a_pick_does_not_claim_the_number_of_its_origin(subject: str, origin: str, number: int) -> None:
    assert only(replace(commit(subject, PICKED), picked_message=origin)).number == number


def test_adjacent_commits_of_one_series_are_one_pr() -> None:
    series = [
        commit("One", "PR-URL: #12", sha="1" * 40, files=("a", "b")),
        commit("Two", "PR-URL: #12", sha="2" * 40, files=("b", "c")),
        commit("Three", "PR-URL: #13", sha="3" * 40),
    ]
    first, second = pull_requests(series)
    assert (first.title, first.commits, first.files) == ("One", ("1" * 40, "2" * 40), ("a", "b", "c"))
    assert second.number == 13


def test_commits_without_a_pr_are_never_joined() -> None:
    assert len(pull_requests([commit("One"), commit("Two")])) == 2


def test_a_pr_is_named_by_its_number_or_by_its_commit() -> None:
    assert only(commit("Fix (#12)")).name == "#12"
    assert only(commit("Fix")).name == "aaaaaaaa"


def test_escape_codes_in_commits_are_removed() -> None:
    pull = only(commit("\x1b[2JFix\u202e it (#12)", files=("a\x1b[31m.py",)))
    assert (pull.title, pull.files) == ("Fix it", ("a.py",))


@pytest.mark.parametrize(
    "hostile",
    ["(#" + "9" * 100_000 + ")", "(#1)" + " " * 50_000 + "x", "PR-URL: " + "1" * 100_000 + "x", "(#1" * 40_000],
)
def test_a_hostile_message_is_parsed_quickly(hostile: str) -> None:
    began = time.perf_counter()
    for parents in (1, 2):
        assert only(commit(hostile, f"{hostile}\nSee merge request {hostile}", parents=parents)).number == 0
    assert time.perf_counter() - began < 2


def test_a_revert_is_found_by_gits_sentence() -> None:
    assert reverted_by([commit("Revert", f"This reverts commit {'b' * 40}.")]) == {"b" * 40: "a" * 40}


@pytest.mark.parametrize(
    ("change", "asked", "matches"),
    [
        ("I3c35ab1d00", "I3c35ab1d00", True),
        ("I3c35ab1d00", "I3c35ab1", True),
        ("I3c35ab1d00", "I3c35ab", False),
        ("I3c35ab1d00", "I3c35ab2", False),
        ("D123456789", "D123456789", True),
        ("D123456789", "D1234567", False),
    ],
)
def test_a_change_id_may_be_abbreviated_and_another_name_may_not(change: str, asked: str, matches: bool) -> None:
    pull = PullRequest(0, "Fix the clock", "Lin", MergeMethod.MERGE, ("c" * 40,), (), 0.0, change)
    assert pull.matches(0, asked) is matches
