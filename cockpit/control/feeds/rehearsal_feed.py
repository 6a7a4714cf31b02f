"""The feed of the rehearsal: tries, in the background, to revert every PR of the open release."""

import asyncio
from collections.abc import Callable, Sequence

from cockpit.control.board import Board
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.rehearsal import Rehearsal, RehearsalResult, rehearse
from cockpit.deploy.snapshot import Seen
from cockpit.ports import History, Repository

SHOWN_EVERY = 1.0
"""Seconds between two updates of a rehearsal that is under way."""


async def follow_rehearsal(board: Board, repository: Repository, clock: Callable[[], float]) -> None:
    """Rehearse when a release is cut, its branch moves, or a revert failed because main has moved.

    PRs are tried one at a time, so that a cancellation takes effect after each.
    """
    done: tuple[str, float] | None = None
    async for snapshot in board.changes(at_least_every=30.0):
        release = snapshot.open
        wanted = (release.commit, release.failures[-1].at if release.failures else 0.0) if release else ("", 0.0)
        if release is None or not release.commit or wanted == done:
            continue
        await asyncio.to_thread(repository.fetch)
        history = await asyncio.to_thread(repository.history)
        main = await asyncio.to_thread(repository.resolve, "main")
        results: dict[str, RehearsalResult] = {}
        shown = clock()
        for pull in reversed(release.pulls):
            result = await asyncio.to_thread(_rehearse, history, pull, release.pulls, main, release.commit)
            results[pull.commits[-1]] = result
            if clock() - shown >= SHOWN_EVERY:
                shown = clock()
                board.put(rehearsal=Seen(Rehearsal(release.commit, dict(results)), shown))
        board.put(rehearsal=Seen(Rehearsal(release.commit, results), clock()))
        done = wanted


def _rehearse(
    history: History, pull: PullRequest, pulls: Sequence[PullRequest], main: str, branch: str
) -> RehearsalResult:
    def conflicts(commits: Sequence[str]) -> tuple[str, ...]:
        return next((trial.conflicts for trial in history.try_hotfix(commits, main, branch) if not trial.clean), ())

    return rehearse(pull, pulls, conflicts)
