"""Trees are merged without a working tree."""

from collections.abc import Iterator

import pytest

from cockpit.adapters.git.git_command import GitCalls
from cockpit.adapters.git.object_quarantine import Quarantine, open_quarantine
from cockpit.adapters.git.tree_merge import EMPTY_TREE, Merged, change_of, look_up, merge, tree_of
from cockpit.ports import Failed
from tests.git_origin import GitOrigin, git, poem


@pytest.fixture
def quarantine(origin: GitOrigin) -> Iterator[Quarantine]:
    with open_quarantine(GitCalls(origin.worktree / ".git", str(origin.worktree), 1.0)) as opened:
        yield opened


def test_a_change_onto_its_own_base_needs_no_merge(origin: GitOrigin, quarantine: Quarantine) -> None:
    change = change_of(quarantine.git, origin.squash_pr(7, "Bad", {"bad.py": "1"}))
    assert merge(quarantine, change.before, change) == Merged(change.after)
    assert merge(quarantine, change.after, change.reverted) == Merged(change.before)


def test_a_change_is_merged_and_a_conflict_names_its_paths(origin: GitOrigin, quarantine: Quarantine) -> None:
    bad = change_of(quarantine.git, origin.squash_pr(7, "Bad", {"poem.txt": poem(line3="bad")}))
    tip = origin.squash_pr(8, "More", {"poem.txt": poem(line3="bad", line15="more")})
    merged = merge(quarantine, tree_of(quarantine.git, tip), bad.reverted)
    assert merged.conflicts == ()
    assert quarantine.git.text("cat-file", "blob", f"{merged.tree}:poem.txt") + "\n" == poem(line15="more")
    tip = origin.squash_pr(9, "Worse", {"poem.txt": poem(line3="worse")})
    assert merge(quarantine, tree_of(quarantine.git, tip), bad.reverted).conflicts == ("poem.txt",)


def test_a_root_commit_changes_the_empty_tree(origin: GitOrigin, quarantine: Quarantine) -> None:
    root = git(origin.worktree, "rev-list", "--max-parents=0", "HEAD")
    change = change_of(quarantine.git, root)
    assert change.before == EMPTY_TREE[len(root)]
    with pytest.raises(Failed, match="has no parent number 2"):
        change_of(quarantine.git, root, 2)


def test_trees_and_changes_are_looked_up_together(origin: GitOrigin, quarantine: Quarantine) -> None:
    first, second = origin.head(), origin.squash_pr(7, "Bad", {"bad.py": "1"})
    tree, (change,) = look_up(quarantine.git, first, [second])
    assert (tree, change.before) == (change.before, tree_of(quarantine.git, first))
    assert look_up(quarantine.git, None, []) == ("", ())


@pytest.mark.parametrize("name", ["nowhere", "a\nb", "-", ""])
def test_an_unknown_name_is_an_error(quarantine: Quarantine, name: str) -> None:
    with pytest.raises(Failed, match="has no commit"):
        look_up(quarantine.git, name or "-", [])
