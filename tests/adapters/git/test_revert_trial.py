"""A trial says what the revert would do on each branch, and keeps nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cockpit.adapters.git.local_repository import GitHistory
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.ports import RevertTrial
from tests.git_origin import GitOrigin, git, poem

Tried = Callable[[], RevertTrial]
"""Tries #12 on main and on the branch that was cut right after it."""


@pytest.fixture
def tried(origin: GitOrigin) -> Tried:
    origin.squash_pr(12, "Bad", {"poem.txt": poem(line3="bad_line", line12="bad_line"), "bad.py": "1\n"})
    git(origin.worktree, "branch", "release")

    def run() -> RevertTrial:
        history = GitHistory.at(Path(origin.worktree))
        pull: PullRequest = next(pull for pull in history.pulls("", "release") if pull.number == 12)
        before = git(origin.worktree, "count-objects")
        trial = history.try_hotfix((pull,), "main", "release")
        assert git(origin.worktree, "count-objects") == before
        return trial

    return run


def test_a_revert_is_picked_if_both_branches_agree(origin: GitOrigin, tried: Tried) -> None:
    trial = tried()
    before = git(origin.worktree, "rev-parse", "HEAD~1^{tree}")
    assert (trial.main.tree, trial.branch.tree) == (before, before)
    assert (trial.conflicts, trial.differs, trial.direct, trial.remaining) == ((), (), False, ())
    assert (trial.reverts_main, trial.reverts_branch) == (True, True)


def test_a_difference_is_found_and_what_remains_is_named(origin: GitOrigin, tried: Tried) -> None:
    origin.squash_pr(13, "Mend", {"poem.txt": poem(line3="bad_line"), "more.py": "1\n"})
    trial = tried()
    assert (trial.differs, trial.direct, trial.remaining) == (("poem.txt",), True, ())
    again = origin.squash_pr(14, "Again", {"poem.txt": poem(line3="bad_line", line18="bad_line")})
    assert tried().remaining == (f"poem.txt:18 on main was put there again by {again[:10]}",)


def test_a_pr_that_is_out_of_main_is_reverted_on_the_branch_alone(origin: GitOrigin, tried: Tried) -> None:
    origin.commit("Oh no", {"poem.txt": poem(), "bad.py": None})
    trial = tried()
    assert (trial.reverts_main, trial.reverts_branch, trial.direct) == (False, True, False)


def test_a_conflict_on_main_says_nothing_about_the_branch(origin: GitOrigin, tried: Tried) -> None:
    origin.squash_pr(13, "Better", {"poem.txt": poem(line3="better")})
    trial = tried()
    assert (trial.conflicts, trial.main.tree, trial.branch.tree) == (("poem.txt",), "", "")
