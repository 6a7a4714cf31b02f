import asyncio
from pathlib import Path
from time import time

from cockpit.adapters.git.mirror import GitMirror
from cockpit.control.board import Board
from cockpit.control.feeds.preview_feed import follow_preview
from tests.git_origin import GitOrigin
from tests.scenario import POLICY


async def test_a_merged_pr_is_in_the_next_preview(tmp_path: Path) -> None:
    origin = GitOrigin(tmp_path / "origin")
    board = Board(POLICY, time)
    feed = asyncio.create_task(follow_preview(board, GitMirror(str(origin.path), tmp_path / "mirror"), 0.05, time))
    try:
        await board.until(lambda s: s.preview.value is not None, 20)
        origin.squash_pr(7, "Good", {"good.txt": "good\n"})
        snapshot = await board.until(lambda s: bool(s.preview.value and s.preview.value.commit == origin.head()), 20)
        assert snapshot.preview.value
        assert snapshot.preview.value.pulls[-1].number == 7
    finally:
        feed.cancel()
        await asyncio.gather(feed, return_exceptions=True)
