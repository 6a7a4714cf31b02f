"""The mirror's folder and its remote: created, locked, fetched and reached."""

import os
import subprocess
import threading
from pathlib import Path

import pytest

from cockpit.adapters.git.mirror import GitMirror
from cockpit.ports import Failed
from tests.git_origin import GitOrigin, git


def test_the_mirror_is_created_on_first_use_and_again_if_removed(origin: GitOrigin, tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    mirror = GitMirror(str(origin.path), folder)
    assert mirror.resolve("main") == origin.head()
    subprocess.run(["rm", "-r", folder], check=True)
    assert mirror.resolve("main") == origin.head()


def test_a_folder_removed_while_waiting_for_the_lock_is_an_error(
    origin: GitOrigin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mirror"
    monkeypatch.setattr("fcntl.flock", lambda *_: folder.rename(tmp_path / "elsewhere"))
    with pytest.raises(Failed, match=r"cannot read the mirror in .*/mirror: No such file or directory"):
        GitMirror(str(origin.path), folder).resolve("main")


def test_fetch_adds_new_refs_and_removes_deleted_ones(origin: GitOrigin, mirror: GitMirror) -> None:
    git(origin.worktree, "push", "-q", "origin", "main:refs/heads/topic", "main:refs/tags/old")
    mirror.fetch()
    assert mirror.resolve("topic") == mirror.resolve("old") == origin.head()
    new = origin.commit("More", {"a": "1"})
    git(origin.worktree, "push", "-q", "origin", ":refs/heads/topic", ":refs/tags/old", "main:refs/heads/topic/deeper")
    mirror.fetch()
    assert mirror.resolve("main") == mirror.resolve("topic/deeper") == new
    for gone in ("topic", "old"):
        with pytest.raises(Failed, match=f"no branch, tag or commit {gone}"):
            mirror.resolve(gone)


def test_fetch_follows_a_force_pushed_main(origin: GitOrigin, mirror: GitMirror) -> None:
    mirror.fetch()
    git(origin.worktree, "commit", "-q", "--amend", "-m", "Begin again")
    git(origin.worktree, "push", "-q", "--force", "origin", "main")
    mirror.fetch()
    assert mirror.resolve("main") == origin.head()


@pytest.mark.parametrize("url", ["--upload-pack=touch x", "-x", "", "a\nb", "a\x1b[2Jb"])
def test_a_url_that_looks_like_an_option_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(Failed, match="is not the url of a repository"):
        GitMirror(url, tmp_path / "mirror")


def test_a_url_may_be_a_relative_path(origin: GitOrigin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert GitMirror("origin/origin.git", Path("mirror")).resolve("main") == origin.head()


def test_two_mirrors_share_one_folder(origin: GitOrigin, tmp_path: Path) -> None:
    found: list[str] = []
    folder = tmp_path / "mirror"

    def look() -> None:
        mirror = GitMirror(str(origin.path), folder)
        for _ in range(3):
            mirror.fetch()
            found.append(mirror.resolve("main"))

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [origin.head()] * 9


def test_stale_lock_files_are_removed(origin: GitOrigin, tmp_path: Path) -> None:
    mirror = GitMirror(str(origin.path), tmp_path / "mirror")
    mirror.fetch()
    (tmp_path / "mirror" / "refs" / "heads" / "main.lock").touch()
    new = origin.commit("More", {"a": "1"})
    mirror.fetch()
    assert mirror.resolve("main") == new


def test_a_missing_repository_is_reported_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(
        Failed, match=r"(?s)cannot fetch from .*nowhere.*not appear to be a git repo.*correct the rep"
    ) as failed:
        GitMirror(str(tmp_path / "nowhere.git"), tmp_path / "mirror").resolve("main")
    assert failed.value.system == "git"


def test_an_unreachable_server_is_reported_without_its_password(tmp_path: Path) -> None:
    mirror = GitMirror("http://ada:secret@127.0.0.1:1/x.git", tmp_path / "mirror", network_deadline=20)
    with pytest.raises(Failed, match=r"(?s)http://127.0.0.1:1/x.git.*check the network") as failed:
        mirror.fetch()
    assert "secret" not in str(failed.value)


def test_a_folder_that_is_not_a_mirror_is_not_touched(origin: GitOrigin, tmp_path: Path) -> None:
    before = sorted(os.listdir(origin.worktree))
    with pytest.raises(Failed, match="is not a mirror of cockpit"):
        GitMirror(str(origin.path), origin.worktree).fetch()
    assert sorted(os.listdir(origin.worktree)) == before


def test_the_message_of_a_server_hook_is_reported(origin: GitOrigin, mirror: GitMirror) -> None:
    hook = origin.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no deploys on Fridays' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(Failed, match=r"(?s)no deploys on Fridays.*allow the deploying account to push"):
        mirror.cut("1", "main", "")
    assert origin.commit_at("refs/tags/1") == ""
