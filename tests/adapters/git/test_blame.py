"""The commits that changed a file, a line or a symbol."""

import pytest

from cockpit.adapters.git.blame import blame_lines, edits, mentions, paths_at
from cockpit.adapters.git.git_command import GitCalls
from cockpit.deploy.suspects.source_paths import Edit
from tests.git_origin import GitOrigin, git, poem


@pytest.fixture
def calls(origin: GitOrigin) -> GitCalls:
    return GitCalls(origin.worktree / ".git", str(origin.worktree), 1.0)


def test_edits_have_counts_renames_and_new_files_and_a_merge_stands_for_its_commits(
    origin: GitOrigin, calls: GitCalls
) -> None:
    base = origin.head()
    (origin.worktree / "a.bin").write_bytes(b"\0\1")
    squash = origin.squash_pr(7, "Squash", {"poem.txt": None, "verse.txt": poem(line3="new"), "ä b.py": "1\n2\n"})
    merge = origin.merge_pr(8, "Merge", {"ä b.py": "1\n3\n"})
    found = edits(calls, base, merge)
    assert list(found) == [squash, merge]
    assert set(found[squash]) == {
        Edit("verse.txt", "poem.txt", 1, 1),
        Edit("ä b.py", "ä b.py", 2, 0, new=True),
        Edit("a.bin", "a.bin", 1, 1, new=True),
    }
    assert found[merge] == (Edit("ä b.py", "ä b.py", 1, 1),)
    assert sum(map(len, edits(calls, "", base).values())) == 2, "an empty base means the whole history"


def test_blame_names_the_commit_of_the_range_that_changed_a_line(origin: GitOrigin, calls: GitCalls) -> None:
    base = origin.head()
    first = origin.squash_pr(7, "First", {"poem.txt": poem(line3="a", line5="a")})
    second = origin.squash_pr(8, "Second", {"poem.txt": poem(line3="a", line5="b")})
    assert blame_lines(calls, base, second, "poem.txt", [(1, 4), (5, 900)]) == {3: first, 5: second}
    assert blame_lines(calls, base, second, "poem.txt", [(500, 900)]) == {}
    assert blame_lines(calls, base, second, "missing.txt", [(1, 4)]) == {}


def test_mentions_are_whole_words_in_changed_lines(origin: GitOrigin, calls: GitCalls) -> None:
    base = origin.head()
    first = origin.squash_pr(7, "First", {"cart.py": "total = price\n", "vendored.py": "discount\n"})
    second = origin.squash_pr(8, "Second", {"other.py": "totals = 1\n"})
    symbols = ("price", "total", "discount")
    assert mentions(calls, base, second, symbols, ["vendored.py"]) == {
        first: frozenset({"price", "total"}),
        second: frozenset(),
    }
    assert "discount" in mentions(calls, base, second, symbols)[first]


def test_every_path_of_the_tree_is_listed(origin: GitOrigin, calls: GitCalls) -> None:
    head = origin.commit("More", {"deep/er/ä\tb": "1"})
    assert paths_at(calls, head) == ("README", "deep/er/ä\tb", "poem.txt")
    assert git(origin.worktree, "status", "--short") == ""
