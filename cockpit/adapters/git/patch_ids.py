"""Patch ids: which commits make the same change, on any branch.

The id is that of `git patch-id --stable` for a diff without context, because the lines around a change differ when it
returns. An id never changes, but computing it reads a diff: narrow the commits down first.
"""

from collections.abc import Iterable, Mapping

from cockpit.adapters.git.git_command import GitCalls
from cockpit.adapters.git.history import commits_of, contains
from cockpit.deploy.pulls.pull_number import picked_from
from cockpit.deploy.pulls.pull_request import Commit

_DIFF = (
    *("-p", "-U0", "--binary", "--full-index", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color"),
    *("--src-prefix=a/", "--dst-prefix=a/"),  # -R swaps the prefixes, which are part of the id
)
MAX_MISSING = 100
"""Commits that `missing_from_main` returns at most."""


def patch_ids(git: GitCalls, commits: Iterable[str], undone: bool = False) -> Mapping[str, str]:
    """The patch id of each commit against its first parent, or of its revert if `undone`: {commit id: patch id}.

    Empty and unknown commits are left out.
    """
    if not (known := _known(git, commits)):
        return {}
    options = ("--no-walk=unsorted", "--stdin", "--diff-merges=first-parent", "--no-show-signature")
    reverse = ("-R",) if undone else ()
    _, out = git.local("log", *options, *_DIFF, *reverse, "--format=commit %H", stdin=known)
    return {commit: patch for patch, commit in _ids(git, out)}


def patch_id_between(git: GitCalls, before: str, after: str) -> str:
    """The patch id of the difference between two commits; empty if there is none."""
    _, out = git.local("diff", *_DIFF, "--end-of-options", before, after, "--")
    ids = _ids(git, out)
    return ids[0][0] if ids else ""


def missing_from_main(git: GitCalls, main: str, branch: str) -> tuple[Commit, ...]:
    """Commits of `branch` whose change is not in `main`, newest first; both are ids.

    A commit whose message says that it was picked from a commit of main counts as being in main.
    """
    options = ("--cherry-pick", "--right-only", "--no-merges", f"--max-count={MAX_MISSING}")
    commits = commits_of(git, *options, f"{main}...{branch}")
    origins = ((commit, picked_from(commit.body)) for commit in commits)
    return tuple(commit for commit, origin in origins if not origin or not contains(git, main, origin))


def _known(git: GitCalls, commits: Iterable[str]) -> bytes:
    """The ids that are commits in the repository, one a line: git log stops at the first unknown id."""
    ids = "".join(f"{commit}\n" for commit in commits).encode()
    if not ids:
        return b""
    answers = git.local("cat-file", "--batch-check=%(objecttype) %(objectname)", stdin=ids)[1]
    return b"".join(line[7:] + b"\n" for line in answers.splitlines() if line.startswith(b"commit "))


def _ids(git: GitCalls, diff: bytes) -> list[tuple[str, str]]:
    """(patch id, commit id) of each patch in the output of `git log`."""
    out = git.local("patch-id", "--stable", stdin=diff)[1].decode("ascii", "replace")
    return [(patch, commit) for patch, _, commit in (line.partition(" ") for line in out.splitlines())]
