"""New objects stay outside the repository until they are accepted."""

import pytest

from cockpit.adapters.git.git_command import GitCalls
from cockpit.adapters.git.object_quarantine import open_quarantine
from cockpit.ports import Failed
from tests.git_origin import GitOrigin, git


@pytest.fixture
def calls(origin: GitOrigin) -> GitCalls:
    return GitCalls(origin.path, str(origin.path), 1.0)


def has_object(origin: GitOrigin, name: str) -> bool:
    try:
        git(origin.path, "cat-file", "-e", name)
    except Exception:
        return False
    return True


def test_an_object_is_visible_inside_and_gone_unless_accepted(origin: GitOrigin, calls: GitCalls) -> None:
    with open_quarantine(calls) as quarantine:
        blob = quarantine.git.text("hash-object", "-w", "--stdin", stdin=b"new")
        assert quarantine.git.text("cat-file", "blob", blob) == "new"
        assert quarantine.git.text("rev-parse", "main") == origin.head(), "the repository's objects are visible too"
        assert not has_object(origin, blob)
    assert not has_object(origin, blob)


def test_accepted_objects_stay_and_throwaway_commits_do_not(origin: GitOrigin, calls: GitCalls) -> None:
    with open_quarantine(calls) as quarantine:
        tree = quarantine.git.text("rev-parse", "main^{tree}")
        blob = quarantine.git.text("hash-object", "-w", "--stdin", stdin=b"new")
        parent = quarantine.throwaway_commit(tree)
        commit = quarantine.throwaway_commit(tree, parent)
        assert quarantine.git.text("rev-parse", f"{commit}^", f"{commit}^{{tree}}").split() == [parent, tree]
        quarantine.accept()
    assert has_object(origin, blob)
    assert not has_object(origin, commit)


def test_a_repository_that_cannot_be_written_is_an_error(origin: GitOrigin, calls: GitCalls) -> None:
    with open_quarantine(calls) as quarantine:
        blob = quarantine.git.text("hash-object", "-w", "--stdin", stdin=b"new")
        (origin.path / "objects" / blob[:2]).write_text("a file instead of a folder")
        with pytest.raises(Failed, match="cannot write in"):
            quarantine.accept()
