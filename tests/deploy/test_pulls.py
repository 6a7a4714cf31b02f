"""Which PR a commit belongs to is read from how forges write history."""

import time

import pytest

from cockpit.deploy.pulls import Commit, How, PullRequest, pull_requests, reverted_by


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
        ("Merge branch 'fix'", "", 0, "Merge branch 'fix'"),
    ],
)
def test_a_merge_commit_is_read_as_each_forge_writes_it(subject: str, body: str, number: int, title: str) -> None:
    pull = only(commit(subject, body, parents=2))
    assert (pull.number, pull.title) == (number, title)
    assert pull.how is (How.MERGE if number else How.DIRECT)


@pytest.mark.parametrize(
    ("subject", "body", "number", "how", "title"),
    [
        ("Fix the clock (#12)", "", 12, How.SQUASH, "Fix the clock"),
        ("Fix the clock (#12) (#13)", "", 13, How.SQUASH, "Fix the clock (#12)"),
        ('Revert "Fix the clock (#12)" (#14)', "", 14, How.SQUASH, 'Revert "Fix the clock (#12)"'),
        ('Revert "Fix the clock (#12)"', "", 0, How.DIRECT, 'Revert "Fix the clock (#12)"'),
        ("Wind it", "PR-URL: https://example.com/town/pull/12", 12, How.REBASE, "Wind it"),
        ("Wind it", "Part-of: <https://example.com/town/-/merge_requests/12>", 12, How.REBASE, "Wind it"),
        ("Wind it", "> PR-URL: #9\nPR-URL: #11\n\nPR-URL: #12", 12, How.REBASE, "Wind it"),
        ("Wind it", "see PR-URL: 12", 0, How.DIRECT, "Wind it"),
        ("Merge pull request #12 from ada/fix", "", 0, How.DIRECT, "Merge pull request #12 from ada/fix"),
        ("Revert #7: Wind it (#7)", "Reverts-PR: 7\nRelease: x", 0, How.DIRECT, "Revert #7: Wind it (#7)"),
        ("Fix (#0)", "", 0, How.DIRECT, "Fix (#0)"),
    ],
)
def test_a_commit_with_one_parent_names_its_pr_or_none(
    subject: str, body: str, number: int, how: How, title: str
) -> None:
    pull = only(commit(subject, body))
    assert (pull.number, pull.how, pull.title) == (number, how, title)


def test_neighbours_of_one_series_are_one_pr_with_all_its_commits_and_files() -> None:
    series = [
        commit("One", "PR-URL: #12", sha="1" * 40, files=("a", "b")),
        commit("Two", "PR-URL: #12", sha="2" * 40, files=("b", "c")),
        commit("Three", "PR-URL: #13", sha="3" * 40),
    ]
    first, second = pull_requests(series)
    assert (first.title, first.commits, first.files) == ("One", ("1" * 40, "2" * 40), ("a", "b", "c"))
    assert second.number == 13


def test_commits_that_no_pr_claims_are_never_joined() -> None:
    assert len(pull_requests([commit("One"), commit("Two")])) == 2


def test_a_pr_is_named_by_its_number_or_by_its_commit() -> None:
    assert only(commit("Fix (#12)")).name == "#12"
    assert only(commit("Fix")).name == "aaaaaaaa"


def test_escape_codes_of_strangers_do_not_come_through() -> None:
    pull = only(commit("\x1b[2JFix\u202e it (#12)", files=("a\x1b[31m.py",)))
    assert (pull.title, pull.files) == ("Fix it", ("a.py",))


@pytest.mark.parametrize(
    "hostile",
    ["(#" + "9" * 100_000 + ")", "(#1)" + " " * 50_000 + "x", "PR-URL: " + "1" * 100_000 + "x", "(#1" * 40_000],
)
def test_a_hostile_message_is_a_message_and_is_read_at_once(hostile: str) -> None:
    began = time.perf_counter()
    for parents in (1, 2):
        assert only(commit(hostile, f"{hostile}\nSee merge request {hostile}", parents=parents)).number == 0
    assert time.perf_counter() - began < 2


def test_a_revert_is_known_by_what_git_writes() -> None:
    assert reverted_by([commit("Revert", f"This reverts commit {'b' * 40}.")]) == {"b" * 40: "a" * 40}
