"""The same change has the same patch id in any real history."""

from pathlib import Path

import pytest

from cockpit.adapters.git.local_repository import GitHistory
from tests.git_origin import GitOrigin, git, poem


@pytest.fixture
def origin(tmp_path: Path) -> GitOrigin:
    return GitOrigin(tmp_path)


def test_a_change_has_the_same_patch_id_in_any_context(origin: GitOrigin) -> None:
    one = origin.squash_pr(12, "Better", {"poem.txt": poem(line10="better")})
    git(origin.worktree, "revert", "--no-edit", "HEAD")
    back = origin.head()
    origin.squash_pr(13, "Near", {"poem.txt": poem(line9="near")})
    two = origin.squash_pr(14, "Better again", {"poem.txt": poem(line9="near", line10="better")})
    other = origin.squash_pr(15, "Worse", {"poem.txt": poem(line9="near", line10="worse")})
    history = GitHistory.at(origin.worktree)
    ids = history.patch_ids((one, two, other, back))
    assert ids[one] == ids[two]
    assert len({ids[one], ids[other], ids[back]}) == 3
    assert history.patch_ids((back,), undone=True)[back] == ids[one]
    made = origin.squash_pr(16, "A file", {"new.txt": "1\n"})
    git(origin.worktree, "revert", "--no-edit", "HEAD")
    gone = origin.head()
    history = GitHistory.at(origin.worktree)
    assert history.patch_ids((gone,), undone=True)[gone] == history.patch_ids((made,))[made]


def test_empty_and_unknown_commits_are_left_out(origin: GitOrigin) -> None:
    empty = origin.commit("Nothing", {})
    history = GitHistory.at(origin.worktree)
    assert history.patch_ids(()) == {}
    assert history.patch_ids((empty, "deadbeef" * 5)) == {}
    assert history.patch_id_between(f"{empty}^", empty) == ""


def test_a_merge_has_the_patch_id_of_everything_it_brought(origin: GitOrigin) -> None:
    before = origin.head()
    merge = origin.merge_pr(12, "Cart", {"cart.py": "1\n", "more.py": "2\n"})
    squash = GitOrigin(origin.path.parent / "other").squash_pr(9, "Cart", {"cart.py": "1\n", "more.py": "2\n"})
    history = GitHistory.at(origin.worktree)
    there = GitHistory.at(origin.path.parent / "other" / "worktree")
    assert (
        history.patch_ids((merge,))[merge]
        == there.patch_ids((squash,))[squash]
        == history.patch_id_between(before, merge)
    )


def test_a_message_that_looks_like_a_patch_does_not_count(origin: GitOrigin) -> None:
    plain = origin.squash_pr(12, "Cart", {"cart.py": "1\n"})
    git(origin.worktree, "revert", "--no-edit", "HEAD")
    odd = origin.commit("Cart\n\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", {"cart.py": "1\n"})
    ids = GitHistory.at(origin.worktree).patch_ids((plain, odd))
    assert ids[plain] == ids[odd]


def test_commits_come_children_first_with_their_files_up_to_the_limit(origin: GitOrigin) -> None:
    base = origin.head()
    merge = origin.merge_pr(12, "Cart", {"cart.py": "1\n"})
    brought = git(origin.worktree, "rev-parse", f"{merge}^2")
    history = GitHistory.at(origin.worktree)
    assert [(commit.sha, commit.files) for commit in history.commits(base, merge, 10)] == [
        (merge, ("cart.py",)),
        (brought, ("cart.py",)),
    ]
    assert [commit.sha for commit in history.commits(base, merge, 1)] == [merge]
    assert history.contains(merge, brought)
    assert not history.contains(base, brought)
    assert not history.contains(base, "deadbeef" * 5)


def test_a_commit_with_an_equal_or_picked_commit_on_main_is_not_missing(origin: GitOrigin) -> None:
    worktree = origin.worktree
    git(worktree, "checkout", "-q", "-b", "release")
    same = origin.commit("The same", {"a.txt": "1\n"})
    lost = origin.commit("Lost", {"b.txt": "1\n"})
    git(worktree, "checkout", "-q", "main")
    landed = origin.commit("By another name (#30)", {"a.txt": "1\n"})
    fixed = origin.commit("Fix (#31)", {"poem.txt": poem(line2="fixed")})
    git(worktree, "checkout", "-q", "release")
    named = origin.commit(f"Fix, otherwise\n\n(cherry picked from commit {fixed})", {"poem.txt": poem(line3="fixed")})
    unknown = origin.commit(f"Elsewhere\n\n(cherry picked from commit {'deadbeef' * 5})", {"c.txt": "1\n"})
    history = GitHistory.at(worktree)
    assert len({same, named, landed}) == 3
    assert [commit.sha for commit in history.missing_from_main("main", "release")] == [unknown, lost]
