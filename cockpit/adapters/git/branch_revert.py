"""Computes the trees of a revert on main and on the release branch, each by itself.

The right tree for a branch is that branch without the PR's own commits. If the pick of main's revert makes the same
tree on the release branch, it is used. It does not if main and the branch have different parts of the PR, for example
because a part was mended on main alone: then the branch is reverted directly.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cockpit.adapters.git.git_command import GitCalls
from cockpit.adapters.git.object_quarantine import Quarantine
from cockpit.adapters.git.tree_merge import TreeChange, change_of, merge
from cockpit.deploy.text import clean

MAX_DIFFERING = 10
"""Paths that are named."""


@dataclass(frozen=True)
class TreeSeries:
    """Changes that were applied to a tree, one after the other."""

    start: str
    steps: tuple[TreeChange, ...] = ()
    """One for each change; a step may change nothing. Ends at the first conflict."""
    conflicts: tuple[str, ...] = ()

    @property
    def tree(self) -> str:
        """The last tree without a conflict."""
        return self.steps[-1].after if self.steps else self.start

    @property
    def changes(self) -> tuple[TreeChange, ...]:
        """The steps that change something."""
        return tuple(step for step in self.steps if step.before != step.after)


@dataclass(frozen=True)
class BranchRevert:
    """How a PR is taken out of a release branch."""

    series: TreeSeries
    picked: bool
    """Whether it is the pick of what main has."""
    differs: tuple[str, ...] = ()
    """Cleaned paths that the pick would conflict in or leave different; empty if it is used or main has no revert."""


@dataclass(frozen=True)
class HotfixTrees:
    """The trees of a revert on both branches."""

    main: TreeSeries
    branch: BranchRevert
    """Of no change, if main conflicts."""
    landed: tuple[str, ...] = ()
    """The commits on main that reverted the PR before; only if nothing is left to revert there."""


def hotfix_trees(
    quarantine: Quarantine,
    trees: tuple[str, str],
    direct: tuple[Sequence[TreeChange], Sequence[TreeChange]],
    landed: Callable[[bool], Sequence[str]],
    is_gone: Callable[[str], bool],
) -> HotfixTrees:
    """Revert the changes `direct` on `trees`, both of (main, release branch).

    `landed` finds the commits that reverted them on main before; if it is asked with true, those that have surely
    reverted all of them, because main conflicts now. `is_gone` is whether a tree of the branch is free of them.
    """
    main = apply_changes(quarantine, trees[0], direct[0])
    before = () if main.changes and not main.conflicts else tuple(landed(bool(main.conflicts)))
    if main.conflicts:
        if not before:
            return HotfixTrees(main, BranchRevert(TreeSeries(trees[1]), picked=False))
        main = TreeSeries(trees[0], tuple(TreeChange(trees[0], trees[0]) for _ in direct[0]))
    on_main = main.changes or tuple(change_of(quarantine.git, commit) for commit in before)
    return HotfixTrees(main, revert_on_branch(quarantine, trees[1], direct[1], on_main, is_gone), before)


def apply_changes(quarantine: Quarantine, tree: str, changes: Sequence[TreeChange]) -> TreeSeries:
    """Merge the changes into `tree`, one after the other, until one conflicts."""
    start, steps = tree, list[TreeChange]()
    for change in changes:
        merged = merge(quarantine, tree, change)
        if merged.conflicts:
            return TreeSeries(start, tuple(steps), merged.conflicts)
        steps.append(TreeChange(tree, merged.tree))
        tree = merged.tree
    return TreeSeries(start, tuple(steps))


def revert_on_branch(
    quarantine: Quarantine,
    tree: str,
    direct: Sequence[TreeChange],
    on_main: Sequence[TreeChange],
    is_gone: Callable[[str], bool],
) -> BranchRevert:
    """Revert the changes `direct` on the branch's `tree`, or pick `on_main`, the changes of the revert on main.

    If only the pick applies, it is used if the PR `is_gone` from the tree that it makes.
    """
    reverted = apply_changes(quarantine, tree, direct)
    if not on_main:
        return BranchRevert(reverted, picked=False)
    pick = apply_changes(quarantine, tree, on_main)
    if pick.conflicts:
        return BranchRevert(reverted, picked=False, differs=tuple(map(clean, pick.conflicts))[:MAX_DIFFERING])
    if reverted.conflicts:
        picked = pick.tree != tree and is_gone(pick.tree)
        return BranchRevert(pick if picked else reverted, picked)
    if pick.tree == reverted.tree:
        return BranchRevert(pick, picked=True)
    return BranchRevert(reverted, picked=False, differs=differing_paths(quarantine.git, pick.tree, reverted.tree))


def differing_paths(git: GitCalls, one: str, other: str) -> tuple[str, ...]:
    """The first paths in which two trees differ, cleaned."""
    _, out = git.local("diff-tree", "-r", "-z", "--name-only", "--no-renames", one, other)
    return tuple(clean(path) for path in out.decode("utf-8", "replace").split("\0")[:-1][:MAX_DIFFERING])
