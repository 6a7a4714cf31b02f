"""A revert with conflicts is resolved by a person and published by the same push as any other."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from cockpit.adapters.git.mirror import GitMirror
from cockpit.deploy.pulls.conflicts import FileConflict, Hunk, ResolvedFiles
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.ports import Failed, MergeConflict
from tests.git_origin import GitOrigin, git, poem

RELEASE, TAG, BY = "2026-11-23.1", "2026-11-23.1-hotfix.1", "ada@bridge"
BRANCH = f"refs/heads/release/{RELEASE}"


def conflicting_pull(origin: GitOrigin, mirror: GitMirror) -> PullRequest:
    """A PR whose line was changed again by the next one, both in the release."""
    origin.squash_pr(7, "Bad idea", {"poem.txt": poem(line3="bad")})
    origin.squash_pr(8, "On top of it", {"poem.txt": poem(line3="bad, and more")})
    return next(pull for pull in mirror.cut(RELEASE, "main", "").pulls if pull.number == 7)


def resolved_text(conflicts: Sequence[FileConflict]) -> ResolvedFiles:
    """What a person would write."""
    return {file.path: poem(line3="and more").encode() for file in conflicts}


def test_conflicts_are_listed_by_file_and_hunk(origin: GitOrigin, mirror: GitMirror) -> None:
    (file,) = mirror.revert_conflicts(conflicting_pull(origin, mirror), RELEASE)
    assert (file.path, file.where) == ("poem.txt", "main")
    assert file.hunks == (Hunk(3, ("bad, and more",), ("line 3",)),)
    assert b"<<<<<<< main\n" in file.text
    assert b">>>>>>> without #7\n" in file.text


def test_a_revert_that_applies_has_no_conflicts(origin: GitOrigin, mirror: GitMirror) -> None:
    origin.squash_pr(7, "Bad idea", {"poem.txt": poem(line3="bad")})
    (_, pull) = mirror.cut(RELEASE, "main", "").pulls
    assert mirror.revert_conflicts(pull, RELEASE) == ()


def test_a_resolution_becomes_the_revert_on_main_and_the_release_branch(origin: GitOrigin, mirror: GitMirror) -> None:
    pull = conflicting_pull(origin, mirror)
    resolved = mirror.resolve_revert(pull, RELEASE, BY, resolved_text)
    kept = f"refs/heads/resolved/{RELEASE}/{pull.commits[0][:10]}"
    assert origin.commit_at(kept) == resolved
    assert "bad" in origin.file_text("main", "poem.txt"), "nothing is reverted before it is asked for"
    tip = origin.commit("Meanwhile", {"elsewhere.txt": "1"})
    revert = mirror.revert(pull, RELEASE, TAG, BY, resolved)
    for ref in ("main", BRANCH, TAG):
        assert origin.file_text(ref, "poem.txt") + "\n" == poem(line3="and more")
    assert git(origin.path, "rev-parse", f"{revert.reverts[0]}^") == tip
    assert "elsewhere.txt" in origin.paths("main")
    assert origin.commit_at(kept) == "", "the branch that held it is gone with the same push"
    message = git(origin.path, "log", "-1", "--format=%an %B", revert.picks[0])
    assert f"This reverts commit {pull.commits[0]}." in message
    assert f"(cherry picked from commit {revert.reverts[0]})" in message
    assert mirror.revert(pull, RELEASE, TAG, BY, resolved) == revert, "twice is once"


def test_a_conflict_of_the_release_branch_alone_is_resolved_there(origin: GitOrigin, mirror: GitMirror) -> None:
    origin.squash_pr(7, "Bad idea", {"poem.txt": poem(line3="bad")})
    pull = next(pull for pull in mirror.cut(RELEASE, "main", "").pulls if pull.number == 7)
    git(origin.worktree, "checkout", "-q", "-b", "hot")
    origin.commit("Mend it in the release alone", {"poem.txt": poem(line3="mended")})
    git(origin.worktree, "push", "-q", "origin", f"hot:{BRANCH}")
    (file,) = mirror.revert_conflicts(pull, RELEASE)
    assert (file.path, file.where) == ("poem.txt", f"release/{RELEASE}")
    resolved = mirror.resolve_revert(pull, RELEASE, BY, resolved_text)
    revert = mirror.revert(pull, RELEASE, TAG, BY, resolved)
    assert origin.file_text("main", "poem.txt") + "\n" == poem()
    assert origin.file_text(TAG, "poem.txt") + "\n" == poem(line3="and more")
    assert (len(revert.reverts), revert.picks, revert.differs) == (1, (), ("poem.txt",))
    assert "cherry picked" not in git(origin.path, "log", "-1", "--format=%B", revert.tip)
    assert mirror.revert(pull, RELEASE, TAG, BY, resolved) == revert


def test_an_engine_on_another_machine_finds_the_resolution(
    origin: GitOrigin, mirror: GitMirror, tmp_path: Path
) -> None:
    pull = conflicting_pull(origin, mirror)
    resolved = mirror.resolve_revert(pull, RELEASE, BY, resolved_text)
    GitMirror(str(origin.path), tmp_path / "other").revert(pull, RELEASE, TAG, BY, resolved)
    assert origin.file_text(TAG, "poem.txt") + "\n" == poem(line3="and more")


def test_a_resolution_conflicts_again_if_the_same_lines_have_changed(origin: GitOrigin, mirror: GitMirror) -> None:
    pull = conflicting_pull(origin, mirror)
    resolved = mirror.resolve_revert(pull, RELEASE, BY, resolved_text)
    origin.squash_pr(9, "Again", {"poem.txt": poem(line3="something else")})
    before = git(origin.path, "for-each-ref")
    with pytest.raises(MergeConflict):
        mirror.revert(pull, RELEASE, TAG, BY, resolved)
    assert git(origin.path, "for-each-ref") == before


def test_a_file_that_one_side_removed_can_be_removed_or_emptied(origin: GitOrigin, mirror: GitMirror) -> None:
    origin.squash_pr(7, "Bad idea", {"bad.py": "1\n", "worse.py": "1\n"})
    origin.squash_pr(8, "On top of it", {"bad.py": "2\n", "worse.py": "2\n"})
    pull = next(pull for pull in mirror.cut(RELEASE, "main", "").pulls if pull.number == 7)
    assert [file.hunks for file in mirror.revert_conflicts(pull, RELEASE)] == [(), ()]

    def remove(conflicts: Sequence[FileConflict]) -> ResolvedFiles:
        return {file.path: None if file.path == "bad.py" else b"" for file in conflicts}

    mirror.revert(pull, RELEASE, TAG, BY, mirror.resolve_revert(pull, RELEASE, BY, remove))
    assert "bad.py" not in origin.paths("main")
    assert origin.file_text("main", "worse.py") == ""


def test_giving_up_changes_no_ref(origin: GitOrigin, mirror: GitMirror) -> None:
    pull = conflicting_pull(origin, mirror)
    before = git(origin.path, "for-each-ref")

    def give_up(_: Sequence[FileConflict]) -> ResolvedFiles:
        raise Failed("editor", "was left")

    with pytest.raises(Failed, match="was left"):
        mirror.resolve_revert(pull, RELEASE, BY, give_up)
    assert git(origin.path, "for-each-ref") == before


def test_a_commit_that_is_not_a_resolution_is_refused(origin: GitOrigin, mirror: GitMirror) -> None:
    pull = conflicting_pull(origin, mirror)
    with pytest.raises(Failed, match="is not the resolution of a revert"):
        mirror.revert(pull, RELEASE, TAG, BY, origin.head())
