"""The diff of a PR is limited in size and free of control characters."""

import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from cockpit.adapters.git import diffs
from cockpit.adapters.git.local_repository import GitHistory
from cockpit.deploy.pulls.diff import MAX_LINE, PullDiff, patch_hunks
from cockpit.ports import Failed
from tests.git_origin import GitOrigin, git, poem


@pytest.fixture
def origin(tmp_path: Path) -> GitOrigin:
    return GitOrigin(tmp_path / "origin")


def newest(origin: GitOrigin) -> PullDiff:
    history = GitHistory.at(origin.worktree)
    return history.change(history.pulls("HEAD~1", "HEAD")[-1])


def test_a_squashed_pr_has_a_message_line_counts_and_patches(origin: GitOrigin) -> None:
    origin.squash_pr(7, "Bad", {"poem.txt": poem(line3="bad"), "bad.py": "a = 1\nb = 2\n"})
    change = newest(origin)
    parts = {part.path: part for part in change.files}
    assert (parts["bad.py"].added, parts["bad.py"].removed) == (2, 0)
    assert parts["bad.py"].patch == ("@@ -0,0 +1,2 @@", "+a = 1", "+b = 2")
    assert parts["poem.txt"].patch[0].startswith("@@ ")
    assert "+bad" in "".join(parts["poem.txt"].patch)
    assert (change.added, change.removed) == (3, 1)


def test_a_merge_has_all_its_files_and_a_root_commit_has_a_diff(origin: GitOrigin) -> None:
    origin.merge_pr(8, "More", {"poem.txt": poem(line12="more"), "new.txt": "x\n"})
    change = newest(origin)
    assert {part.path for part in change.files} == {"poem.txt", "new.txt"}
    assert change.commits
    first = git(origin.worktree, "rev-list", "--max-parents=0", "HEAD")
    whole = diffs.change(GitHistory.at(origin.worktree)._git, [first])
    assert whole.files
    assert all(part.removed == 0 for part in whole.files)


def test_binary_large_and_too_many_files_are_listed_without_a_patch(
    origin: GitOrigin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diffs, "MAX_LINES", 5)
    monkeypatch.setattr(diffs, "MAX_BYTES", 100)
    (origin.worktree / "a.bin").write_bytes(b"\0\1\2" * 9)
    (origin.worktree / "b.txt").write_text("long " * 100 + "\n")
    (origin.worktree / "c.txt").write_text("1\n2\n3\n4\n")
    (origin.worktree / "d.txt").write_text("1\n2\n3\n")
    git(origin.worktree, "add", ".")
    git(origin.worktree, "commit", "-qm", "Much (#9)")
    parts = {part.path: part for part in newest(origin).files}
    assert parts["a.bin"].omitted == "binary"
    assert parts["b.txt"].omitted.startswith("too large to show")
    assert parts["c.txt"].patch[1:] == ("+1", "+2", "+3", "+4")
    assert parts["d.txt"].omitted == "omitted: the first 5 lines of a PR are shown"
    assert parts["d.txt"].added == 3


def test_renames_odd_names_and_links_have_their_own_patches(origin: GitOrigin) -> None:
    (origin.worktree / "lines.txt").write_text("".join(f"line {n}\n" for n in range(30)))
    git(origin.worktree, "add", ".")
    git(origin.worktree, "commit", "-qm", "Before (#9)")
    git(origin.worktree, "mv", "lines.txt", ":(top)*.txt")
    (origin.worktree / ":(top)*.txt").write_text("".join(f"line {n}\n" for n in range(30)) + "more\n")
    (origin.worktree / "link").symlink_to("nowhere")
    (origin.worktree / "-p \u202e.py").write_text("x = 1\n")
    git(origin.worktree, "add", ".")
    git(origin.worktree, "commit", "-qm", "After (#10)")
    parts = {part.path: part for part in newest(origin).files}
    moved = parts[":(top)*.txt"]
    assert moved.old_path == "lines.txt"
    assert moved.patch[-1] == "+more"
    assert parts["-p .py"].patch == ("@@ -0,0 +1 @@", "+x = 1"), "its name is cleaned, its patch its own"
    assert "+nowhere" in parts["link"].patch


def test_control_characters_never_reach_the_terminal(origin: GitOrigin) -> None:
    (origin.worktree / "evil.txt").write_text("\x1b[2Jwipe\u202e\tx\n" + "y" * 2 * MAX_LINE + "\n")
    git(origin.worktree, "add", ".")
    message = "Evil (#9)\n\n\x1b]52;c;cm0=\x07body\n"
    subprocess.run(["git", "commit", "-qF", "-"], cwd=origin.worktree, input=message, text=True, check=True)
    change = newest(origin)
    text = "".join((*change.message, *change.commits, *(line for part in change.files for line in part.patch)))
    assert text.isprintable()
    assert "body" in change.message
    (part,) = change.files
    assert max(map(len, part.patch)) == MAX_LINE


def test_a_line_of_content_is_never_read_as_a_file_header() -> None:
    patch = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n+diff --git a/y b/y\n+@@ -9 +9 @@\n"
    assert patch_hunks(patch) == (("@@ -1 +1,2 @@", "+diff --git a/y b/y", "+@@ -9 +9 @@"),)


def test_an_unknown_commit_is_an_error(origin: GitOrigin) -> None:
    history = GitHistory.at(origin.worktree)
    pull = history.pulls("", "HEAD")[-1]
    with pytest.raises(Failed, match="has no branch, tag or commit"):
        history.change(replace(pull, commits=("f" * 40,)))
