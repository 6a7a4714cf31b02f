"""A process is killed in the middle of a revert, at each of its git commands and while the server accepts the push.

Afterwards main, the release branch and the tag all have the revert or none has, and the next process succeeds with the
same mirror.
"""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from cockpit.adapters.git.mirror import GitMirror
from tests.git_origin import GitOrigin

RELEASE, TAG, BY = "2026-11-23.1", "2026-11-23.1-hotfix.1", "ada@box"
BRANCH = f"refs/heads/release/{RELEASE}"
FORKER = """
import os, signal, sys
from pathlib import Path
from cockpit.adapters.git.mirror import GitMirror
from cockpit.adapters.git.git_command import GitCalls

def revert(origin, folder, last):
    run, count = GitCalls._run, 0
    def counted(*args, **more):
        nonlocal count
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

for line in sys.stdin:
    origin, folder, last = line.split()
    child = os.fork()
    if not child:
        code = 1
        try:
            revert(origin, Path(folder), int(last))
            code = 0
        finally:
            os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Forks a child for each revert, so that the imports, which take longer than the revert, are done once."""


@pytest.fixture(scope="module", autouse=True)
def stop_forker() -> Iterator[None]:
    yield
    with forker() as process:
        process.kill()
    forker.cache_clear()


@cache
def forker() -> "subprocess.Popen[str]":
    argv, root = [sys.executable, "-c", FORKER], Path(__file__).parents[2]
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=null, text=True, cwd=root)


@pytest.fixture
def origin(tmp_path: Path) -> GitOrigin:
    made = GitOrigin(tmp_path / "origin")
    made.squash_pr(7, "Bad", {"bad.py": "1\n"})
    made.squash_pr(8, "Good", {"good.py": "1\n"})
    GitMirror(str(made.path), tmp_path / "first").cut(RELEASE, "main", "")
    return made


def try_revert(bare: Path, mirror: Path, last: int = 0) -> int:
    """Revert #7 in a process of its own, killed at its git command number `last`; its exit code."""
    process = forker()
    assert process.stdin
    assert process.stdout
    print(bare, mirror, last, file=process.stdin, flush=True)
    return int(process.stdout.readline())


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


def test_killed_after_its_push_a_direct_revert_is_found_again(origin: GitOrigin, tmp_path: Path) -> None:
    tip = origin.commit("Clean up", {"bad.py": None, "good.py": "better\n"})
    mirror = tmp_path / "mirror"
    hook = origin.path / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nkill -9 $(cat '{mirror}/cockpit-pid') 2>/dev/null\nexit 0\n")
    hook.chmod(0o755)
    assert try_revert(origin.path, mirror) == -signal.SIGKILL
    hook.unlink()
    pushed = origin.commit_at(BRANCH)
    assert try_revert(origin.path, mirror) == 0
    assert origin.commit_at("refs/heads/main") == tip, "main has it out already"
    assert origin.commit_at(BRANCH) == origin.commit_at(f"refs/tags/{TAG}") == pushed
    assert "bad.py" not in origin.paths(BRANCH)
