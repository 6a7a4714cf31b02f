"""The feed that tries, in the background, to take every PR of the open release out again."""

import asyncio
from collections.abc import Callable, Sequence

from cockpit.control.board import Board
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.rehearsal import Rehearsal, Rehearsed, rehearse
from cockpit.deploy.snapshot import Seen
from cockpit.ports import History, Repository

SHOWN_EVERY = 1.0
"""Seconds between two looks at how far it has come."""


async def follow_rehearsal(board: Board, repository: Repository, clock: Callable[[], float]) -> None:
    """Rehearse whenever a release is cut, its branch moves or a revert failed, for then main has moved; one PR at a
    time, so that it can stop after each."""
    done: tuple[str, float] | None = None
    async for snapshot in board.changes(at_least_every=30.0):
        release = snapshot.open
        wanted = (release.commit, release.failure.at if release.failure else 0.0) if release else ("", 0.0)
        if release is None or not release.commit or wanted == done:
            continue
        await asyncio.to_thread(repository.fetch)
        history = await asyncio.to_thread(repository.history)
        main = await asyncio.to_thread(repository.resolve, "main")
        found: dict[str, Rehearsed] = {}
        told = clock()
        for pull in reversed(release.pulls):
            found[pull.commits[-1]] = await asyncio.to_thread(_one, history, pull, release.pulls, main, release.commit)
            if clock() - told >= SHOWN_EVERY:
                told = clock()
                board.put(rehearsal=Seen(Rehearsal(release.commit, dict(found)), told))
        board.put(rehearsal=Seen(Rehearsal(release.commit, found), clock()))
        done = wanted


def _one(history: History, pull: PullRequest, pulls: Sequence[PullRequest], main: str, branch: str) -> Rehearsed:
    def try_out(commits: Sequence[str]) -> tuple[str, ...]:
        return next((trial.conflicts for trial in history.try_hotfix(commits, main, branch) if not trial.clean), ())

    return rehearse(pull, pulls, try_out)
