"""Changes by their patch id: which commits do the same, whoever made them, wherever and when.

An id is git's own (`git patch-id --stable`) over a diff without context, since the lines around a change are others
when it comes back. Ids never change, but a diff is read for each: whoever asks narrows down first.
"""

from collections.abc import Iterable, Mapping

from cockpit.adapters.git.git_command import GitCalls
from cockpit.adapters.git.history import commits_of, contains
from cockpit.deploy.pulls.pull_number import picked_from
from cockpit.deploy.pulls.pull_request import Commit

_DIFF = (
    *("-p", "-U0", "--binary", "--full-index", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color"),
    *("--src-prefix=a/", "--dst-prefix=a/"),  # -R swaps them, and an id has them in it
)
MOST_STRAYS = 100


def patch_ids(git: GitCalls, commits: Iterable[str], undone: bool = False) -> Mapping[str, str]:
    """The patch id of what each commit did to its first parent, or, `undone`, of taking that back: {commit: id}.

    A commit that changes nothing, or that is not there, is left out.
    """
    if not (asked := _there(git, commits)):
        return {}
    how = ("--no-walk=unsorted", "--stdin", "--diff-merges=first-parent", "--no-show-signature")
    back = ("-R",) if undone else ()
    _, out = git.local("log", *how, *_DIFF, *back, "--format=commit %H", stdin=asked)
    return {commit: patch for patch, commit in _ids(git, out)}


def patch_id_between(git: GitCalls, before: str, after: str) -> str:
    """The patch id of all that happened from one commit to another; empty where that is nothing."""
    _, out = git.local("diff", *_DIFF, "--end-of-options", before, after, "--")
    found = _ids(git, out)
    return found[0][0] if found else ""


def missing_from_main(git: GitCalls, main: str, branch: str) -> tuple[Commit, ...]:
    """Commits of `branch` whose change is nowhere in `main`, newest first; both are ids.

    One that says it was picked from a commit of main is there, however the pick came out.
    """
    how = ("--cherry-pick", "--right-only", "--no-merges", f"--max-count={MOST_STRAYS}")
    found = commits_of(git, *how, f"{main}...{branch}")
    return tuple(one for one in found if not (origin := picked_from(one.body)) or not contains(git, main, origin))


def _there(git: GitCalls, commits: Iterable[str]) -> bytes:
    """Those of the ids that are commits here, a line each: git log would end at the first that is none."""
    asked = "".join(f"{commit}\n" for commit in commits).encode()
    if not asked:
        return b""
    told = git.local("cat-file", "--batch-check=%(objecttype) %(objectname)", stdin=asked)[1]
    return b"".join(line[7:] + b"\n" for line in told.splitlines() if line.startswith(b"commit "))


def _ids(git: GitCalls, diff: bytes) -> list[tuple[str, str]]:
    """(patch id, commit) of each patch in what `git log` wrote."""
    out = git.local("patch-id", "--stable", stdin=diff)[1].decode("ascii", "replace")
    return [(patch, commit) for patch, _, commit in (line.partition(" ") for line in out.splitlines())]
