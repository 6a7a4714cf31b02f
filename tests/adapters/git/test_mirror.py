"""The mirror of a real repository: names are resolved, releases cut, and commits exported."""

import stat
from pathlib import Path

import pytest

from cockpit.adapters.git.mirror import GitMirror
from cockpit.ports import Failed
from tests.git_origin import GitOrigin, git


def test_names_are_resolved_as_branch_then_tag_then_id(origin: GitOrigin, mirror: GitMirror) -> None:
    first = origin.head()
    git(origin.worktree, "tag", "-a", "-m", "words", "both")
    second = origin.commit("More", {"a": "1"})
    git(origin.worktree, "push", "-q", "origin", "both", "main:refs/heads/both")
    mirror.fetch()
    assert mirror.resolve("both") == second
    assert mirror.resolve("refs/tags/both") == first
    assert mirror.resolve(first) == mirror.resolve(first[:8]) == first
    assert mirror.resolve("HEAD") == second


@pytest.mark.parametrize(
    "name", ["--output=x", "-x", "a..b", "a b", "a:b", "a~1", "a^", "a@{1}", "", "@", "a\nb", "x.lock", "/a", "*"]
)
def test_an_invalid_ref_name_is_refused(mirror: GitMirror, name: str) -> None:
    with pytest.raises(Failed, match="is not a valid"):
        mirror.resolve(name)
    with pytest.raises(Failed, match="is not a valid"):
        mirror.cut(name, "main", "")


def test_a_cut_pushes_branch_and_tag_and_lists_the_pulls(origin: GitOrigin, mirror: GitMirror) -> None:
    base = origin.head()
    origin.merge_pr(1, "Ring the bell", {"bell": "ding"})
    tip = origin.squash_pr(2, "Ring it twice", {"bell": "ding ding"})
    cutting = mirror.cut("2026-11-23.1", "main", base)
    assert (cutting.commit, cutting.base) == (tip, base)
    assert [pull.number for pull in cutting.pulls] == [1, 2]
    assert origin.commit_at("refs/heads/release/2026-11-23.1") == origin.commit_at("refs/tags/2026-11-23.1") == tip


def test_cutting_a_commit_is_idempotent_even_if_main_has_moved_on(origin: GitOrigin, mirror: GitMirror) -> None:
    tip = origin.head()
    first = mirror.cut("2026-11-23.1", tip, "")
    origin.commit("More", {"a": "1"})
    assert mirror.cut("2026-11-23.1", tip, "") == first
    assert mirror.cut("2026-11-23.2", "main", "").commit == origin.head()


def test_a_cut_does_not_take_over_the_branch_of_a_lost_release(origin: GitOrigin, mirror: GitMirror) -> None:
    """The log was restored from a backup, so its ids begin again: main was once where the lost release was cut."""
    lost = mirror.cut("2026-11-23.1", "main", "").commit
    tip = origin.commit("More", {"a": "1"})
    words = f"release/2026-11-23.1 exists already, at {lost[:10]} instead of {tip[:10]}"
    with pytest.raises(Failed, match=words):
        mirror.cut("2026-11-23.1", "main", "")
    with pytest.raises(Failed, match=words):
        mirror.cut("2026-11-23.1", tip, "")


def test_the_names_of_releases_are_those_of_branches_and_tags(origin: GitOrigin, mirror: GitMirror) -> None:
    mirror.cut("2026-11-23.1", "main", "")
    git(origin.worktree, "push", "-q", "origin", "main:refs/heads/release/2026-11-23.2", "main:refs/tags/v1")
    mirror.fetch()
    assert sorted(mirror.release_names()) == ["2026-11-23.1", "2026-11-23.2", "v1"]


def test_a_cut_adds_the_missing_tag(origin: GitOrigin, mirror: GitMirror) -> None:
    git(origin.worktree, "push", "-q", "origin", "main:refs/heads/release/1")
    assert mirror.cut("1", "main", "").commit == origin.commit_at("refs/tags/1")


def test_a_cut_is_refused_if_the_ref_is_at_another_commit(origin: GitOrigin, mirror: GitMirror) -> None:
    first = origin.head()
    git(origin.worktree, "checkout", "-q", "-b", "aside")
    origin.commit("Aside", {"a": "1"})
    git(origin.worktree, "push", "-q", "origin", "aside:refs/heads/release/1", "aside:refs/tags/1")
    with pytest.raises(Failed, match="release/1 exists already, at"):
        mirror.cut("1", "main", "")
    mirror.cut("2", "main", "")
    git(origin.worktree, "checkout", "-q", "main")
    second = origin.commit("More", {"b": "1"})
    with pytest.raises(Failed, match=f"at {first[:10]} instead of {second[:10]}"):
        mirror.cut("2", second, "")


def test_an_export_has_exactly_the_commits_files(origin: GitOrigin, mirror: GitMirror, tmp_path: Path) -> None:
    (origin.worktree / "run.sh").write_text("#!/bin/sh\n")
    (origin.worktree / "run.sh").chmod(0o755)
    (origin.worktree / "link").symlink_to("README")
    tip = origin.commit("All kinds", {".gitattributes": "hidden export-ignore\n", "hidden": "x", "deep/er/ä b": "y"})
    origin.commit("Later", {"later": "z"})
    folder = tmp_path / "out"
    folder.mkdir()
    mirror.export(tip, folder)
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())
    assert names == [".gitattributes", "README", "deep/er/ä b", "hidden", "link", "poem.txt", "run.sh"]
    assert (folder / "link").readlink() == Path("README")
    assert stat.S_IMODE((folder / "run.sh").stat().st_mode) & 0o100
    assert not stat.S_IMODE((folder / "README").stat().st_mode) & 0o111


def test_a_commit_pushed_since_the_last_fetch_can_be_exported(
    origin: GitOrigin, mirror: GitMirror, tmp_path: Path
) -> None:
    mirror.fetch()
    folder = tmp_path / "out"
    folder.mkdir()
    mirror.export(origin.commit("More", {"a": "1"}), folder)
    assert (folder / "a").exists()


def test_an_empty_remote_has_no_main(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "empty.git")
    with pytest.raises(Failed, match="has no branch, tag or commit main"):
        GitMirror(str(tmp_path / "empty.git"), tmp_path / "mirror").pulls("", "main")


def test_no_local_hook_runs_and_no_personal_setting_applies(
    origin: GitOrigin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("pre-push", "reference-transaction", "post-checkout"):
        (hooks / name).write_text("#!/bin/sh\ncase $(pwd) in *mirror) exit 1; esac\n")
        (hooks / name).chmod(0o755)
    settings = tmp_path / "gitconfig"
    settings.write_text(f"[core]\n\thooksPath = {hooks}\n[log]\n\tshowSignature = true\n\tfollow = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_DIR", str(origin.worktree / ".git"))
    mirror = GitMirror(str(origin.path), tmp_path / "mirror")
    assert mirror.cut("1", "main", "").commit == mirror.pulls("", "main")[-1].commits[0]
