from pathlib import Path

import pytest

from cockpit.adapters.git.local_repository import GitHistory
from cockpit.demo.faults import RIVAL, application, land_rival, read_faults, write_faults
from cockpit.demo.processes.supervisor import Child
from cockpit.demo.repository import make_origin
from cockpit.demo.shop_history import Story
from cockpit.ports import Failed
from tests.git_origin import git


def test_what_is_to_be_down_is_what_was_written_last(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    assert read_faults(file) == frozenset()
    write_faults(file, application("web-1"), "consul")
    assert read_faults(file) == {"web-1.app", "consul"}
    write_faults(file)
    assert read_faults(file) == frozenset()


def test_a_child_is_called_by_its_log_and_dies_at_once(tmp_path: Path) -> None:
    child = Child(tmp_path / "web-1.app.log", "sleep", "60", module=False)
    assert child.name == application("web-1")
    child.kill()
    child.start()
    assert child.lives
    child.kill()
    assert not child.lives


def test_the_colleagues_change_makes_the_revert_conflict(tmp_path: Path) -> None:
    origin = make_origin(tmp_path / "origin.git", Story.HOTFIX, 1)
    bare = Path(origin.path)
    landed = land_rival(bare)
    assert git(bare, "rev-parse", "main") == landed
    assert RIVAL[2] in git(bare, "show", f"main:{RIVAL[0]}")
    history = GitHistory.at(bare)
    bad = next(pull for pull in history.pulls(origin.released, origin.head) if pull.number == origin.bad)
    commits = tuple(reversed(bad.commits))
    assert history.try_revert(commits, origin.head).clean
    assert history.try_revert(commits, landed).conflicts == (RIVAL[0],)


def test_a_repository_without_that_line_is_refused_in_words(tmp_path: Path) -> None:
    origin = make_origin(tmp_path / "origin.git", Story.CLEAN, 1)
    with pytest.raises(Failed, match=r"shop/checkout\.py has"):
        land_rival(Path(origin.path))
