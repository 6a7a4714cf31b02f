"""Gathers what the repository holds against each PR of a range, and lets `deploy.suspects` rank them."""

import asyncio
from collections.abc import Callable

from cockpit.control.board import Board
from cockpit.deploy.snapshot import Seen
from cockpit.deploy.suspects.ranking import Candidate, ErrorReport, Suspect, suspects
from cockpit.deploy.suspects.source_paths import Place, places, words
from cockpit.deploy.suspects.stack_trace import MOST_TEXT, read_trace
from cockpit.ports import History, Reports, Repository

AROUND = 40
"""Lines on either side of a frame within which it matters who wrote them."""
MOST_SYMBOLS = 80
LARGE = 3_000
"""Changed lines from which on a file is taken for generated or vendored, and not looked into."""
MOST_SKIPPED = 500
MOST_BLAMED = 12
"""Files whose lines are looked up: the innermost frames say most."""


def suspects_of(history: History, base: str, head: str, text: str) -> tuple[Suspect, ...]:
    """The PRs in `head` that are not in `base` by how likely they are behind the report `text`. Blocks."""
    base, head = base and history.resolve(base), history.resolve(head)
    pulls = history.pulls(base, head)
    edits = history.edits(base, head)
    trace = read_trace(text)
    commits = [(pull, commit) for pull in pulls for commit in pull.commits]
    # Files of the tree matter only where the report names something.
    files = () if trace.empty else history.files(head)
    found = places(trace, files, [edits.get(commit, ()) for _, commit in commits])
    symbols = tuple(symbol for symbol in trace.symbols if len(symbol) > 3)[:MOST_SYMBOLS]
    large = sorted({edit.path for some in edits.values() for edit in some if edit.added + edit.removed > LARGE})
    mentions = history.mentions(base, head, symbols, large[:MOST_SKIPPED]) if symbols else {}
    distances = _distances(history, base, head, found)
    report = ErrorReport(found, words(text[:MOST_TEXT]))
    return suspects(
        [
            Candidate(
                pull,
                commit,
                pull.title,
                edits.get(commit, ()),
                mentions.get(commit, frozenset()),
                tuple(distances.get(commit, {}).items()),
            )
            for pull, commit in commits
        ],
        report,
    )


async def follow_suspects(
    board: Board, repository: Repository, reports: Reports, every: float, clock: Callable[[], float]
) -> None:
    """Rank the PRs of the open release whenever the newest report is another one, or the release is."""
    ranked: tuple[str, str, str] | None = None
    read = 0.0
    async for snapshot in board.changes(at_least_every=every):
        if ranked is not None and 0 <= clock() - read < every:
            continue
        release, read = snapshot.open, clock()
        text = await asyncio.to_thread(reports.latest, release.events[0].at if release and release.events else 0.0)
        wanted = (release.base, release.commit, text) if release and release.commit and text.strip() else ("", "", "")
        if wanted == ranked:
            continue
        found: tuple[Suspect, ...] = ()
        if wanted[1]:
            history = await asyncio.to_thread(repository.history)
            found = await asyncio.to_thread(suspects_of, history, *wanted)
        ranked = wanted
        board.put(suspects=Seen(found, clock()))


def _distances(history: History, base: str, head: str, found: tuple[Place, ...]) -> dict[str, dict[int, int]]:
    """For each commit, the lines between a frame, by its number, and the nearest that the commit wrote last."""
    nearest: dict[str, dict[int, int]] = {}
    placed = [place for place in found if any(frame.line for _, frame in place.frames)]
    for place in placed[:MOST_BLAMED]:
        frames = [(number, frame.line) for number, frame in place.frames if frame.line]
        spans = [(max(1, line - AROUND), line + AROUND) for _, line in frames]
        for line, commit in history.writers(base, head, place.path, spans).items():
            mine = nearest.setdefault(commit, {})
            for number, wanted in frames:
                if (distance := abs(line - wanted)) <= AROUND:
                    mine[number] = min(distance, mine.get(number, distance))
    return nearest
