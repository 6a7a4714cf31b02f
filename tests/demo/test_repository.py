"""The demo's repository: merges of every kind, the same on every machine, with a bad PR that can be reverted."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cockpit.demo.repository import Origin, make_origin
from cockpit.demo.shop_history import Story
from cockpit.deploy.pulls.pull_request import Commit, MergeMethod, PullRequest, pull_requests
from tests.demo.shop_server import build_slot, shop_files

ME = ("-c", "user.name=Ada", "-c", "user.email=ada@shop.example")


def git(folder: Path | str, *args: str) -> str:
    done = subprocess.run(["git", *ME, *args], cwd=folder, capture_output=True, check=True)
    return done.stdout.decode()


def first_parents(origin: Origin, revisions: str) -> tuple[Commit, ...]:
    """The first-parent history of a revision range, oldest first."""
    text = git(
        origin.path, "log", "--first-parent", "--reverse", "--format=%H%x00%P%x00%an%x00%at%x00%B%x01", revisions
    )
    commits = []
    for record in text.split("\x01\n")[:-1]:
        sha, parents, author, at, message = record.split("\0")
        subject, _, body = message.partition("\n")
        commits.append(Commit(sha, tuple(parents.split()), author, float(at), subject, body))
    return tuple(commits)


def pulls(origin: Origin, revisions: str) -> tuple[PullRequest, ...]:
    return tuple(pull for pull in pull_requests(first_parents(origin, revisions)) if pull.number)


@pytest.fixture(scope="module")
def origins(tmp_path_factory: pytest.TempPathFactory) -> dict[MergeMethod, Origin]:
    """A repository of the hotfix story for each merge method of its bad PR."""
    folder = tmp_path_factory.mktemp("origins")
    made = [make_origin(folder / f"{seed}.git", Story.HOTFIX, seed) for seed in (1, 2, 3)]
    return {origin.method: origin for origin in made}


def test_the_seed_chooses_the_merge_method_of_the_bad_pr(origins: dict[MergeMethod, Origin]) -> None:
    assert set(origins) == {MergeMethod.MERGE, MergeMethod.SQUASH, MergeMethod.REBASE}
    assert origins[MergeMethod.MERGE].seed == 1


def test_about_forty_prs_are_merged_by_every_method_and_eight_are_unreleased(
    origins: dict[MergeMethod, Origin],
) -> None:
    origin = origins[MergeMethod.MERGE]
    merged = pulls(origin, "main")
    assert 38 <= len(merged) <= 44
    assert len({pull.number for pull in merged}) == len(merged)
    methods = [pull.method for pull in merged]
    assert methods.count(MergeMethod.MERGE) >= 10
    assert methods.count(MergeMethod.SQUASH) >= 10
    assert [len(pull.commits) for pull in merged if pull.method is MergeMethod.REBASE] == [2, 3, 2, 2]
    assert len({pull.author for pull in merged}) >= 10
    unreleased = pulls(origin, f"{origin.released}..{origin.head}")
    assert len(unreleased) == 8
    assert origin.bad in {pull.number for pull in unreleased}


def test_merge_commits_merge_branches_that_forked_earlier(origins: dict[MergeMethod, Origin]) -> None:
    origin = origins[MergeMethod.MERGE]
    merges = [commit for commit in first_parents(origin, "main") if len(commit.parents) == 2]
    forked_earlier = 0
    for merge in merges:
        base = git(origin.path, "merge-base", *merge.parents).strip()
        assert base != merge.parents[1]
        forked_earlier += base != merge.parents[0]
        assert re.match(r"Merge pull request #\d+ from \w+/[\w-]+$", merge.subject)
    assert forked_earlier > len(merges) / 2
    git(origin.path, "fsck", "--strict")


def test_the_commit_ids_depend_on_the_seed_alone(tmp_path: Path) -> None:
    first, second = (make_origin(tmp_path / name, Story.ROLLBACK, 7) for name in ("one", "two"))
    assert (first.head, first.released) == (second.head, second.released)
    assert make_origin(tmp_path / "three", Story.ROLLBACK, 8).head != first.head


def test_the_users_git_configuration_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = make_origin(tmp_path / "plain")
    (tmp_path / ".gitconfig").write_text("[commit]\n gpgsign = true\n[user]\n name = Other\n[merge]\n ff = only\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert make_origin(tmp_path / "configured").head == plain.head


def test_the_merged_tree_has_the_edits_of_every_pr(origins: dict[MergeMethod, Origin], tmp_path: Path) -> None:
    for origin in origins.values():
        git(tmp_path, "clone", "-q", origin.path, origin.method)
        tree = {
            path: (tmp_path / origin.method / path).read_text(encoding="utf-8")
            for path in git(tmp_path / origin.method, "ls-files").split()
        }
        assert tree == shop_files(Story.HOTFIX, origin.seed)


@pytest.mark.parametrize("method", [MergeMethod.MERGE, MergeMethod.SQUASH, MergeMethod.REBASE])
def test_the_revert_of_the_bad_pr_applies_to_main_and_to_a_release_branch(
    origins: dict[MergeMethod, Origin], tmp_path: Path, method: MergeMethod
) -> None:
    origin = origins[method]
    git(tmp_path, "clone", "-q", origin.path, "clone")
    clone = tmp_path / "clone"
    git(clone, "branch", "release")
    bad = next(pull for pull in pulls(origin, "main") if pull.number == origin.bad)
    assert bad.method is method
    mainline = ("-m", "1") if method is MergeMethod.MERGE else ()
    git(clone, "revert", "--no-edit", *mainline, *reversed(bad.commits))
    assert "fields[" not in (clone / "shop" / "checkout.py").read_text(encoding="utf-8")
    reverts = git(clone, "rev-list", "--reverse", f"{origin.head}..HEAD").split()
    git(clone, "checkout", "-q", "release")
    git(clone, "cherry-pick", "-x", *reverts)
    assert git(clone, "diff", "release", "main") == ""


def test_hostile_titles_reach_the_commits_unchanged(origins: dict[MergeMethod, Origin]) -> None:
    text = git(origins[MergeMethod.MERGE].path, "log", "--format=%an%n%B", "main")
    for hostile in ("[WIP] handle [/api/v1] route", "[@click=app.quit]", "\x1b[31m", "\x1b]0;", "\u202e", "🚀"):
        assert hostile in text


def test_a_build_is_reproducible_and_shows_its_commit_on_every_page(tmp_path: Path) -> None:
    files = shop_files()
    one, two = (build_slot(files, tmp_path / name, "c0ffee", "x") for name in ("one", "two"))
    listed = [path.relative_to(one) for path in sorted(one.rglob("*")) if path.is_file()]
    assert [path.relative_to(two) for path in sorted(two.rglob("*")) if path.is_file()] == listed
    assert all((one / path).read_bytes() == (two / path).read_bytes() for path in listed)
    assert all("shop at c0ffee<" in page.read_text(encoding="utf-8") for page in (one / "pages").iterdir())
    shutil.rmtree(one)
