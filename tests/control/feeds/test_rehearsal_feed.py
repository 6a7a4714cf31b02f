import asyncio
from contextlib import suppress
from pathlib import Path
from time import time

from msgspec.structs import replace

from cockpit.adapters.git.mirror import GitMirror
from cockpit.control.board import Board
from cockpit.control.feeds.rehearsal_feed import follow_rehearsal
from cockpit.deploy.events import Event
from cockpit.deploy.facts import RevertFailed
from cockpit.deploy.rehearsal import RehearsalResult
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Log, Seen
from tests.git_origin import GitOrigin, poem
from tests.scenario import POLICY

DAY = "2026-11-23.1"


async def test_every_revert_is_tried_on_main_and_on_the_release_branch(tmp_path: Path) -> None:
    origin = GitOrigin(tmp_path / "origin")
    origin.squash_pr(7, "Verse", {"poem.txt": poem(line3="seven")})
    origin.squash_pr(8, "On top", {"poem.txt": poem(line3="eight")})
    origin.merge_pr(9, "Shop", {"shop/migrations/1.py": "1"})
    mirror = GitMirror(str(origin.path), tmp_path / "mirror")
    branch = mirror.cut(DAY, "main", origin.head("HEAD~3"))
    release = Release(DAY, branch=f"release/{DAY}", commit=branch.commit, pulls=branch.pulls)
    board = Board(POLICY, time)
    board.put(log=Seen(Log((release,)), time()))
    feed = asyncio.create_task(follow_rehearsal(board, mirror, time))
    try:
        seven, eight, nine = branch.pulls
        snapshot = await board.until(lambda s: len(s.rehearsal.value.pulls) == 3, 30.0)
        tried = snapshot.rehearsal.value
        assert tried.result(seven) == RehearsalResult(("poem.txt",), ("#8",))
        assert tried.result(eight) == RehearsalResult()
        assert tried.result(nine) == RehearsalResult(migration="shop/migrations/1.py")
        origin.squash_pr(10, "Not in the release", {"poem.txt": poem(line3="ten")})
        failed = Event(1, 5.0, "engine", "", RevertFailed(7, "conflicts"), "")
        board.put(log=Seen(Log((replace(release, failures=(failed,)),)), time()))
        moved_on = await board.until(lambda s: s.rehearsal.value.result(eight) != RehearsalResult(), 30.0)
        assert moved_on.rehearsal.value.result(eight) == RehearsalResult(("poem.txt",)), (
            "main has moved, and #10 is not in the release"
        )
        origin.squash_pr(11, "As it was", {"poem.txt": poem(line3="eight")})
        pushed = mirror.revert(eight, DAY, f"{DAY}-hotfix.1", "ada@bridge")
        moved = replace(release, commit=pushed.picks[-1])
        board.put(log=Seen(Log((moved,)), time()))
        again = await board.until(lambda s: s.rehearsal.value.tip == moved.commit, 30.0)
        assert again.rehearsal.value.result(seven) == RehearsalResult()
    finally:
        feed.cancel()
        with suppress(asyncio.CancelledError):
            await feed
