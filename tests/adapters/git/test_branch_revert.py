"""A PR is taken out of main and of the release branch each by itself, also if they have different parts of it."""

import re

import pytest

from cockpit.adapters.git.branch_revert import MAX_DIFFERING, apply_changes, differing_paths, revert_on_branch
from cockpit.adapters.git.git_command import GitCalls
from cockpit.adapters.git.mirror import GitMirror
from cockpit.adapters.git.object_quarantine import open_quarantine
from cockpit.adapters.git.tree_merge import TreeChange, change_of, tree_of
from cockpit.deploy.pulls.conflicts import FileConflict, ResolvedFiles
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.ports import Failed, MergeConflict
from tests.git_origin import GitOrigin, git, poem

RELEASE, TAG, BY = "2026-11-23.1", "2026-11-23.1-hotfix.1", "ada@bridge"
BRANCH = f"refs/heads/release/{RELEASE}"


def cut(mirror: GitMirror, number: int) -> PullRequest:
    """Cut the release; the PR of this number in it."""
    return next(pull for pull in mirror.cut(RELEASE, "main", "").pulls if pull.number == number)


def message(origin: GitOrigin, commit: str) -> str:
    return git(origin.path, "log", "-1", "--format=%B", commit)


def pay(**changed: str) -> str:
    """The shop's pay.py, with some lines replaced."""
    return poem(**changed)


CHARGES_TWICE = {"pay.py": pay(line3="charge()", line12="charge()")}


def broken_shop(origin: GitOrigin, mirror: GitMirror) -> PullRequest:
    """#12 charges at two places; the release is cut with it."""
    origin.commit("The shop", {"pay.py": pay()})
    origin.squash_pr(12, "Charge later", {**CHARGES_TWICE, "receipt.py": "print()\n"})
    return cut(mirror, 12)


def test_a_pr_that_was_mended_on_main_alone_is_taken_out_of_the_release(origin: GitOrigin, mirror: GitMirror) -> None:
    pull = broken_shop(origin, mirror)
    origin.squash_pr(13, "Charge once", {"pay.py": pay(line3="charge()")})
    pushed = mirror.revert(pull, RELEASE, TAG, BY)
    assert origin.file_text(TAG, "pay.py") + "\n" == pay(), "not a line of #12"
    assert origin.file_text("main", "pay.py") + "\n" == pay()
    for ref in ("main", BRANCH, TAG):
        assert "receipt.py" not in origin.paths(ref)
    assert (len(pushed.reverts), pushed.picks, len(pushed.direct), pushed.was_out) == (1, (), 1, False)
    assert pushed.differs == ("pay.py",)
    assert pushed.remaining == ()
    assert origin.commit_at(BRANCH) == origin.commit_at(f"refs/tags/{TAG}") == pushed.direct[0]
    said = message(origin, pushed.direct[0])
    assert f"This reverts commit {pull.commits[0]}." in said
    assert f"Made on release/{RELEASE} itself, not picked from main: the revert on main does not fit here." in said
    assert "Differs-From-Main: pay.py\nReverts-PR: 12\n" in said
    assert "cherry picked" not in said
    assert mirror.revert(pull, RELEASE, TAG, BY) == pushed, "a process that died after the push finds it"


def test_what_main_has_mended_is_kept_there_by_a_resolution(origin: GitOrigin, mirror: GitMirror) -> None:
    pull = broken_shop(origin, mirror)
    mended = {"pay.py": pay(line3="charge_once()", line12="pass"), "receipt.py": None}
    tip = origin.squash_pr(13, "Charge once", mended)
    with pytest.raises(MergeConflict, match="does not apply to main"):
        mirror.revert(pull, RELEASE, TAG, BY)

    def keep(conflicts: "tuple[FileConflict, ...]") -> ResolvedFiles:
        assert [(file.path, file.where) for file in conflicts] == [("pay.py", "main")]
        return {"pay.py": mended["pay.py"].encode()}  # type: ignore[union-attr]

    resolved = mirror.resolve_revert(pull, RELEASE, BY, keep)  # type: ignore[arg-type]
    pushed = mirror.revert(pull, RELEASE, TAG, BY, resolved)
    assert origin.commit_at("refs/heads/main") == tip, "main keeps #13 and gets nothing"
    assert origin.file_text(TAG, "pay.py") + "\n" == pay()
    assert (pushed.reverts, pushed.picks, len(pushed.direct)) == ((), (), 1)
    assert origin.commit_at(f"refs/heads/resolved/{RELEASE}/{pull.commits[0][:10]}") == ""
    assert mirror.revert(pull, RELEASE, TAG, BY, resolved) == pushed


