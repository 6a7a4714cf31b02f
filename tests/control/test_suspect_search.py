from pathlib import Path

import pytest

from cockpit.adapters.error_reports.file import FileErrorReports
from cockpit.adapters.git.local_repository import GitHistory
from cockpit.control.suspect_search import find_suspects
from cockpit.ports import Failed
from tests.git_origin import GitOrigin, git, poem

PYTHON = 'Traceback (most recent call last):\n  File "/srv/app/{path}", line {line}, in total\n    x\nKeyError: 1\n'


@pytest.fixture
def origin(tmp_path: Path) -> GitOrigin:
    """Forty PRs on top of the poem, one of them a merge, one moves the poem."""
    made = GitOrigin(tmp_path / "origin")
    for number in range(1, 36):
        made.squash_pr(number, f"Add page {number}", {f"pages/{number}.py": "def page(): ...\n"})
    made.merge_pr(36, "Price by weight", {"poem.txt": poem(line7="price_by_weight()")})
    made.squash_pr(37, "Reword", {"poem.txt": poem(line7="price_by_weight()", line19="later")})
    text = poem(line7="price_by_weight()", line19="later")
    made.squash_pr(38, "Move", {"poem.txt": None, "shop/cart.py": text})
    return made


def blamed(origin: GitOrigin, report: str) -> tuple[int, str, str]:
    history = GitHistory.at(origin.path)
    best = find_suspects(history, git(origin.worktree, "rev-list", "--max-parents=0", "HEAD"), "main", report)[0]
    assert best.pull
    return best.pull.number, best.commit, best.reason


def test_the_merge_that_brought_the_line_is_found_although_its_file_was_moved(origin: GitOrigin) -> None:
    merge = git(origin.worktree, "log", "--format=%H", "--merges", "-1")
    reason = "changed shop/cart.py:7, which is frame 1 of the error"
    assert blamed(origin, PYTHON.format(path="shop/cart.py", line=7)) == (36, merge, reason)


def test_the_line_decides_between_two_prs_that_changed_the_file(origin: GitOrigin) -> None:
    assert blamed(origin, PYTHON.format(path="shop/cart.py", line=19))[0] == 37


def test_a_symbol_in_the_message_leads_to_the_pr_that_changed_it(origin: GitOrigin) -> None:
    origin.squash_pr(39, "Ring it up", {"pages/9.py": "def ring_it_up(): ...\n"})
    assert blamed(origin, "TypeError in `ring_it_up`")[0] == 39


def test_frames_past_the_end_and_removed_files_are_harmless(origin: GitOrigin) -> None:
    assert blamed(origin, PYTHON.format(path="shop/cart.py", line=9_999_999))[0] in (37, 38)
    origin.squash_pr(39, "Drop it", {"shop/cart.py": None})
    assert blamed(origin, PYTHON.format(path="shop/cart.py", line=7))[0] == 39


@pytest.mark.parametrize("name", ["--output=x", "a b\tc", 'q"uote', "naïve", ":(top)x", "*"])
def test_files_with_odd_names_are_read(origin: GitOrigin, name: str) -> None:
    sha = origin.squash_pr(40, "Odd", {f"{name}.py": "one\ntwo\nodd_thing()\n"})
    history = GitHistory.at(origin.worktree)
    assert [edit.path for edit in history.edits(f"{sha}~1", sha)[sha]] == [f"{name}.py"]
    assert history.blame(f"{sha}~1", sha, f"{name}.py", [(1, 40)]) == {1: sha, 2: sha, 3: sha}
    assert history.mentions(f"{sha}~1", sha, ["odd_thing"]) == {sha: frozenset({"odd_thing"})}
    assert f"{name}.py" in history.files(sha)


def test_only_the_end_of_a_long_report_is_read(tmp_path: Path) -> None:
    report = tmp_path / "errors.log"
    report.write_text("x" * 500_000 + "newest")
    assert FileErrorReports(report).latest().endswith("newest")
    with pytest.raises(Failed, match="cannot read"):
        FileErrorReports(tmp_path).latest()


def test_blame_leaves_out_lines_older_than_the_range(origin: GitOrigin) -> None:
    history = GitHistory.at(origin.worktree)
    assert history.blame("HEAD~1", "HEAD", "shop/cart.py", [(1, 20)]) == {}


def test_edits_distinguish_new_moved_and_binary_files(origin: GitOrigin) -> None:
    (origin.worktree / "logo").write_bytes(bytes(range(256)))
    sha = origin.commit("Logo", {})
    history = GitHistory.at(origin.worktree)
    edits = history.edits(f"{sha}~2", sha)
    (logo,) = edits[sha]
    assert (logo.path, logo.added, logo.new) == ("logo", 1, True)
    (moved,) = edits[git(origin.worktree, "rev-parse", f"{sha}~1")]
    assert (moved.old_path, moved.path, moved.new) == ("poem.txt", "shop/cart.py", False)
