"""A real repository is asked who is behind an error."""

import asyncio
from contextlib import suppress
from pathlib import Path
from time import time

import pytest

from cockpit.adapters.error_reports.file import FileReports
from cockpit.adapters.git.local_repository import GitHistory
from cockpit.adapters.git.mirror import GitMirror
from cockpit.control.board import Board
from cockpit.control.feeds.suspect_feed import follow_suspects, suspects_of
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Log, Seen
from cockpit.ports import Failed
from tests.repositories import Town, git, poem
from tests.scenario import POLICY

PYTHON = 'Traceback (most recent call last):\n  File "/srv/app/{path}", line {line}, in total\n    x\nKeyError: 1\n'


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """Forty PRs on top of the poem, one of them a merge, one moves the poem."""
    made = Town(tmp_path / "town")
    for number in range(1, 36):
        made.squash_pr(number, f"Add page {number}", {f"pages/{number}.py": "def page(): ...\n"})
    made.merge_pr(36, "Price by weight", {"poem.txt": poem(line7="price_by_weight()")})
    made.squash_pr(37, "Reword", {"poem.txt": poem(line7="price_by_weight()", line19="later")})
    text = poem(line7="price_by_weight()", line19="later")
    made.squash_pr(38, "Move", {"poem.txt": None, "shop/cart.py": text})
    return made


def blamed(town: Town, report: str) -> tuple[int, str, str]:
    history = GitHistory.at(town.origin)
    best = suspects_of(history, git(town.desk, "rev-list", "--max-parents=0", "HEAD"), "main", report)[0]
    assert best.pull
    return best.pull.number, best.commit, best.reason


def test_the_merge_that_brought_the_line_is_found_though_its_file_was_moved(town: Town) -> None:
    merge = git(town.desk, "log", "--format=%H", "--merges", "-1")
    reason = "changed shop/cart.py:7, which is frame 1 of the error"
    assert blamed(town, PYTHON.format(path="shop/cart.py", line=7)) == (36, merge, reason)


def test_the_line_decides_between_two_who_touched_the_file(town: Town) -> None:
    assert blamed(town, PYTHON.format(path="shop/cart.py", line=19))[0] == 37


def test_a_symbol_in_the_message_points_to_who_changed_its_lines(town: Town) -> None:
    town.squash_pr(39, "Ring it up", {"pages/9.py": "def ring_it_up(): ...\n"})
    assert blamed(town, "TypeError in `ring_it_up`")[0] == 39


def test_frames_beyond_the_end_and_files_that_are_gone_do_no_harm(town: Town) -> None:
    assert blamed(town, PYTHON.format(path="shop/cart.py", line=9_999_999))[0] in (37, 38)
    town.squash_pr(39, "Drop it", {"shop/cart.py": None})
    assert blamed(town, PYTHON.format(path="shop/cart.py", line=7))[0] == 39


@pytest.mark.parametrize("name", ["--output=x", "a b\tc", 'q"uote', "naïve", ":(top)x", "*"])
def test_odd_names_are_files_like_others(town: Town, name: str) -> None:
    sha = town.squash_pr(40, "Odd", {f"{name}.py": "one\ntwo\nodd_thing()\n"})
    history = GitHistory.at(town.desk)
    assert [edit.path for edit in history.edits(f"{sha}~1", sha)[sha]] == [f"{name}.py"]
    assert history.blame(f"{sha}~1", sha, f"{name}.py", [(1, 40)]) == {1: sha, 2: sha, 3: sha}
    assert history.mentions(f"{sha}~1", sha, ["odd_thing"]) == {sha: frozenset({"odd_thing"})}
    assert f"{name}.py" in history.files(sha)


async def test_the_newest_report_is_followed_and_its_suspects_are_the_open_releases(town: Town, tmp_path: Path) -> None:
    mirror = GitMirror(str(town.origin), tmp_path / "mirror")
    cutting = mirror.cut("2026-11-23.1", "main", town.head("HEAD~20"))
    release = Release("2026-11-23.1", commit=cutting.commit, base=cutting.base, pulls=cutting.pulls)
    report, board = tmp_path / "errors.log", Board(POLICY, time)
    board.put(log=Seen(Log((release,)), time()))
    feed = asyncio.create_task(follow_suspects(board, mirror, FileReports(report), 0.05, time))
    try:
        nobody = await board.until(lambda seen: bool(seen.suspects.at), 20.0)
        assert nobody.suspects.value == ()
        report.write_text(PYTHON.format(path="shop/cart.py", line=7))
        found = await board.until(lambda seen: bool(seen.suspects.value), 20.0)
        best = found.suspects.value[0].pull
        assert best
        assert best.number == 36
        report.unlink()
        assert (await board.until(lambda seen: not seen.suspects.value, 20.0)).suspects.value == ()
    finally:
        feed.cancel()
        with suppress(asyncio.CancelledError):
            await feed


def test_of_a_long_report_the_end_is_read(tmp_path: Path) -> None:
    report = tmp_path / "errors.log"
    report.write_text("x" * 500_000 + "newest")
    assert FileReports(report).latest().endswith("newest")
    with pytest.raises(Failed, match="cannot be read"):
        FileReports(tmp_path).latest()


def test_lines_older_than_the_range_are_nobodys(town: Town) -> None:
    history = GitHistory.at(town.desk)
    assert history.blame("HEAD~1", "HEAD", "shop/cart.py", [(1, 20)]) == {}


def test_edits_tell_new_moved_and_binary_files(town: Town) -> None:
    (town.desk / "logo").write_bytes(bytes(range(256)))
    sha = town.commit("Logo", {})
    history = GitHistory.at(town.desk)
    edits = history.edits(f"{sha}~2", sha)
    (logo,) = edits[sha]
    assert (logo.path, logo.added, logo.new) == ("logo", 1, True)
    (moved,) = edits[git(town.desk, "rev-parse", f"{sha}~1")]
    assert (moved.old_path, moved.path, moved.new) == ("poem.txt", "shop/cart.py", False)
