"""A revert that does not apply is resolved by a person and comes out by the same push as any other."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from cockpit.adapters.git.mirror import GitMirror
from cockpit.deploy.pulls.conflicts import FileConflict, Hunk, Resolved
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.ports import MergeConflict, Failed
from tests.repositories import Town, git, poem

RELEASE, TAG, BY = "2026-11-23.1", "2026-11-23.1-hotfix.1", "ada@bridge"
BRANCH = f"refs/heads/release/{RELEASE}"


def conflict(town: Town, mirror: GitMirror) -> PullRequest:
    """A PR whose line was changed again by the next one, both in the release."""
    town.squash_pr(7, "Bad idea", {"poem.txt": poem(line3="bad")})
    town.squash_pr(8, "On top of it", {"poem.txt": poem(line3="bad, and more")})
    return next(pull for pull in mirror.cut(RELEASE, "main", "").pulls if pull.number == 7)


def with_more(clashes: Sequence[FileConflict]) -> Resolved:
    """What a person would make of it."""
    return {clash.path: poem(line3="and more").encode() for clash in clashes}


def test_conflicts_are_told_by_file_and_hunk(town: Town, mirror: GitMirror) -> None:
    (clash,) = mirror.clashes(conflict(town, mirror), RELEASE)
    assert (clash.path, clash.where) == ("poem.txt", "main")
    assert clash.hunks == (Hunk(3, ("bad, and more",), ("line 3",)),)
    assert b"<<<<<<< main\n" in clash.text
    assert b">>>>>>> without #7\n" in clash.text


def test_a_pr_that_comes_out_by_itself_has_none(town: Town, mirror: GitMirror) -> None:
    town.squash_pr(7, "Bad idea", {"poem.txt": poem(line3="bad")})
    (_, pull) = mirror.cut(RELEASE, "main", "").pulls
    assert mirror.clashes(pull, RELEASE) == ()


def test_what_a_person_made_of_it_becomes_the_revert_on_main_and_the_branch(town: Town, mirror: GitMirror) -> None:
    pull = conflict(town, mirror)
    resolved = mirror.resolve_revert(pull, RELEASE, BY, with_more)
    kept = f"refs/heads/resolved/{RELEASE}/{pull.commits[0][:10]}"
    assert town.at_origin(kept) == resolved
    assert "bad" in town.shown("main", "poem.txt"), "nothing is reverted before it is asked for"
    tip = town.commit("Meanwhile", {"elsewhere.txt": "1"})
    reversal = mirror.revert(pull, RELEASE, TAG, BY, resolved)
    for ref in ("main", BRANCH, TAG):
        assert town.shown(ref, "poem.txt") + "\n" == poem(line3="and more")
    assert git(town.origin, "rev-parse", f"{reversal.reverts[0]}^") == tip
    assert "elsewhere.txt" in town.paths("main")
    assert town.at_origin(kept) == "", "the branch that held it is gone with the same push"
    said = git(town.origin, "log", "-1", "--format=%an %B", reversal.picks[0])
    assert f"This reverts commit {pull.commits[0]}." in said
    assert f"(cherry picked from commit {reversal.reverts[0]})" in said
    assert mirror.revert(pull, RELEASE, TAG, BY, resolved) == reversal, "twice is once"


def test_an_engine_on_another_machine_finds_it(town: Town, mirror: GitMirror, tmp_path: Path) -> None:
    pull = conflict(town, mirror)
    resolved = mirror.resolve_revert(pull, RELEASE, BY, with_more)
    GitMirror(str(town.origin), tmp_path / "other").revert(pull, RELEASE, TAG, BY, resolved)
    assert town.shown(TAG, "poem.txt") + "\n" == poem(line3="and more")


def test_where_the_same_place_moved_on_meanwhile_it_conflicts_again(town: Town, mirror: GitMirror) -> None:
    pull = conflict(town, mirror)
    resolved = mirror.resolve_revert(pull, RELEASE, BY, with_more)
    town.squash_pr(9, "Again", {"poem.txt": poem(line3="something else")})
    before = git(town.origin, "for-each-ref")
    with pytest.raises(MergeConflict):
        mirror.revert(pull, RELEASE, TAG, BY, resolved)
    assert git(town.origin, "for-each-ref") == before


def test_a_file_that_one_side_removed_may_go_or_be_emptied(town: Town, mirror: GitMirror) -> None:
    town.squash_pr(7, "Bad idea", {"bad.py": "1\n", "worse.py": "1\n"})
    town.squash_pr(8, "On top of it", {"bad.py": "2\n", "worse.py": "2\n"})
    pull = next(pull for pull in mirror.cut(RELEASE, "main", "").pulls if pull.number == 7)
    assert [clash.hunks for clash in mirror.clashes(pull, RELEASE)] == [(), ()]

    def gone(clashes: Sequence[FileConflict]) -> Resolved:
        return {clash.path: None if clash.path == "bad.py" else b"" for clash in clashes}

    mirror.revert(pull, RELEASE, TAG, BY, mirror.resolve_revert(pull, RELEASE, BY, gone))
    assert "bad.py" not in town.paths("main")
    assert town.shown("main", "worse.py") == ""


def test_who_gives_up_leaves_everything_as_it_was(town: Town, mirror: GitMirror) -> None:
    pull = conflict(town, mirror)
    before = git(town.origin, "for-each-ref")

    def give_up(_: Sequence[FileConflict]) -> Resolved:
        raise Failed("editor", "was left")

    with pytest.raises(Failed, match="was left"):
        mirror.resolve_revert(pull, RELEASE, BY, give_up)
    assert git(town.origin, "for-each-ref") == before


def test_a_commit_that_is_no_resolution_is_refused(town: Town, mirror: GitMirror) -> None:
    pull = conflict(town, mirror)
    with pytest.raises(Failed, match="is not how a revert was resolved"):
        mirror.revert(pull, RELEASE, TAG, BY, town.head())
