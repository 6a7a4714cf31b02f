"""A real history is read as the PRs that were merged."""

import subprocess
import time
from pathlib import Path

from cockpit.adapters.git.mirror import GitMirror
from cockpit.deploy.pulls.pull_request import MergeMethod
from tests.git_origin import GitOrigin, git


def test_merges_squashes_rebases_and_direct_commits_are_distinguished(tmp_path: Path) -> None:
    origin = GitOrigin(tmp_path / "origin")
    base = origin.head()
    merge = origin.merge_pr(1, "Ring the bell", {"bell": "ding"})
    squash = origin.squash_pr(2, "Ring it twice", {"bell": "ding ding", "README": None})
    series = origin.rebase_pr(3, [("Hang it", {"rope": "1"}), ("Higher", {"rope": "2", "beam": "1"})])
    direct = origin.commit("Sweep", {"ä\nb": "dust"})
    merged, squashed, rebased, swept = GitMirror(str(origin.path), tmp_path / "mirror").pulls(base, "main")
    assert (merged.number, merged.title, merged.method, merged.commits) == (
        1,
        "Ring the bell",
        MergeMethod.MERGE,
        (merge,),
    )
    assert (squashed.number, squashed.method, squashed.commits) == (2, MergeMethod.SQUASH, (squash,))
    assert (rebased.number, rebased.title, rebased.method, rebased.commits) == (
        3,
        "Hang it",
        MergeMethod.REBASE,
        series,
    )
    assert (swept.number, swept.method, swept.commits) == (0, MergeMethod.DIRECT, (direct,))
    assert [pull.files for pull in (merged, squashed, rebased, swept)] == [
        ("bell",),
        ("README", "bell"),
        ("rope", "beam"),
        ("ä b",),
    ]
    assert merged.author == "Ada Lovelace"
    assert abs(merged.at - time.time()) < 60


def test_the_messages_of_merged_and_picked_commits_are_read(tmp_path: Path) -> None:
    origin = GitOrigin(tmp_path / "origin")
    change = "I" + "0123456789" * 4
    git(origin.worktree, "checkout", "-q", "-b", "review")
    origin.commit(f"Fix\n\nChange-Id: {change}", {"a": "1"})
    git(origin.worktree, "checkout", "-q", "main")
    git(origin.worktree, "merge", "-q", "--no-ff", "-m", 'Merge "Fix"', "review")
    git(origin.worktree, "checkout", "-q", "-b", "stable")
    git(origin.worktree, "checkout", "-q", "main")
    original = origin.squash_pr(7, "More", {"b": "1"})
    git(origin.worktree, "push", "-q", "origin", "main")
    git(origin.worktree, "checkout", "-q", "stable")
    git(origin.worktree, "cherry-pick", "-x", original)
    origin.commit(f"Gone (#8)\n\n(cherry picked from commit {'c' * 40})", {"c": "1"})
    git(origin.worktree, "push", "-q", "origin", "stable")
    _, merged, picked, gone = GitMirror(str(origin.path), tmp_path / "mirror").pulls("", "stable")
    assert (merged.change, merged.method) == (change, MergeMethod.MERGE)
    assert (picked.number, picked.method, gone.number) == (0, MergeMethod.DIRECT, 0)


def test_a_renamed_file_is_listed_with_both_names(tmp_path: Path) -> None:
    origin = GitOrigin(tmp_path / "origin")
    poem = (origin.worktree / "poem.txt").read_text()
    origin.squash_pr(4, "Rename", {"poem.txt": None, "song.txt": poem})
    assert GitMirror(str(origin.path), tmp_path / "mirror").pulls("", "main")[-1].files == ("poem.txt", "song.txt")


def test_empty_messages_empty_commits_and_foreign_bytes_are_read(tmp_path: Path) -> None:
    origin = GitOrigin(tmp_path / "origin")
    git(origin.worktree, "commit", "-q", "--allow-empty", "--allow-empty-message", "-m", "")
    subprocess.run(
        ["git", "-c", "user.name=B\x1b[31mob", "-c", "user.email=b@x", "commit", "-q", "--allow-empty", "-F", "-"],
        cwd=origin.worktree,
        input=b"caf\xe9 \x1b]0;hi\x07(#7)\n\nbody\x01\x02",
        check=True,
        capture_output=True,
    )
    tip = origin.commit("Last\nof all", {"a": "1", "b": "2"})
    _, empty, strange, last = GitMirror(str(origin.path), tmp_path / "mirror").pulls("", "main")
    assert (empty.title, empty.files) == ("", ())
    assert (strange.number, strange.title, strange.author) == (7, "café", "Bob")
    assert (last.title, last.commits, last.files) == ("Last of all", (tip,), ("a", "b"))


def test_two_hundred_pulls_are_listed_at_once(tmp_path: Path) -> None:
    origin = GitOrigin(tmp_path / "origin")
    stream = []
    for number in range(1, 201):
        message = f"Change {number} (#{number})\n\nWhy not."
        stream.append(
            f"commit refs/heads/many\ncommitter A <a@b> {1_700_000_000 + number} +0000\n"
            f"data {len(message)}\n{message}\n" + ("from refs/heads/main^0\n" if number == 1 else "")
        )
        stream.append(f"M 100644 inline src/{number % 17}/file{number}.py\ndata 2\n{number % 10}\n\n")
    subprocess.run(["git", "fast-import", "--quiet"], cwd=origin.path, input="".join(stream).encode(), check=True)
    mirror = GitMirror(str(origin.path), tmp_path / "mirror")
    mirror.fetch()
    began = time.perf_counter()
    pulls = mirror.pulls("main", "many")
    took = time.perf_counter() - began
    assert [pull.number for pull in pulls] == list(range(1, 201))
    assert pulls[0].files == ("src/1/file1.py",)
    assert took < 1.0, "0.3 s on a machine of its own"