def test_all_of_a_pr_goes_although_half_of_it_is_undone_on_main(origin: GitOrigin, mirror: GitMirror) -> None:
    first, second = origin.rebase_pr(12, [("One", {"one.py": "1\n"}), ("Two", {"two.py": "2\n"})])
    pull = cut(mirror, 12)
    git(origin.worktree, "revert", "--no-edit", second)
    git(origin.worktree, "push", "-q", "origin", "main")
    pushed = mirror.revert(pull, RELEASE, TAG, BY)
    for ref in ("main", BRANCH, TAG):
        assert origin.paths(ref) == ["README", "poem.txt"]
    assert (len(pushed.reverts), pushed.picks, len(pushed.direct)) == (1, (), 2)
    said = [message(origin, commit) for commit in pushed.direct]
    assert [f"This reverts commit {commit}." in text for commit, text in zip((second, first), said, strict=True)]
    assert mirror.revert(pull, RELEASE, TAG, BY) == pushed


def forge_message(how: str, commit: str) -> str:
    """The message of a revert that other tools make."""
    return {
        "git": f'Revert "Bad (#12)"\n\nThis reverts commit {commit}.',
        "github": 'Revert "Bad (#12)" (#15)\n\nReverts town/hall#12',
        "gitlab": f"Take it out\n\nThis reverts commit {commit[:12]}",
        "none": "Oh no",
    }[how]


@pytest.mark.parametrize("how", ["git", "github", "gitlab", "none"])
def test_a_revert_that_the_forge_made_before_is_picked(origin: GitOrigin, mirror: GitMirror, how: str) -> None:
    bad = origin.squash_pr(12, "Bad", {"poem.txt": poem(line3="bad"), "bad.py": "1\n"})
    pull = cut(mirror, 12)
    theirs = origin.commit(forge_message(how, bad), {"poem.txt": poem(), "bad.py": None})
    tip = origin.squash_pr(16, "Later", {"later.py": "1\n"})
    pushed = mirror.revert(pull, RELEASE, TAG, BY)
    assert (pushed.reverts, pushed.direct, len(pushed.picks), pushed.was_out) == ((theirs,), (), 1, True)
    assert origin.commit_at("refs/heads/main") == tip, "main is untouched"
    assert origin.paths(TAG) == ["README", "poem.txt"]
    assert origin.file_text(TAG, "poem.txt") + "\n" == poem()
    said = message(origin, pushed.picks[0])
    assert said.endswith(f"Release: {RELEASE}\n(cherry picked from commit {theirs})")
    assert mirror.revert(pull, RELEASE, TAG, BY) == pushed


def test_a_forges_revert_is_picked_although_its_lines_have_changed_since(origin: GitOrigin, mirror: GitMirror) -> None:
    bad = origin.squash_pr(12, "Bad", {"poem.txt": poem(line3="bad")})
    pull = cut(mirror, 12)
    theirs = origin.commit(forge_message("git", bad), {"poem.txt": poem()})
    tip = origin.squash_pr(16, "Later", {"poem.txt": poem(line3="better")})
    pushed = mirror.revert(pull, RELEASE, TAG, BY)
    assert pushed.reverts == (theirs,)
    assert origin.commit_at("refs/heads/main") == tip
    assert origin.file_text(TAG, "poem.txt") + "\n" == poem()


