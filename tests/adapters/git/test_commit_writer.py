"""Commits are written without a working tree. Signatures are tested in `test_reverts`."""

import pytest

from cockpit.adapters.git.commit_writer import CommitWriter
from cockpit.adapters.git.git_command import GitCalls
from tests.git_origin import GitOrigin, git


@pytest.mark.parametrize(
    ("by", "shown"), [("ada@bridge", "ada <ada@bridge>"), ("ada", "ada <ada>"), ("<>", "cockpit <cockpit>")]
)
def test_a_commit_has_the_commander_as_its_author_and_committer(origin: GitOrigin, by: str, shown: str) -> None:
    writer = CommitWriter(GitCalls(origin.worktree / ".git", "", 1.0), by)
    made = writer.write(f"{origin.head()}^{{tree}}", "Subject\n\nBody\n", origin.head())
    assert git(origin.worktree, "log", "-1", "--format=%an <%ae>|%cn <%ce>|%P", made) == (
        f"{shown}|{shown}|{origin.head()}"
    )
