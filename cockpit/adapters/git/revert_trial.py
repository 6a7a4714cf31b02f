"""Tries a revert on main and on a release branch, exactly as it would be made; nothing is kept."""

from collections.abc import Sequence

from cockpit.adapters.git.branch_revert import HotfixTrees, hotfix_trees
from cockpit.adapters.git.git_command import GitCalls
from cockpit.adapters.git.object_quarantine import open_quarantine
from cockpit.adapters.git.reverts import RevertComposer, Tips
from cockpit.adapters.git.tree_merge import look_up, tree_of
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.ports import RevertTrial, Trial


def try_pulls(git: GitCalls, pulls: Sequence[PullRequest], tips: Tips) -> RevertTrial:
    """Revert several PRs, given oldest first, on both branches; nothing is said about what remains."""
    commits = [commit for pull in reversed(pulls) for commit in reversed(pull.commits)]
    with open_quarantine(git) as quarantine:
        main, changes = look_up(quarantine.git, tips.main, commits)
        direct = tuple(change.reverted for change in changes)
        trees = (main, tree_of(quarantine.git, tips.branch))
        return _result(hotfix_trees(quarantine, trees, (direct, direct), lambda _: (), lambda _: True), ())


def try_pull(git: GitCalls, pull: PullRequest, tips: Tips) -> RevertTrial:
    """Revert the PR on both branches, and check what would remain of it."""
    with open_quarantine(git) as quarantine:
        composer = RevertComposer(quarantine, pull, "", "")
        trees = composer.trees(tips)
        if trees.main.conflicts or trees.branch.series.conflicts:
            return _result(trees, ())
        ends = (("the release branch", trees.branch.series.tree, tips.branch), ("main", trees.main.tree, tips.main))
        left = [sentence for name, tree, tip in ends for sentence in composer.remains(tree, tip).sentences(pull, name)]
        return _result(trees, tuple(left))


def _result(trees: HotfixTrees, remaining: tuple[str, ...]) -> RevertTrial:
    main, branch = trees.main, trees.branch.series
    return RevertTrial(
        Trial("" if main.conflicts else main.tree, main.conflicts),
        Trial("" if main.conflicts or branch.conflicts else branch.tree, branch.conflicts),
        bool(main.changes),
        bool(branch.changes),
        trees.branch.differs,
        bool(branch.changes) and not trees.branch.picked,
        remaining,
    )
