"""The company's repository: real merges of every kind, the same on every machine, and faults that can be taken out."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cockpit.demo.repository import Origin, make_origin
from cockpit.demo.shop_history import Story
from cockpit.deploy.pulls.pull_request import Commit, How, PullRequest, pull_requests
from tests.demo.shops import build_slot, shop_files

ME = ("-c", "user.name=Ada", "-c", "user.email=ada@shop.example")


def git(folder: Path | str, *args: str) -> str:
    done = subprocess.run(["git", *ME, *args], cwd=folder, capture_output=True, check=True)
    return done.stdout.decode()


def first_parents(origin: Origin, reach: str) -> tuple[Commit, ...]:
    """The first-parent line of `reach`, oldest first, as git tells it."""
    said = git(origin.path, "log", "--first-parent", "--reverse", "--format=%H%x00%P%x00%an%x00%at%x00%B%x01", reach)
    commits = []
    for record in said.split("\x01\n")[:-1]:
        sha, parents, author, at, message = record.split("\0")
        subject, _, body = message.partition("\n")
        commits.append(Commit(sha, tuple(parents.split()), author, float(at), subject, body))
    return tuple(commits)


def pulls(origin: Origin, reach: str) -> tuple[PullRequest, ...]:
    return tuple(pull for pull in pull_requests(first_parents(origin, reach)) if pull.number)


@pytest.fixture(scope="module")
def origins(tmp_path_factory: pytest.TempPathFactory) -> dict[How, Origin]:
    """One repository of the hotfix story for every way in which its bad PR may land."""
    folder = tmp_path_factory.mktemp("origins")
    made = [make_origin(folder / f"{seed}.git", Story.HOTFIX, seed) for seed in (1, 2, 3)]
    return {origin.how: origin for origin in made}


def test_seed_1_lands_the_bad_pr_as_a_merge_commit_and_others_in_other_ways(origins: dict[How, Origin]) -> None:
    assert set(origins) == {How.MERGE, How.SQUASH, How.REBASE}
    assert origins[How.MERGE].seed == 1


def test_some_forty_prs_landed_in_every_way_and_eight_are_unreleased(origins: dict[How, Origin]) -> None:
    origin = origins[How.MERGE]
    landed = pulls(origin, "main")
    assert 38 <= len(landed) <= 44
    assert len({pull.number for pull in landed}) == len(landed)
    ways = [pull.how for pull in landed]
    assert ways.count(How.MERGE) >= 10
    assert ways.count(How.SQUASH) >= 10
    assert [len(pull.commits) for pull in landed if pull.how is How.REBASE] == [2, 3, 2, 2]
    assert len({pull.author for pull in landed}) >= 10
    unreleased = pulls(origin, f"{origin.released}..{origin.head}")
    assert len(unreleased) == 8
    assert origin.bad in {pull.number for pull in unreleased}


def test_merges_are_true_merges_of_branches_that_forked_earlier(origins: dict[How, Origin]) -> None:
    origin = origins[How.MERGE]
    merges = [commit for commit in first_parents(origin, "main") if len(commit.parents) == 2]
    forked_earlier = 0
    for merge in merges:
        base = git(origin.path, "merge-base", *merge.parents).strip()
        assert base != merge.parents[1]
        forked_earlier += base != merge.parents[0]
        assert re.match(r"Merge pull request #\d+ from \w+/[\w-]+$", merge.subject)
    assert forked_earlier > len(merges) / 2
    git(origin.path, "fsck", "--strict")


def test_the_same_seed_makes_the_same_commits_and_another_one_others(tmp_path: Path) -> None:
    first, second = (make_origin(tmp_path / name, Story.ROLLBACK, 7) for name in ("one", "two"))
    assert (first.head, first.released) == (second.head, second.released)
    assert make_origin(tmp_path / "three", Story.ROLLBACK, 8).head != first.head


def test_nobodys_git_configuration_takes_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = make_origin(tmp_path / "plain")
    (tmp_path / ".gitconfig").write_text("[commit]\n gpgsign = true\n[user]\n name = Other\n[merge]\n ff = only\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert make_origin(tmp_path / "configured").head == plain.head


def test_what_git_merged_is_what_the_story_says(origins: dict[How, Origin], tmp_path: Path) -> None:
    for origin in origins.values():
        git(tmp_path, "clone", "-q", origin.path, origin.how)
        said = {
            path: (tmp_path / origin.how / path).read_text(encoding="utf-8")
            for path in git(tmp_path / origin.how, "ls-files").split()
        }
        assert said == shop_files(Story.HOTFIX, origin.seed)


@pytest.mark.parametrize("how", [How.MERGE, How.SQUASH, How.REBASE])
def test_the_bad_pr_reverts_cleanly_on_main_and_picks_onto_a_release(
    origins: dict[How, Origin], tmp_path: Path, how: How
) -> None:
    origin = origins[how]
    git(tmp_path, "clone", "-q", origin.path, "clone")
    clone = tmp_path / "clone"
    git(clone, "branch", "release")
    bad = next(pull for pull in pulls(origin, "main") if pull.number == origin.bad)
    assert bad.how is how
    mainline = ("-m", "1") if how is How.MERGE else ()
    git(clone, "revert", "--no-edit", *mainline, *reversed(bad.commits))
    assert "fields[" not in (clone / "shop" / "checkout.py").read_text(encoding="utf-8")
    reverts = git(clone, "rev-list", "--reverse", f"{origin.head}..HEAD").split()
    git(clone, "checkout", "-q", "release")
    git(clone, "cherry-pick", "-x", *reverts)
    assert git(clone, "diff", "release", "main") == ""


def test_titles_and_a_name_are_hostile_as_written(origins: dict[How, Origin]) -> None:
    said = git(origins[How.MERGE].path, "log", "--format=%an%n%B", "main")
    for hostile in ("[WIP] handle [/api/v1] route", "[@click=app.quit]", "\x1b[31m", "\x1b]0;", "\u202e", "🚀"):
        assert hostile in said


def test_a_build_is_the_same_each_time_and_shows_its_commit_on_every_page(tmp_path: Path) -> None:
    files = shop_files()
    one, two = (build_slot(files, tmp_path / name, "c0ffee", "x") for name in ("one", "two"))
    listed = [path.relative_to(one) for path in sorted(one.rglob("*")) if path.is_file()]
    assert [path.relative_to(two) for path in sorted(two.rglob("*")) if path.is_file()] == listed
    assert all((one / path).read_bytes() == (two / path).read_bytes() for path in listed)
    assert all("shop at c0ffee<" in page.read_text(encoding="utf-8") for page in (one / "pages").iterdir())
    shutil.rmtree(one)
