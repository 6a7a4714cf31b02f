from pathlib import Path

import pytest

from cockpit.adapters.git.mirror import GitMirror
from cockpit.control.change_lookup import ChangeLookup, UnknownChange
from cockpit.rules.record.whereis import ChangeStage
from tests.git_origin import GitOrigin
from tests.scenario import Scenario


@pytest.fixture
def origin(tmp_path: Path) -> GitOrigin:
    origin = GitOrigin(tmp_path / "origin")
    origin.squash_pr(7, "Good", {"good.txt": "good\n"})
    return origin


def lookup(origin: GitOrigin, folder: Path, named: int | str) -> ChangeLookup:
    return ChangeLookup(GitMirror(str(origin.path), folder / "mirror"), named)


def test_an_unreleased_pr_is_found_on_main_by_its_number(origin: GitOrigin, tmp_path: Path) -> None:
    whereabouts = lookup(origin, tmp_path, 7).look(Scenario().snapshot)
    assert (whereabouts.change.name, whereabouts.change.title) == ("#7", "Good")
    assert whereabouts.stage is ChangeStage.UNRELEASED


def test_a_commit_is_found_by_the_start_of_its_id(origin: GitOrigin, tmp_path: Path) -> None:
    whereabouts = lookup(origin, tmp_path, origin.head()[:12]).look(Scenario().snapshot)
    assert whereabouts.change.commit == origin.head()


def test_a_pr_that_main_does_not_have_is_not_merged(origin: GitOrigin, tmp_path: Path) -> None:
    assert lookup(origin, tmp_path, 99).look(Scenario().snapshot).stage is ChangeStage.NOT_MERGED


def test_an_unknown_commit_is_an_error(origin: GitOrigin, tmp_path: Path) -> None:
    with pytest.raises(UnknownChange, match="unknown commit deadbeefdead"):
        lookup(origin, tmp_path, "deadbeefdead").look(Scenario().snapshot)
