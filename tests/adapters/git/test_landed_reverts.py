"""Reverts of a PR that landed on main are found by what they say or by what they do."""

import pytest

from cockpit.adapters.git.git_command import GitCalls
from cockpit.adapters.git.history import first_parent_commits
from cockpit.adapters.git.landed_reverts import landed_reverts
from cockpit.deploy.pulls.pull_request import PullRequest, pull_requests
from tests.git_origin import GitOrigin, git


def found(origin: GitOrigin) -> tuple[str, ...]:
    calls = GitCalls(origin.worktree / ".git", "", 1.0)
    pulls: tuple[PullRequest, ...] = pull_requests(first_parent_commits(calls, "", origin.head()))
    return landed_reverts(calls, next(pull for pull in pulls if pull.number == 12), origin.head())


def test_a_message_names_the_commit_or_the_number(origin: GitOrigin) -> None:
    bad = origin.squash_pr(12, "Bad", {"bad.py": "1\n", "worse.py": "1\n"})
    assert found(origin) == ()
    origin.commit(f"Elsewhere\n\nThis reverts commit {bad}.", {"other.py": "1\n"})
    first = origin.commit(f"Half\n\nThis reverts commit {bad[:9]}.", {"bad.py": None})
    second = origin.commit("The rest (#15)\n\nReverts town/hall#12", {"worse.py": None})
    assert found(origin) == (first, second)


@pytest.mark.parametrize("commits", [1, 2])
def test_the_opposite_patch_is_found_without_words(origin: GitOrigin, commits: int) -> None:
    series = [("Bad", {"bad.py": "1\n"}), ("Worse", {"worse.py": "1\n"})][:commits]
    origin.rebase_pr(12, series)  # type: ignore[arg-type]
    assert found(origin) == ()
    undone = origin.commit("Oh no", {"bad.py": None, **({"worse.py": None} if commits == 2 else {})})
    assert found(origin) == (undone,)


def test_the_branch_of_the_forges_button_names_the_number(origin: GitOrigin) -> None:
    origin.squash_pr(12, "Bad", {"bad.py": "1\n", "worse.py": "1\n"})
    git(origin.worktree, "checkout", "-q", "-b", "button")
    origin.commit("By hand", {"bad.py": None})
    git(origin.worktree, "checkout", "-q", "main")
    message = "Merge pull request #15 from town/revert-12-bad\n\nRevert the bad"
    git(origin.worktree, "merge", "-q", "--no-ff", "-m", message, "button")
    assert found(origin) == (origin.head(),)


def test_a_root_commit_has_none(origin: GitOrigin) -> None:
    calls = GitCalls(origin.worktree / ".git", "", 1.0)
    (root,) = pull_requests(first_parent_commits(calls, "", origin.head()))
    assert landed_reverts(calls, root, origin.head()) == ()
