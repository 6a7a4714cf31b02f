"""The feed of the suspects: the PRs of the open release, ranked against the newest error report."""

import asyncio
from collections.abc import Callable

from cockpit.control.board import Board
from cockpit.control.suspect_search import find_suspects
from cockpit.deploy.snapshot import Seen
from cockpit.deploy.suspects.ranking import Suspect
from cockpit.ports import ErrorReports, Repository


async def follow_suspects(
    board: Board, repository: Repository, reports: ErrorReports, every: float, clock: Callable[[], float]
) -> None:
    """Rank the PRs again when the newest report or the open release changes."""
    ranked: tuple[str, str, str] | None = None
    read_at = 0.0
    async for snapshot in board.changes(at_least_every=every):
        if ranked is not None and 0 <= clock() - read_at < every:
            continue
        release, read_at = snapshot.open, clock()
        text = await asyncio.to_thread(reports.latest, release.events[0].at if release and release.events else 0.0)
        wanted = (release.base, release.commit, text) if release and release.commit and text.strip() else ("", "", "")
        if wanted == ranked:
            continue
        suspects: tuple[Suspect, ...] = ()
        if wanted[1]:
            history = await asyncio.to_thread(repository.history)
            suspects = await asyncio.to_thread(find_suspects, history, *wanted)
        ranked = wanted
        board.put(suspects=Seen(suspects, clock()))
