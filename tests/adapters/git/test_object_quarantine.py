"""New objects stay outside the repository until they are accepted."""

import pytest

from cockpit.adapters.git.git_command import GitCalls
from cockpit.adapters.git.object_quarantine import open_quarantine
from cockpit.ports import Failed
from tests.repositories import Town, git


@pytest.fixture
def calls(town: Town) -> GitCalls:
    return GitCalls(town.origin, str(town.origin), 1.0)


def has_object(town: Town, name: str) -> bool:
    try:
        git(town.origin, "cat-file", "-e", name)
    except Exception:
        return False
    return True


def test_an_object_is_visible_inside_and_gone_unless_accepted(town: Town, calls: GitCalls) -> None:
    with open_quarantine(calls) as quarantine:
        blob = quarantine.git.text("hash-object", "-w", "--stdin", stdin=b"new")
        assert quarantine.git.text("cat-file", "blob", blob) == "new"
        assert quarantine.git.text("rev-parse", "main") == town.head(), "the repository's objects are visible too"
        assert not has_object(town, blob)
    assert not has_object(town, blob)


def test_accepted_objects_stay_and_throwaway_commits_do_not(town: Town, calls: GitCalls) -> None:
    with open_quarantine(calls) as quarantine:
        tree = quarantine.git.text("rev-parse", "main^{tree}")
        blob = quarantine.git.text("hash-object", "-w", "--stdin", stdin=b"new")
        parent = quarantine.throwaway_commit(tree)
        commit = quarantine.throwaway_commit(tree, parent)
        assert quarantine.git.text("rev-parse", f"{commit}^", f"{commit}^{{tree}}").split() == [parent, tree]
        quarantine.accept()
    assert has_object(town, blob)
    assert not has_object(town, commit)


def test_a_repository_that_cannot_be_written_is_an_error(town: Town, calls: GitCalls) -> None:
    with open_quarantine(calls) as quarantine:
        blob = quarantine.git.text("hash-object", "-w", "--stdin", stdin=b"new")
        (town.origin / "objects" / blob[:2]).write_text("a file instead of a folder")
        with pytest.raises(Failed, match="cannot write in"):
            quarantine.accept()
