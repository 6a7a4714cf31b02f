import asyncio
from contextlib import suppress
from pathlib import Path
from time import time

import pytest
from msgspec.structs import replace

from cockpit.adapters.git.mirror import GitMirror
from cockpit.control.board import Board
from cockpit.control.feeds import rehearsal_feed
from cockpit.control.feeds.rehearsal_feed import follow_rehearsal
from cockpit.deploy.events import Event
from cockpit.deploy.facts import RevertFailed
from cockpit.deploy.rehearsal import RehearsalResult
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Log, Seen
from tests.git_origin import GitOrigin, poem
from tests.scenario import POLICY

DAY = "2026-11-23.1"


async def test_a_revert_is_tried_again_once_main_has_moved_in_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsal_feed, "FETCHED_EVERY", 0.0)
    origin = GitOrigin(tmp_path / "origin")
    origin.squash_pr(12, "Charge later", {"poem.txt": poem(line3="charge()", line12="charge()")})
    origin.squash_pr(9, "Elsewhere", {"shop.py": "1"})
    mirror = GitMirror(str(origin.path), tmp_path / "mirror")
    branch = mirror.cut(DAY, "main", origin.head("HEAD~2"))
    release = Release(DAY, branch=f"release/{DAY}", commit=branch.commit, pulls=branch.pulls)
    board = Board(POLICY, time)
    log = Seen(Log((release,)), time())
    board.put(log=log)
    feed = asyncio.create_task(follow_rehearsal(board, mirror, time))
    twelve, nine = branch.pulls
    try:
        snapshot = await board.until(lambda s: len(s.rehearsal.value.pulls) == 2, 30.0)
        assert snapshot.rehearsal.value.result(twelve) == RehearsalResult()
        origin.squash_pr(13, "Charge once", {"poem.txt": poem(line3="charge()")})
        board.put(log=log)
        differs = RehearsalResult(direct=True, differs=("poem.txt",))
        await board.until(lambda s: s.rehearsal.value.result(twelve) == differs, 30.0)
        origin.commit("Oh no", {"poem.txt": poem()})
        board.put(log=log)
        out = await board.until(lambda s: s.rehearsal.value.result(twelve) != differs, 30.0)
        assert out.rehearsal.value.result(twelve) == RehearsalResult(direct=True, out_of_main=True)
        assert out.rehearsal.value.result(nine) == RehearsalResult()
        mirror.revert(twelve, DAY, f"{DAY}-hotfix.1", "ada@bridge")
        tip = origin.commit_at(f"refs/heads/release/{DAY}")
        board.put(log=Seen(Log((replace(release, commit=tip),)), time()))
        gone = await board.until(lambda s: s.rehearsal.value.tip == tip, 30.0)
        assert gone.rehearsal.value.pulls[twelve.commits[-1]].out_of_branch
    finally:
        feed.cancel()
        with suppress(asyncio.CancelledError):
            await feed


def test_only_results_that_main_may_have_changed_are_stale(tmp_path: Path) -> None:
    origin = GitOrigin(tmp_path / "origin")
    origin.squash_pr(7, "Verse", {"poem.txt": poem(line3="seven")})
    origin.squash_pr(8, "Shop", {"shop.py": "1"})
    mirror = GitMirror(str(origin.path), tmp_path / "mirror")
    seven, eight = mirror.pulls("", "main")[-2:]
    release = Release(DAY, pulls=(seven, eight))
    before = origin.head()
    after = origin.squash_pr(9, "Verse again", {"poem.txt": poem(line3="nine")})
    mirror.fetch()
    keys = seven.commits[-1], eight.commits[-1]
    clean = dict.fromkeys(keys, RehearsalResult())
    stale = rehearsal_feed._stale
    assert stale(mirror.history(), release, {}, (before, after)) == frozenset()
    assert stale(mirror.history(), release, clean, (before, after)) == {keys[0]}
    assert stale(mirror.history(), release, clean, (after, before)) == set(keys), "main was rewritten"
    assert stale(mirror.history(), release, clean, ("0" * 40, after)) == set(keys)
    conflicting = {**clean, keys[1]: RehearsalResult(("shop.py",))}
    assert stale(mirror.history(), release, conflicting, (before, after)) == set(keys)


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
