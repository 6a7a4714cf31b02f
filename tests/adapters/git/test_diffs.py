"""The diff of a PR is limited in size and free of control characters."""

import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from cockpit.adapters.git import diffs
from cockpit.adapters.git.local_repository import GitHistory
from cockpit.deploy.pulls.diff import MAX_LINE, PullDiff, patch_hunks
from cockpit.ports import Failed
from tests.repositories import Town, git, poem


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path / "town")


def newest(town: Town) -> PullDiff:
    history = GitHistory.at(town.desk)
    return history.change(history.pulls("HEAD~1", "HEAD")[-1])


def test_a_squashed_pr_has_a_message_line_counts_and_patches(town: Town) -> None:
    town.squash_pr(7, "Bad", {"poem.txt": poem(line3="bad"), "bad.py": "a = 1\nb = 2\n"})
    change = newest(town)
    parts = {part.path: part for part in change.files}
    assert (parts["bad.py"].added, parts["bad.py"].removed) == (2, 0)
    assert parts["bad.py"].patch == ("@@ -0,0 +1,2 @@", "+a = 1", "+b = 2")
    assert parts["poem.txt"].patch[0].startswith("@@ ")
    assert "+bad" in "".join(parts["poem.txt"].patch)
    assert (change.added, change.removed) == (3, 1)


def test_a_merge_has_all_its_files_and_a_root_commit_has_a_diff(town: Town) -> None:
    town.merge_pr(8, "More", {"poem.txt": poem(line12="more"), "new.txt": "x\n"})
    change = newest(town)
    assert {part.path for part in change.files} == {"poem.txt", "new.txt"}
    assert change.commits
    first = git(town.desk, "rev-list", "--max-parents=0", "HEAD")
    whole = diffs.change(GitHistory.at(town.desk)._git, [first])
    assert whole.files
    assert all(part.removed == 0 for part in whole.files)


def test_binary_large_and_too_many_files_are_listed_without_a_patch(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diffs, "MAX_LINES", 5)
    monkeypatch.setattr(diffs, "MAX_BYTES", 100)
    (town.desk / "a.bin").write_bytes(b"\0\1\2" * 9)
    (town.desk / "b.txt").write_text("long " * 100 + "\n")
    (town.desk / "c.txt").write_text("1\n2\n3\n4\n")
    (town.desk / "d.txt").write_text("1\n2\n3\n")
    git(town.desk, "add", ".")
    git(town.desk, "commit", "-qm", "Much (#9)")
    parts = {part.path: part for part in newest(town).files}
    assert parts["a.bin"].omitted == "binary"
    assert parts["b.txt"].omitted.startswith("too large to show")
    assert parts["c.txt"].patch[1:] == ("+1", "+2", "+3", "+4")
    assert parts["d.txt"].omitted == "omitted: the first 5 lines of a PR are shown"
    assert parts["d.txt"].added == 3


def test_renames_odd_names_and_links_have_their_own_patches(town: Town) -> None:
    (town.desk / "lines.txt").write_text("".join(f"line {n}\n" for n in range(30)))
    git(town.desk, "add", ".")
    git(town.desk, "commit", "-qm", "Before (#9)")
    git(town.desk, "mv", "lines.txt", ":(top)*.txt")
    (town.desk / ":(top)*.txt").write_text("".join(f"line {n}\n" for n in range(30)) + "more\n")
    (town.desk / "link").symlink_to("nowhere")
    (town.desk / "-p \u202e.py").write_text("x = 1\n")
    git(town.desk, "add", ".")
    git(town.desk, "commit", "-qm", "After (#10)")
    parts = {part.path: part for part in newest(town).files}
    moved = parts[":(top)*.txt"]
    assert moved.old_path == "lines.txt"
    assert moved.patch[-1] == "+more"
    assert parts["-p .py"].patch == ("@@ -0,0 +1 @@", "+x = 1"), "its name is cleaned, its patch its own"
    assert "+nowhere" in parts["link"].patch


def test_control_characters_never_reach_the_terminal(town: Town) -> None:
    (town.desk / "evil.txt").write_text("\x1b[2Jwipe\u202e\tx\n" + "y" * 2 * MAX_LINE + "\n")
    git(town.desk, "add", ".")
    message = "Evil (#9)\n\n\x1b]52;c;cm0=\x07body\n"
    subprocess.run(["git", "commit", "-qF", "-"], cwd=town.desk, input=message, text=True, check=True)
    change = newest(town)
    text = "".join((*change.message, *change.commits, *(line for part in change.files for line in part.patch)))
    assert text.isprintable()
    assert "body" in change.message
    (part,) = change.files
    assert max(map(len, part.patch)) == MAX_LINE


def test_a_line_of_content_is_never_read_as_a_file_header() -> None:
    patch = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n+diff --git a/y b/y\n+@@ -9 +9 @@\n"
    assert patch_hunks(patch) == (("@@ -1 +1,2 @@", "+diff --git a/y b/y", "+@@ -9 +9 @@"),)


def test_an_unknown_commit_is_an_error(town: Town) -> None:
    history = GitHistory.at(town.desk)
    pull = history.pulls("", "HEAD")[-1]
    with pytest.raises(Failed, match="has no branch, tag or commit"):
        history.change(replace(pull, commits=("f" * 40,)))
