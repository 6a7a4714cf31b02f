"""The mirror of a real repository: what it reads, what it pushes, and what it says where it cannot."""

import os
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from cockpit.adapters.git.mirror import GitMirror
from cockpit.ports import Failed
from tests.repositories import Town, git


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path / "town")


@pytest.fixture
def mirror(town: Town, tmp_path: Path) -> GitMirror:
    return GitMirror(str(town.origin), tmp_path / "state" / "mirror")


def test_the_mirror_is_made_on_first_use_and_made_again_when_removed(town: Town, tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    mirror = GitMirror(str(town.origin), folder)
    assert mirror.resolve("main") == town.head()
    subprocess.run(["rm", "-r", folder], check=True)
    assert mirror.resolve("main") == town.head()


def test_a_folder_that_goes_away_while_we_wait_for_the_lock_is_said(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mirror"
    monkeypatch.setattr("fcntl.flock", lambda *_: folder.rename(tmp_path / "elsewhere"))
    with pytest.raises(Failed, match=r"cannot read the mirror in .*/mirror: No such file or directory"):
        GitMirror(str(town.origin), folder).resolve("main")


def test_fetch_brings_what_is_new_and_forgets_what_is_gone(town: Town, mirror: GitMirror) -> None:
    git(town.desk, "push", "-q", "origin", "main:refs/heads/topic", "main:refs/tags/old")
    mirror.fetch()
    assert mirror.resolve("topic") == mirror.resolve("old") == town.head()
    new = town.commit("More", {"a": "1"})
    git(town.desk, "push", "-q", "origin", ":refs/heads/topic", ":refs/tags/old", "main:refs/heads/topic/deeper")
    mirror.fetch()
    assert mirror.resolve("main") == mirror.resolve("topic/deeper") == new
    for gone in ("topic", "old"):
        with pytest.raises(Failed, match=f"no branch, tag or commit {gone}"):
            mirror.resolve(gone)


def test_fetch_follows_a_main_that_was_rewritten(town: Town, mirror: GitMirror) -> None:
    mirror.fetch()
    git(town.desk, "commit", "-q", "--amend", "-m", "Begin anew")
    git(town.desk, "push", "-q", "--force", "origin", "main")
    mirror.fetch()
    assert mirror.resolve("main") == town.head()


def test_names_are_resolved_as_branch_then_tag_then_id(town: Town, mirror: GitMirror) -> None:
    first = town.head()
    git(town.desk, "tag", "-a", "-m", "words", "both")
    second = town.commit("More", {"a": "1"})
    git(town.desk, "push", "-q", "origin", "both", "main:refs/heads/both")
    mirror.fetch()
    assert mirror.resolve("both") == second
    assert mirror.resolve("refs/tags/both") == first
    assert mirror.resolve(first) == mirror.resolve(first[:8]) == first
    assert mirror.resolve("HEAD") == second


@pytest.mark.parametrize(
    "name", ["--output=x", "-x", "a..b", "a b", "a:b", "a~1", "a^", "a@{1}", "", "@", "a\nb", "x.lock", "/a", "*"]
)
def test_a_name_that_git_forbids_is_refused(mirror: GitMirror, name: str) -> None:
    with pytest.raises(Failed, match="cannot be the name of a"):
        mirror.resolve(name)
    with pytest.raises(Failed, match="cannot be the name of a"):
        mirror.cut(name, "main", "")


@pytest.mark.parametrize("url", ["--upload-pack=touch x", "-x", "", "a\nb", "a\x1b[2Jb"])
def test_a_url_that_git_could_take_for_an_option_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(Failed, match="is not the url of a repository"):
        GitMirror(url, tmp_path / "mirror")


def test_a_url_may_be_a_path_from_where_we_stand(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert GitMirror("town/origin.git", Path("mirror")).resolve("main") == town.head()


def test_two_mirrors_in_one_folder_do_not_disturb_each_other(town: Town, tmp_path: Path) -> None:
    found: list[str] = []
    folder = tmp_path / "mirror"

    def look() -> None:
        mirror = GitMirror(str(town.origin), folder)
        for _ in range(3):
            mirror.fetch()
            found.append(mirror.resolve("main"))

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [town.head()] * 9


def test_lock_files_of_a_git_that_was_killed_do_not_stop_the_next(town: Town, tmp_path: Path) -> None:
    mirror = GitMirror(str(town.origin), tmp_path / "mirror")
    mirror.fetch()
    (tmp_path / "mirror" / "refs" / "heads" / "main.lock").touch()
    new = town.commit("More", {"a": "1"})
    mirror.fetch()
    assert mirror.resolve("main") == new


# --- cutting


def test_a_cut_pushes_branch_and_tag_and_lists_the_pulls(town: Town, mirror: GitMirror) -> None:
    base = town.head()
    town.merge_pr(1, "Ring the bell", {"bell": "ding"})
    tip = town.squash_pr(2, "Ring it twice", {"bell": "ding ding"})
    cutting = mirror.cut("2026-11-23.1", "main", base)
    assert (cutting.commit, cutting.base) == (tip, base)
    assert [pull.number for pull in cutting.pulls] == [1, 2]
    assert town.at_origin("refs/heads/release/2026-11-23.1") == town.at_origin("refs/tags/2026-11-23.1") == tip


def test_cutting_twice_is_cutting_once_also_when_main_has_moved_on(town: Town, mirror: GitMirror) -> None:
    first = mirror.cut("2026-11-23.1", "main", "")
    assert mirror.cut("2026-11-23.1", "main", "") == first
    town.commit("More", {"a": "1"})
    assert mirror.cut("2026-11-23.1", "main", "") == first
    assert mirror.cut("2026-11-23.2", "main", "").commit == town.head()


def test_a_cut_completes_what_is_half_there(town: Town, mirror: GitMirror) -> None:
    git(town.desk, "push", "-q", "origin", "main:refs/heads/release/1")
    assert mirror.cut("1", "main", "").commit == town.at_origin("refs/tags/1")


def test_a_cut_is_refused_where_the_name_stands_elsewhere(town: Town, mirror: GitMirror) -> None:
    first = town.head()
    git(town.desk, "checkout", "-q", "-b", "aside")
    town.commit("Aside", {"a": "1"})
    git(town.desk, "push", "-q", "origin", "aside:refs/heads/release/1", "aside:refs/tags/1")
    with pytest.raises(Failed, match="release/1 exists already, at"):
        mirror.cut("1", "main", "")
    mirror.cut("2", "main", "")
    git(town.desk, "checkout", "-q", "main")
    second = town.commit("More", {"b": "1"})
    with pytest.raises(Failed, match=f"at {first[:10]} instead of {second[:10]}"):
        mirror.cut("2", second, "")


# --- exporting


def test_an_export_is_the_commit_and_nothing_else(town: Town, mirror: GitMirror, tmp_path: Path) -> None:
    (town.desk / "run.sh").write_text("#!/bin/sh\n")
    (town.desk / "run.sh").chmod(0o755)
    (town.desk / "link").symlink_to("README")
    tip = town.commit("All kinds", {".gitattributes": "hidden export-ignore\n", "hidden": "x", "deep/er/ä b": "y"})
    town.commit("Later", {"later": "z"})
    folder = tmp_path / "out"
    folder.mkdir()
    mirror.export(tip, folder)
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())
    assert names == [".gitattributes", "README", "deep/er/ä b", "hidden", "link", "poem.txt", "run.sh"]
    assert (folder / "link").readlink() == Path("README")
    assert stat.S_IMODE((folder / "run.sh").stat().st_mode) & 0o100
    assert not stat.S_IMODE((folder / "README").stat().st_mode) & 0o111


def test_a_commit_pushed_since_we_looked_can_be_exported(town: Town, mirror: GitMirror, tmp_path: Path) -> None:
    mirror.fetch()
    mirror.export(town.commit("More", {"a": "1"}), tmp_path / "state")
    assert (tmp_path / "state" / "a").exists()


# --- what fails


def test_a_missing_repository_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(
        Failed, match=r"(?s)cannot fetch from .*nowhere.*not appear to be a git repo.*correct the rep"
    ) as no:
        GitMirror(str(tmp_path / "nowhere.git"), tmp_path / "mirror").resolve("main")
    assert no.value.system == "git"


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    mirror = GitMirror("http://ada:secret@127.0.0.1:1/x.git", tmp_path / "mirror", network_deadline=20)
    with pytest.raises(Failed, match=r"(?s)http://127.0.0.1:1/x.git.*check the network") as no:
        mirror.fetch()
    assert "secret" not in str(no.value)


def test_a_folder_that_is_not_ours_is_left_alone(town: Town, tmp_path: Path) -> None:
    before = sorted(os.listdir(town.desk))
    with pytest.raises(Failed, match="is not a mirror of ours"):
        GitMirror(str(town.origin), town.desk).fetch()
    assert sorted(os.listdir(town.desk)) == before


def test_a_hook_that_refuses_is_heard_in_its_own_words(town: Town, mirror: GitMirror) -> None:
    hook = town.origin / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no deploys on Fridays' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(Failed, match=r"(?s)no deploys on Fridays.*let the deploying account push"):
        mirror.cut("1", "main", "")
    assert town.at_origin("refs/tags/1") == ""


def test_an_empty_remote_has_no_main(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "empty.git")
    with pytest.raises(Failed, match="has no branch, tag or commit main"):
        GitMirror(str(tmp_path / "empty.git"), tmp_path / "mirror").pulls("", "main")


def test_no_hook_of_ours_runs_and_no_setting_of_a_person_counts(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-push", "reference-transaction", "post-checkout"):
        (hooks / name).write_text("#!/bin/sh\ncase $(pwd) in *mirror) exit 1; esac\n")
        (hooks / name).chmod(0o755)
    settings = tmp_path / "gitconfig"
    settings.write_text(f"[core]\n\thooksPath = {hooks}\n[log]\n\tshowSignature = true\n\tfollow = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_DIR", str(town.desk / ".git"))
    mirror = GitMirror(str(town.origin), tmp_path / "mirror")
    assert mirror.cut("1", "main", "").commit == mirror.pulls("", "main")[-1].commits[0]
