"""A trial of a revert or a pick gives the tree that git itself makes, and changes nothing."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from cockpit.adapters.git.local_repository import GitHistory, git_folder
from cockpit.ports import Failed, Trial
from tests.git_origin import GitOrigin, git, poem


@pytest.fixture
def origin(tmp_path: Path) -> GitOrigin:
    return GitOrigin(tmp_path / "origin")


@pytest.fixture
def history(origin: GitOrigin) -> GitHistory:
    return GitHistory.at(origin.worktree)


def by_git(origin: GitOrigin, *argv: str) -> Trial:
    """What `git revert` or `git cherry-pick` itself makes of HEAD, in a worktree of its own."""
    place = origin.worktree.parent / "by-git"
    git(origin.worktree, "worktree", "add", "-q", "--detach", str(place))
    who = ("-c", "user.name=a", "-c", "user.email=b")
    done = subprocess.run(["git", *who, *argv], cwd=place, capture_output=True, check=False)
    found = git(place, "rev-parse", "HEAD^{tree}"), tuple(git(place, "diff", "--name-only", "--diff-filter=U").split())
    git(origin.worktree, "worktree", "remove", "--force", str(place))
    return Trial("" if done.returncode else found[0], found[1])


def everything(folder: Path) -> dict[str, str]:
    """A digest of each file below `folder`, git's objects apart."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "objects" not in path.relative_to(folder).parts
    }


def test_reverts_of_squashes_merges_and_root_commits_match_gits(origin: GitOrigin, history: GitHistory) -> None:
    squash = origin.squash_pr(7, "Bad", {"poem.txt": poem(line3="bad"), "bad.py": "1"})
    merge = origin.merge_pr(8, "More", {"poem.txt": poem(line3="bad", line12="more")})
    origin.squash_pr(9, "Later", {"poem.txt": poem(line3="bad", line12="more", line19="later")})
    first = git(origin.worktree, "rev-list", "--max-parents=0", "HEAD")
    for commit, mainline in ((squash, 0), (merge, 1), (first, 0)):
        parent = ("-m", str(mainline)) if mainline else ()
        assert history.try_revert([commit], "HEAD", mainline) == by_git(origin, "revert", "--no-edit", *parent, commit)
    side = git(origin.worktree, "rev-parse", f"{merge}^2")
    assert history.try_pick([side], squash) == Trial(git(origin.worktree, "rev-parse", f"{merge}^{{tree}}"))


def test_a_merge_is_reverted_against_its_first_parent_by_default(origin: GitOrigin, history: GitHistory) -> None:
    merge = origin.merge_pr(8, "More", {"more.py": "1"})
    assert history.try_revert([merge], "HEAD") == history.try_revert([merge], "HEAD", 1)
    assert history.try_revert([merge], "HEAD", 2).tree == git(origin.worktree, "rev-parse", "HEAD^{tree}"), (
        "main moved nothing"
    )
    with pytest.raises(Failed, match="has no parent number 3"):
        history.try_revert([merge], "HEAD", 3)


def test_a_series_is_reverted_in_order_and_a_revert_can_be_reverted(origin: GitOrigin, history: GitHistory) -> None:
    begin = git(origin.worktree, "rev-parse", "HEAD^{tree}")
    one, two = origin.rebase_pr(7, [("One", {"poem.txt": poem(line3="1")}), ("Two", {"poem.txt": poem(line3="2")})])
    gone = history.try_revert([two, one], "HEAD")
    assert gone == Trial(begin)
    assert not history.try_revert([one, two], "HEAD").clean
    git(origin.worktree, "revert", "--no-edit", two)
    assert history.try_revert(["HEAD"], "HEAD") == Trial(git(origin.worktree, "rev-parse", f"{two}^{{tree}}"))


def test_the_resulting_tree_can_be_reverted_further(origin: GitOrigin, history: GitHistory) -> None:
    one, two = origin.rebase_pr(7, [("One", {"poem.txt": poem(line3="1")}), ("Two", {"poem.txt": poem(line3="2")})])
    without = history.try_revert([two], "HEAD")
    assert history.try_revert([one], without.tree) == history.try_revert([two, one], "HEAD")


def test_conflicts_match_gits_and_leave_no_objects(origin: GitOrigin, history: GitHistory) -> None:
    bad = origin.squash_pr(7, "Bad", {"poem.txt": poem(line3="bad"), "gone.py": "1\n"})
    origin.squash_pr(8, "On top", {"poem.txt": poem(line3="worse"), "gone.py": "2\n"})
    before = git(origin.worktree, "count-objects")
    trial = history.try_revert([bad], "HEAD")
    assert git(origin.worktree, "count-objects") == before
    by_hand = by_git(origin, "revert", "--no-edit", bad)
    assert (trial.clean, trial.tree, sorted(trial.conflicts)) == (False, "", ["gone.py", "poem.txt"])
    assert sorted(by_hand.conflicts) == sorted(trial.conflicts)