def test_a_forges_revert_that_leaves_more_is_not_picked(origin: GitOrigin, mirror: GitMirror) -> None:
    bad = origin.squash_pr(12, "Bad", {"poem.txt": poem(line3="bad", line12="bad")})
    pull = cut(mirror, 12)
    origin.squash_pr(13, "Mend", {"poem.txt": poem(line3="bad")})
    theirs = origin.commit(forge_message("git", bad), {"poem.txt": poem()})
    pushed = mirror.revert(pull, RELEASE, TAG, BY)
    assert (pushed.reverts, pushed.picks, len(pushed.direct)) == ((theirs,), (), 1)
    assert pushed.differs == ("poem.txt",)
    assert origin.file_text(TAG, "poem.txt") + "\n" == poem()
    assert mirror.revert(pull, RELEASE, TAG, BY) == pushed


def test_a_merged_revert_of_a_merge_is_picked_against_its_first_parent(origin: GitOrigin, mirror: GitMirror) -> None:
    origin.merge_pr(12, "Bad", {"bad.py": "1\n", "poem.txt": poem(line3="bad")})
    pull = cut(mirror, 12)
    theirs = origin.merge_pr(15, "Take it out", {"bad.py": None, "poem.txt": poem()})
    pushed = mirror.revert(pull, RELEASE, TAG, BY)
    assert (pushed.reverts, len(pushed.picks)) == ((theirs,), 1)
    assert origin.paths(TAG) == ["README", "poem.txt"]


def test_a_pr_that_was_relanded_is_reverted_on_main_again(origin: GitOrigin, mirror: GitMirror) -> None:
    bad = origin.squash_pr(12, "Bad", {"bad.py": "1\n"})
    pull = cut(mirror, 12)
    git(origin.worktree, "revert", "--no-edit", bad)
    git(origin.worktree, "revert", "--no-edit", "HEAD")
    git(origin.worktree, "push", "-q", "origin", "main")
    pushed = mirror.revert(pull, RELEASE, TAG, BY)
    assert len(pushed.reverts) == len(pushed.picks) == 1
    assert "bad.py" not in origin.paths("main") + origin.paths(TAG)


def test_renamed_and_binary_files_are_taken_back(origin: GitOrigin, mirror: GitMirror) -> None:
    logo, other = origin.worktree / "logo.png", bytes(range(256))
    logo.write_bytes(b"\0\1\2")
    origin.commit("A logo", {"old.py": pay()})
    logo.write_bytes(other)
    bad = origin.squash_pr(12, "Bad", {"old.py": None, "new.py": pay(line3="bad")})
    pull = cut(mirror, 12)
    origin.squash_pr(13, "Elsewhere in it", {"new.py": pay(line3="bad", line15="good")})
    pushed = mirror.revert(pull, RELEASE, TAG, BY)
    assert origin.file_text("main", "old.py") + "\n" == pay(line15="good")
    assert origin.file_text(TAG, "old.py") + "\n" == pay()
    for ref in ("main", TAG):
        assert "new.py" not in origin.paths(ref)
        assert git(origin.path, "rev-parse", f"{ref}:logo.png") == git(origin.path, "rev-parse", f"{bad}^:logo.png")
    assert (len(pushed.picks), pushed.direct, pushed.remaining) == (1, (), ())


def test_a_binary_file_that_main_has_replaced_is_a_conflict_there(origin: GitOrigin, mirror: GitMirror) -> None:
    logo = origin.worktree / "logo.png"
    for number, content in ((11, b"\0\1"), (12, b"\0\2"), (13, b"\0\3")):
        logo.write_bytes(content)
        origin.squash_pr(number, "Draw", {})
        if number == 12:
            pull = cut(mirror, 12)
    with pytest.raises(MergeConflict, match=r"does not apply to main: conflicts in logo.png"):
        mirror.revert(pull, RELEASE, TAG, BY)


def test_a_revert_that_a_union_merge_swallows_says_what_is_still_there(origin: GitOrigin, mirror: GitMirror) -> None:
    origin.commit("A log", {".gitattributes": "LOG merge=union\n", "LOG": "one\n"})
    origin.squash_pr(12, "Bad", {"LOG": "one\nbad news\n"})
    origin.squash_pr(13, "More", {"LOG": "one\nbad news\nmore news\n"})
    pull = cut(mirror, 12)
    with pytest.raises(Failed) as failed:
        mirror.revert(pull, RELEASE, TAG, BY)
    place = f"LOG:2 on release/{RELEASE} is still from #12"
    assert f"the revert of #12 changes nothing on release/{RELEASE}: {place}" in str(failed.value)
    assert origin.commit_at(f"refs/tags/{TAG}") == ""


