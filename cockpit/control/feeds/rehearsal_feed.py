"""The feed of the rehearsal: tries, in the background, to revert every PR of the open release."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from cockpit.control.board import Board
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.rehearsal import Rehearsal, RehearsalResult, rehearse
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Seen
from cockpit.ports import Failed, History, Repository

SHOWN_EVERY = 1.0
"""Seconds between two updates of a rehearsal that is under way."""
FETCHED_EVERY = 60.0
"""Seconds between two looks at whether main has moved: a revert may apply differently then."""


async def follow_rehearsal(board: Board, repository: Repository, clock: Callable[[], float]) -> None:
    """Rehearse when a release is cut, when its branch or main moves, and when a revert failed.

    PRs are tried one at a time, so that a cancellation takes effect after each. If main alone has moved, only those
    are tried again whose files, or whose dependents' files, it has changed.
    """
    done: tuple[str, float] | None = None
    main, fetched = "", 0.0
    results: dict[str, RehearsalResult] = {}
    async for snapshot in board.changes(at_least_every=30.0):
        release = snapshot.open
        if release is None or not release.commit:
            continue
        wanted = (release.commit, release.failures[-1].at if release.failures else 0.0)
        if wanted == done and clock() - fetched < FETCHED_EVERY:
            continue
        await asyncio.to_thread(repository.fetch)
        fetched = clock()
        history = await asyncio.to_thread(repository.history)
        tip = await asyncio.to_thread(repository.resolve, "main")
        if wanted == done and tip == main:
            continue
        kept = results if wanted == done else {}
        stale = await asyncio.to_thread(_stale, history, release, kept, (main, tip))
        results = {key: result for key, result in kept.items() if key not in stale}
        shown = clock()
        for pull in reversed(release.pulls):
            if pull.commits[-1] in results:
                continue
            result = await asyncio.to_thread(_rehearse, history, pull, release.pulls, tip, release.commit)
            results[pull.commits[-1]] = result
            if clock() - shown >= SHOWN_EVERY:
                shown = clock()
                board.put(rehearsal=Seen(Rehearsal(release.commit, dict(results)), shown))
        board.put(rehearsal=Seen(Rehearsal(release.commit, dict(results)), clock()))
        done, main = wanted, tip


def _stale(
    history: History, release: Release, results: Mapping[str, RehearsalResult], moved: tuple[str, str]
) -> frozenset[str]:
    """The keys of the results that may differ after main has moved from one commit to the other."""
    if not results:
        return frozenset()
    try:
        straight = history.contains(moved[1], moved[0])
        changed = {file for pull in history.pulls(*moved) for file in pull.files} if straight else set[str]()
    except Failed:
        straight = False
    if not straight:
        return frozenset(results)
    touched = {pull.name for pull in release.pulls if not changed.isdisjoint(pull.files)}
    keys = {pull.commits[-1]: pull.name for pull in release.pulls}
    return frozenset(
        key
        for key, result in results.items()
        if not result.clean or not touched.isdisjoint((keys.get(key, ""), *result.dependents))
    )


def _rehearse(
    history: History, pull: PullRequest, pulls: Sequence[PullRequest], main: str, branch: str
) -> RehearsalResult:
    trial = history.try_hotfix((pull,), main, branch)

    def conflicts(tried: Sequence[PullRequest]) -> tuple[str, ...]:
        return trial.conflicts if tuple(tried) == (pull,) else history.try_hotfix(tried, main, branch).conflicts

    result = rehearse(pull, pulls, conflicts)
    if not result.clean:
        return result
    return replace(
        result,
        direct=trial.direct,
        differs=trial.differs,
        out_of_main=not trial.reverts_main,
        out_of_branch=not trial.reverts_branch,
        remaining=trial.remaining,
    )
