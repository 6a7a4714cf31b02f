"""Finds the commits on main that reverted a PR before cockpit was asked to: the forge's Revert button made them."""

import re

from cockpit.adapters.git.git_command import GitCalls
from cockpit.adapters.git.history import commits_of
from cockpit.adapters.git.patch_ids import patch_id_between, patch_ids
from cockpit.deploy.pulls.mainline import Mainline
from cockpit.deploy.pulls.pull_request import Commit, PullRequest

MAX_COMMITS = 300
"""Commits since the PR, of those that touch its files; the newest."""
MAX_PATHS = 200
_BRANCH = re.compile(r"[ /]revert-(\d{1,9})-")
"""The branch that GitHub's button makes, in the subject of the merge."""


def landed_reverts(git: GitCalls, pull: PullRequest, main: str) -> tuple[str, ...]:
    """The commits on main since the PR that revert it, oldest first: by their message or by their patch id.

    They may have been taken back in turn: compare the trees before they are used.
    """
    last = pull.commits[-1]
    _, out = git.local("diff", "--name-only", "-z", "--no-renames", f"{pull.commits[0]}^", last, "--", also=(128,))
    paths = [path for path in out.decode("utf-8", "surrogateescape").split("\0")[:-1] if path][:MAX_PATHS]
    if not paths:
        return ()
    limit = ("--first-parent", f"--max-count={MAX_COMMITS}")
    literal = (f":(literal,top){path}" for path in paths)
    ids = git.text("log", *limit, "--format=%H", f"{last}..{main}", "--", *literal).split()
    if not ids:
        return ()
    commits = commits_of(git, "--no-walk=unsorted", *ids)
    claims = Mainline(commits).claims
    undone = {*patch_ids(git, pull.commits, undone=True).values(), patch_id_between(git, last, f"{pull.commits[0]}^")}
    made = patch_ids(git, ids)
    return tuple(
        commit.sha
        for commit in reversed(commits)
        if made.get(commit.sha) in undone
        or _names_pull(commit, pull)
        or (commit.sha in claims and _reverts_one(claims[commit.sha].reverts, pull))
        or (pull.number and commit.sha in claims and pull.number in claims[commit.sha].undoes)
    )


def _names_pull(commit: Commit, pull: PullRequest) -> bool:
    branch = _BRANCH.search(commit.subject)
    return branch is not None and len(commit.parents) > 1 and int(branch[1]) == pull.number


def _reverts_one(ids: frozenset[str], pull: PullRequest) -> bool:
    """Whether one of the ids, which may be abbreviated, is a commit of the PR."""
    return any(commit.startswith(abbreviated) for abbreviated in ids for commit in pull.commits)