def test_what_a_union_merge_leaves_is_named(origin: GitOrigin, mirror: GitMirror) -> None:
    origin.commit("A log", {".gitattributes": "LOG merge=union\n", "LOG": "one\n"})
    origin.squash_pr(12, "Bad", {"LOG": "one\nbad news\n", "bad.py": "1\n"})
    origin.squash_pr(13, "More", {"LOG": "one\nbad news\nmore news\n"})
    pushed = mirror.revert(cut(mirror, 12), RELEASE, TAG, BY)
    assert "bad.py" not in origin.paths(TAG)
    assert pushed.remaining == (f"LOG:2 on release/{RELEASE} is still from #12", "LOG:2 on main is still from #12")


def test_a_line_that_a_later_change_has_again_is_named(origin: GitOrigin, mirror: GitMirror) -> None:
    origin.squash_pr(12, "Bad", {"poem.txt": poem(line3="charge_twice()")})
    again = origin.squash_pr(14, "Again", {"poem.txt": poem(line3="charge_twice()", line18="  charge_twice()")})
    pull = cut(mirror, 12)
    pushed = mirror.revert(pull, RELEASE, TAG, BY)
    assert origin.file_text(TAG, "poem.txt") + "\n" == poem(line18="  charge_twice()")
    places = (f"release/{RELEASE}", "main")
    assert pushed.remaining == tuple(f"poem.txt:18 on {on} was put there again by {again[:10]}" for on in places)
    assert mirror.revert(pull, RELEASE, TAG, BY) == pushed


def test_a_pr_that_is_out_of_both_branches_is_refused(origin: GitOrigin, mirror: GitMirror) -> None:
    bad = origin.squash_pr(12, "Bad", {"bad.py": "1\n"})
    git(origin.worktree, "revert", "--no-edit", bad)
    git(origin.worktree, "push", "-q", "origin", "main")
    pull = cut(mirror, 12)
    what = re.escape(f"main and release/{RELEASE} have no change of #12 left to revert; it was reverted already")
    with pytest.raises(Failed, match=what):
        mirror.revert(pull, RELEASE, TAG, BY)


def test_of_two_ways_only_one_of_which_applies_the_pick_must_take_the_pr_out(origin: GitOrigin) -> None:
    bad = origin.squash_pr(12, "Bad", {"poem.txt": poem(line3="bad")})
    mended = origin.squash_pr(13, "Mend", {"poem.txt": poem(line3="mended")})
    elsewhere = origin.squash_pr(14, "Elsewhere", {"poem.txt": poem(line3="mended", line15="x")})
    with open_quarantine(GitCalls(origin.worktree / ".git", "", 1.0)) as quarantine:
        tree = tree_of(quarantine.git, mended)
        direct, on_main = change_of(quarantine.git, bad).reverted, change_of(quarantine.git, elsewhere)
        assert revert_on_branch(quarantine, tree, [direct], [on_main], lambda _: True).picked
        refused = revert_on_branch(quarantine, tree, [direct], [on_main], lambda _: False)
        assert (refused.picked, refused.series.conflicts) == (False, ("poem.txt",))
        nothing = revert_on_branch(quarantine, tree, [direct], [TreeChange(tree, tree)], lambda _: True)
        assert not nothing.picked, "a pick of nothing takes nothing out"
        assert apply_changes(quarantine, tree, [direct]).steps == ()


def test_the_differing_paths_are_bounded(origin: GitOrigin) -> None:
    before = origin.head()
    after = origin.commit("Many", {f"many/{number}.py": "1" for number in range(MAX_DIFFERING + 5)})
    calls = GitCalls(origin.worktree / ".git", "", 1.0)
    assert len(differing_paths(calls, before, after)) == MAX_DIFFERING
