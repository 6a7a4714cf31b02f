"""Finds the PRs behind an error report: gathers the evidence from the repository's history and ranks it."""

from cockpit.deploy.suspects.ranking import Candidate, ErrorReport, Suspect, rank_suspects
from cockpit.deploy.suspects.source_paths import SourceFile, source_files, words
from cockpit.deploy.suspects.stack_trace import MAX_TEXT, read_trace
from cockpit.ports import History

NEARBY = 40
"""Lines before and after a stack frame in which a change counts."""
MAX_SYMBOLS = 80
LARGE = 3_000
"""Changed lines in one commit from which a file is taken to be generated or vendored, and is skipped."""
MAX_SKIPPED = 500
MAX_BLAMED = 12
"""Files to blame; the innermost frames come first."""


def find_suspects(history: History, base: str, head: str, text: str) -> tuple[Suspect, ...]:
    """Rank the PRs in `head` that are not in `base` by the probability that each caused the error report `text`.

    Blocks. Raises `Failed`.
    """
    base, head = base and history.resolve(base), history.resolve(head)
    pulls = history.pulls(base, head)
    edits = history.edits(base, head)
    trace = read_trace(text)
    commits = [(pull, commit) for pull in pulls for commit in pull.commits]
    files = () if trace.empty else history.files(head)
    found = source_files(trace, files, [edits.get(commit, ()) for _, commit in commits])
    symbols = tuple(symbol for symbol in trace.symbols if len(symbol) > 3)[:MAX_SYMBOLS]
    large = sorted({edit.path for some in edits.values() for edit in some if edit.added + edit.removed > LARGE})
    mentions = history.mentions(base, head, symbols, large[:MAX_SKIPPED]) if symbols else {}
    distances = _distances(history, base, head, found)
    report = ErrorReport(found, words(text[:MAX_TEXT]))
    return rank_suspects(
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


def _distances(history: History, base: str, head: str, found: tuple[SourceFile, ...]) -> dict[str, dict[int, int]]:
    """For each commit and frame number, the distance in lines to the nearest line that the commit changed last."""
    nearest: dict[str, dict[int, int]] = {}
    with_lines = [place for place in found if any(frame.line for _, frame in place.frames)]
    for place in with_lines[:MAX_BLAMED]:
        frames = [(number, frame.line) for number, frame in place.frames if frame.line]
        spans = [(max(1, line - NEARBY), line + NEARBY) for _, line in frames]
        for line, commit in history.blame(base, head, place.path, spans).items():
            distances = nearest.setdefault(commit, {})
            for number, frame_line in frames:
                if (distance := abs(line - frame_line)) <= NEARBY:
                    distances[number] = min(distance, distances.get(number, distance))
    return nearest
