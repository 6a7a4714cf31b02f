"""The mirror of a real repository: names are resolved, releases cut, and commits exported."""

import stat
from pathlib import Path

import pytest

from cockpit.adapters.git.mirror import GitMirror
from cockpit.ports import Failed
from tests.repositories import Town, git


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
def test_an_invalid_ref_name_is_refused(mirror: GitMirror, name: str) -> None:
    with pytest.raises(Failed, match="is not a valid"):
        mirror.resolve(name)
    with pytest.raises(Failed, match="is not a valid"):
        mirror.cut(name, "main", "")


def test_a_cut_pushes_branch_and_tag_and_lists_the_pulls(town: Town, mirror: GitMirror) -> None:
    base = town.head()
    town.merge_pr(1, "Ring the bell", {"bell": "ding"})
    tip = town.squash_pr(2, "Ring it twice", {"bell": "ding ding"})
    cutting = mirror.cut("2026-11-23.1", "main", base)
    assert (cutting.commit, cutting.base) == (tip, base)
    assert [pull.number for pull in cutting.pulls] == [1, 2]
    assert town.at_origin("refs/heads/release/2026-11-23.1") == town.at_origin("refs/tags/2026-11-23.1") == tip


def test_cutting_is_idempotent_even_if_main_has_moved_on(town: Town, mirror: GitMirror) -> None:
    first = mirror.cut("2026-11-23.1", "main", "")
    assert mirror.cut("2026-11-23.1", "main", "") == first
    town.commit("More", {"a": "1"})
    assert mirror.cut("2026-11-23.1", "main", "") == first
    assert mirror.cut("2026-11-23.2", "main", "").commit == town.head()


def test_a_cut_adds_the_missing_tag(town: Town, mirror: GitMirror) -> None:
    git(town.desk, "push", "-q", "origin", "main:refs/heads/release/1")
    assert mirror.cut("1", "main", "").commit == town.at_origin("refs/tags/1")


def test_a_cut_is_refused_if_the_ref_is_at_another_commit(town: Town, mirror: GitMirror) -> None:
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


def test_an_export_has_exactly_the_commits_files(town: Town, mirror: GitMirror, tmp_path: Path) -> None:
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


def test_a_commit_pushed_since_the_last_fetch_can_be_exported(town: Town, mirror: GitMirror, tmp_path: Path) -> None:
    mirror.fetch()
    folder = tmp_path / "out"
    folder.mkdir()
    mirror.export(town.commit("More", {"a": "1"}), folder)
    assert (folder / "a").exists()


def test_an_empty_remote_has_no_main(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "empty.git")
    with pytest.raises(Failed, match="has no branch, tag or commit main"):
        GitMirror(str(tmp_path / "empty.git"), tmp_path / "mirror").pulls("", "main")


def test_no_local_hook_runs_and_no_personal_setting_applies(
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
