"""kill -9 in the middle of a revert, at every git command it runs and while the server takes the push.

Real processes on real repositories: afterwards main, the release branch and the tag have all of it or nothing, and
who comes next goes on with the same mirror.
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

RELEASE, TAG, BY = "2026-11-23.1", "2026-11-23.1-hotfix.1", "ada@bridge"
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
mirror.revert(pull, "2026-11-23.1", "2026-11-23.1-hotfix.1", "ada@bridge")
"""


@pytest.fixture
def origin(tmp_path: Path) -> GitOrigin:
    made = GitOrigin(tmp_path / "origin")
    made.squash_pr(7, "Bad", {"bad.py": "1\n"})
    made.squash_pr(8, "Good", {"good.py": "1\n"})
    GitMirror(str(made.path), tmp_path / "first").cut(RELEASE, "main", "")
    return made


def attempt(bare: Path, mirror: Path, last: int = 0) -> int:
    """How a process ended that reverts #7 and is killed at its git command number `last`."""
    argv = [sys.executable, "-c", CHILD, str(bare), str(mirror), str(last)]
    return subprocess.run(
        argv, check=False, capture_output=True, env=os.environ, cwd=Path(__file__).parents[2]
    ).returncode


def standing(origin: GitOrigin) -> set[bool]:
    """Whether the revert is on main, on the branch and under the tag: one answer, or they disagree."""
    main, branch = ("bad.py" not in origin.paths(ref) for ref in ("main", BRANCH))
    return {main, branch, bool(origin.commit_at(f"refs/tags/{TAG}"))}


def goes_on(origin: GitOrigin, mirror: Path) -> None:
    """Who comes next finishes it, once."""
    assert attempt(origin.path, mirror) == 0
    assert standing(origin) == {True}
    subjects = subprocess.run(
        ["git", "log", "--format=%s", "main"], cwd=origin.path, check=True, capture_output=True, text=True
    ).stdout
    assert subjects.count("Revert #7") == 1


def test_killed_before_any_of_its_git_commands_it_has_done_all_or_nothing(origin: GitOrigin, tmp_path: Path) -> None:
    ended, number = -signal.SIGKILL, 0
    seen: set[bool] = set()
    while ended == -signal.SIGKILL:
        number += 1
        bare, mirror = tmp_path / f"origin{number}", tmp_path / f"mirror{number}"
        shutil.copytree(origin.path, bare)
        here = GitOrigin.__new__(GitOrigin)
        here.path, here.worktree = bare, origin.worktree
        ended = attempt(bare, mirror, number)
        assert len(standing(here)) == 1, f"they disagree after a kill at command {number}"
        seen |= standing(here)
        goes_on(here, mirror)
    assert ended == 0
    assert seen == {False, True}
    assert number > 10, "it was killed at every command there is"


@pytest.mark.parametrize("hook", ["pre-receive", "update", "reference-transaction", "post-receive"])
def test_killed_while_the_server_takes_the_push_they_never_disagree(
    origin: GitOrigin, tmp_path: Path, hook: str
) -> None:
    mirror = tmp_path / "mirror"
    place = origin.path / "hooks" / hook
    place.parent.mkdir(exist_ok=True)
    place.write_text(f"#!/bin/sh\nkill -9 $(cat '{mirror}/cockpit-pid') 2>/dev/null\nexit 0\n")
    place.chmod(0o755)
    assert attempt(origin.path, mirror) == -signal.SIGKILL
    place.unlink()
    # The server is still at it, and moves ref after ref; what counts is where that ends.
    patience = time.monotonic() + 60
    while len(standing(origin)) > 1 and time.monotonic() < patience:
        time.sleep(0.02)
    assert len(standing(origin)) == 1
    goes_on(origin, mirror)
