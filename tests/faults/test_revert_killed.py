"""A process is killed in the middle of a revert, at each of its git commands and while the server accepts the push.

Afterwards main, the release branch and the tag all have the revert or none has, and the next process succeeds with the
same mirror.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cockpit.adapters.git.mirror import GitMirror
from tests.git_origin import GitOrigin

RELEASE, TAG, BY = "2026-11-23.1", "2026-11-23.1-hotfix.1", "ada@box"
BRANCH = f"refs/heads/release/{RELEASE}"
CHILD = """
import os, signal, sys
from pathlib import Path
from cockpit.adapters.git.mirror import GitMirror
from cockpit.adapters.git.git_command import GitCalls
origin, folder, last = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
run, count = GitCalls._run, 0
def counted(*args, **more):
    global count
    count += 1
    if count == last:
        os.kill(os.getpid(), signal.SIGKILL)
    return run(*args, **more)
GitCalls._run = counted
mirror = GitMirror(origin, folder)
mirror.fetch()
pull = next(pull for pull in mirror.pulls("", "main") if pull.number == 7)
Path(folder, "cockpit-pid").write_text(str(os.getpid()))
mirror.revert(pull, "2026-11-23.1", "2026-11-23.1-hotfix.1", "ada@box")
"""


@pytest.fixture
def origin(tmp_path: Path) -> GitOrigin:
    made = GitOrigin(tmp_path / "origin")
    made.squash_pr(7, "Bad", {"bad.py": "1\n"})
    made.squash_pr(8, "Good", {"good.py": "1\n"})
    GitMirror(str(made.path), tmp_path / "first").cut(RELEASE, "main", "")
    return made


def try_revert(bare: Path, mirror: Path, last: int = 0) -> int:
    """Revert #7 in a process that is killed at its git command number `last`; its exit code."""
    argv = [sys.executable, "-c", CHILD, str(bare), str(mirror), str(last)]
    return subprocess.run(
        argv, check=False, capture_output=True, env=os.environ, cwd=Path(__file__).parents[2]
    ).returncode


def reverted_refs(origin: GitOrigin) -> set[bool]:
    """Whether main, the branch and the tag have the revert: one value, or two if they disagree."""
    main, branch = ("bad.py" not in origin.paths(ref) for ref in ("main", BRANCH))
    return {main, branch, bool(origin.commit_at(f"refs/tags/{TAG}"))}


def finish_revert(origin: GitOrigin, mirror: Path) -> None:
    """The next process finishes the revert, once."""
    assert try_revert(origin.path, mirror) == 0
    assert reverted_refs(origin) == {True}
    subjects = subprocess.run(
        ["git", "log", "--format=%s", "main"], cwd=origin.path, check=True, capture_output=True, text=True
    ).stdout
    assert subjects.count("Revert #7") == 1


def test_a_kill_at_any_git_command_leaves_all_of_the_revert_or_nothing(origin: GitOrigin, tmp_path: Path) -> None:
    ended, number = -signal.SIGKILL, 0
    results: set[bool] = set()
    while ended == -signal.SIGKILL:
        number += 1
        bare, mirror = tmp_path / f"origin{number}", tmp_path / f"mirror{number}"
        shutil.copytree(origin.path, bare)
        copy = GitOrigin.__new__(GitOrigin)
        copy.path, copy.worktree = bare, origin.worktree
        ended = try_revert(bare, mirror, number)
        assert len(reverted_refs(copy)) == 1, f"they disagree after a kill at command {number}"
        results |= reverted_refs(copy)
        finish_revert(copy, mirror)
    assert ended == 0
    assert results == {False, True}
    assert number > 10, "it runs more than ten git commands"


@pytest.mark.parametrize("hook", ["pre-receive", "update", "reference-transaction", "post-receive"])
def test_the_refs_never_disagree_after_a_kill_during_the_push(origin: GitOrigin, tmp_path: Path, hook: str) -> None:
    mirror = tmp_path / "mirror"
    script = origin.path / "hooks" / hook
    script.parent.mkdir(exist_ok=True)
    script.write_text(f"#!/bin/sh\nkill -9 $(cat '{mirror}/cockpit-pid') 2>/dev/null\nexit 0\n")
    script.chmod(0o755)
    assert try_revert(origin.path, mirror) == -signal.SIGKILL
    script.unlink()
    # The server still updates ref after ref; its final state counts.
    deadline = time.monotonic() + 60
    while len(reverted_refs(origin)) > 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(reverted_refs(origin)) == 1
    finish_revert(origin, mirror)
