"""The faults file, and the change on main that makes the revert of the bad PR conflict."""

from pathlib import Path

import pytest

from cockpit.adapters.git.local_repository import GitHistory
from cockpit.demo.faults import CONFLICTING_EDIT, application_name, land_conflicting_change, read_faults, write_faults
from cockpit.demo.repository import make_origin
from cockpit.demo.shop_history import Story
from cockpit.ports import Failed
from tests.git_origin import git


def test_the_last_write_replaces_the_faults(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    assert read_faults(file) == frozenset()
    write_faults(file, application_name("web-1"), "consul")
    assert read_faults(file) == {"web-1.app", "consul"}
    write_faults(file)
    assert read_faults(file) == frozenset()


def test_the_revert_of_the_bad_pr_conflicts_with_the_landed_change(tmp_path: Path) -> None:
    origin = make_origin(tmp_path / "origin.git", Story.HOTFIX, 1)
    bare = Path(origin.path)
    landed = land_conflicting_change(bare)
    assert git(bare, "rev-parse", "main") == landed
    file, _, new_text = CONFLICTING_EDIT
    assert new_text in git(bare, "show", f"main:{file}")
    history = GitHistory.at(bare)
    bad = next(pull for pull in history.pulls(origin.released, origin.head) if pull.number == origin.bad)
    commits = tuple(reversed(bad.commits))
    assert history.try_revert(commits, origin.head).clean
    assert history.try_revert(commits, landed).conflicts == (file,)


def test_a_repository_without_the_line_is_refused(tmp_path: Path) -> None:
    origin = make_origin(tmp_path / "origin.git", Story.CLEAN, 1)
    with pytest.raises(Failed, match=r"shop/checkout\.py contains"):
        land_conflicting_change(Path(origin.path))