def test_gitattributes_apply_without_a_working_tree(origin: GitOrigin) -> None:
    origin.commit("A log", {"docs/.gitattributes": "LOG merge=union\n", "docs/LOG": "one\n", "LOG": "one\n"})
    bad = origin.squash_pr(7, "Bad", {"docs/LOG": "one\nbad\n", "bad.py": "1"})
    origin.squash_pr(8, "More", {"docs/LOG": "one\nbad\nmore\n"})
    bare = GitHistory.at(origin.path)
    assert bare.try_revert([bad], "main") == by_git(origin, "revert", "--no-edit", bad)
    assert bare.try_revert([bad], "main").clean


def test_a_trial_changes_no_file_ref_or_index(origin: GitOrigin, history: GitHistory) -> None:
    bad = origin.squash_pr(7, "Bad", {"bad.py": "1"})
    origin.squash_pr(8, "More", {"more.py": "1"})
    (origin.worktree / "README").write_text("work in progress\n")
    (origin.worktree / ".gitattributes").write_text("* merge=binary\n")
    before = everything(origin.worktree)
    assert history.try_revert([bad], "HEAD").clean
    assert everything(origin.worktree) == before


def test_hooks_and_personal_attributes_are_ignored(
    origin: GitOrigin, history: GitHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = origin.squash_pr(7, "Bad", {"poem.txt": poem(line3="bad"), "bad.py": "1"})
    origin.squash_pr(8, "More", {"poem.txt": poem(line3="bad", line15="more")})
    expected = history.try_revert([bad], "HEAD")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "git").mkdir()
    (tmp_path / "git" / "attributes").write_text("* -merge\n")
    for hook in ("post-index-change", "reference-transaction", "pre-merge-commit"):
        (origin.worktree / ".git" / "hooks").mkdir(exist_ok=True)
        (origin.worktree / ".git" / "hooks" / hook).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        (origin.worktree / ".git" / "hooks" / hook).chmod(0o755)
    assert history.try_revert([bad], "HEAD") == expected
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["--upload-pack=x", "$(touch x)", "a\nb", "", "-", "no such", "HEAD^{/x\0y}"])
def test_an_invalid_name_is_refused(origin: GitOrigin, history: GitHistory, name: str) -> None:
    for attempt in (
        lambda: history.resolve(name),
        lambda: history.try_revert([name], "HEAD"),
        lambda: history.try_pick(["HEAD"], name),
    ):
        with pytest.raises(Failed, match="has no"):
            attempt()


def test_a_linked_worktree_and_a_path_with_odd_characters_are_repositories(tmp_path: Path) -> None:
    origin = GitOrigin(tmp_path / 'a "origin": with\\ wörds')
    bad = origin.squash_pr(7, "Bad", {"bad.py": "1"})
    origin.squash_pr(8, "More", {"more.py": "1"})
    git(origin.worktree, "worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    trials = {
        GitHistory.at(place).try_revert([bad], bad) for place in (origin.worktree, origin.path, tmp_path / "linked")
    }
    assert len(trials) == 1
    with pytest.raises(Failed, match="is not a git repository"):
        git_folder(tmp_path)


def test_a_hotfix_is_tried_on_main_and_on_the_branch(origin: GitOrigin, history: GitHistory) -> None:
    bad = origin.squash_pr(7, "Bad", {"poem.txt": poem(line3="bad")})
    git(origin.worktree, "branch", "release")
    origin.squash_pr(8, "More", {"more.py": "1"})
    pull, other = (pull for pull in history.pulls("", "main") if pull.number)
    tried = history.try_hotfix([pull], "main", "release")
    assert tried.main == history.try_revert([bad], "main")
    assert tried.branch == history.try_revert([bad], "release")
    assert (tried.conflicts, tried.direct) == ((), False)
    git(origin.worktree, "checkout", "-q", "release")
    origin.commit("Mend it here alone", {"poem.txt": poem(line3="mended")})
    tried = history.try_hotfix([pull], "main", "release")
    assert (tried.main.clean, tried.branch.clean, tried.conflicts) == (True, False, ("poem.txt",))
    both = history.try_hotfix([pull, other], "main", "main")
    assert both.main == history.try_revert([other.commits[0], bad], "main")
