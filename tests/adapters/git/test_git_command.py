"""git runs with a deadline, and an old or missing git is reported."""

import os
import time
from pathlib import Path

import pytest

from cockpit.adapters.git.git_command import GitCalls, check_version
from cockpit.adapters.git.mirror import GitMirror
from cockpit.ports import Failed


@pytest.mark.parametrize("output", ["git version 2.38.0", "git version 2.39.5 (Apple Git-154)", "git version 3.0.rc1"])
def test_a_recent_git_is_accepted(output: str) -> None:
    check_version(output)


@pytest.mark.parametrize("version", ["2.37.9", "1.8.3.1", "2.9.0"])
def test_an_old_git_is_refused_with_its_version(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _put_on_path(tmp_path, f"echo git version {version}", monkeypatch)
    with pytest.raises(Failed, match=rf"version {version} is too old.*install 2\.38"):
        GitMirror("/somewhere", tmp_path / "mirror").fetch()


def test_a_commit_id_that_contains_403_is_not_an_authentication_error(tmp_path: Path) -> None:
    calls = GitCalls(tmp_path, "there", 1.0)
    stderr = "! [remote rejected] 9965e0b0d11f9a52df84f2403be595405022ee39 -> main (pre-receive hook declined)"
    assert calls.failed("cannot push", stderr).remedy.startswith("allow the deploying account to push main")
    assert "read and push" in calls.failed("cannot fetch", "The requested URL returned error: 403").remedy


def test_a_missing_git_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failed, match=r"not found on PATH.*install git"):
        GitMirror("/somewhere", tmp_path / "mirror").fetch()


def test_a_remote_that_never_answers_times_out_and_its_children_are_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssh, pid = tmp_path / "ssh.sh", tmp_path / "pid"
    ssh.write_text(f"#!/bin/sh\necho $$ > {pid}\nexec sleep 60\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("GIT_SSH", str(ssh))
    began = time.monotonic()
    with pytest.raises(Failed, match=r"git fetch did not end within 0.5 s.*check that ada@example.com:town answers"):
        GitMirror("ada@example.com:town", tmp_path / "mirror", network_deadline=0.5).fetch()
    assert time.monotonic() - began < 5
    deadline = time.monotonic() + 5
    while _alive(int(pid.read_text())) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _alive(int(pid.read_text()))


def _alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def _put_on_path(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
