import asyncio
from contextlib import suppress
from pathlib import Path
from time import time

from cockpit.adapters.error_reports.file import FileErrorReports
from cockpit.adapters.git.mirror import GitMirror
from cockpit.control.board import Board
from cockpit.control.feeds.suspect_feed import follow_suspects
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Log, Seen
from tests.git_origin import GitOrigin, poem
from tests.scenario import POLICY

PYTHON = 'Traceback (most recent call last):\n  File "/srv/app/{path}", line {line}, in total\n    x\nKeyError: 1\n'


async def test_the_newest_report_is_followed_and_ranked_against_the_open_release(tmp_path: Path) -> None:
    origin = GitOrigin(tmp_path / "origin")
    origin.squash_pr(36, "Price by weight", {"shop/cart.py": poem(line7="price_by_weight()")})
    origin.squash_pr(37, "Reword", {"shop/cart.py": poem(line7="price_by_weight()", line19="later")})
    mirror = GitMirror(str(origin.path), tmp_path / "mirror")
    branch = mirror.cut("2026-11-23.1", "main", origin.head("HEAD~2"))
    release = Release("2026-11-23.1", commit=branch.commit, base=branch.base, pulls=branch.pulls)
    report, board = tmp_path / "errors.log", Board(POLICY, time)
    board.put(log=Seen(Log((release,)), time()))
    feed = asyncio.create_task(follow_suspects(board, mirror, FileErrorReports(report), 0.05, time))
    try:
        before = await board.until(lambda s: bool(s.suspects.at), 20.0)
        assert before.suspects.value == ()
        report.write_text(PYTHON.format(path="shop/cart.py", line=7))
        after = await board.until(lambda s: bool(s.suspects.value), 20.0)
        best = after.suspects.value[0].pull
        assert best
        assert best.number == 36
        report.unlink()
        assert (await board.until(lambda s: not s.suspects.value, 20.0)).suspects.value == ()
    finally:
        feed.cancel()
        with suppress(asyncio.CancelledError):
            await feed
