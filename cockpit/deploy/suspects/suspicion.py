"""Why a PR is a suspect: its strongest evidence, in one line."""

from collections.abc import Iterable, Sequence

from cockpit.deploy.suspects.source_paths import Edit, SourceFile
from cockpit.deploy.text import clean, names, plural

CLOSE = 10
"""The most lines between a frame and a change that is near it."""


def reason(
    edits: Sequence[Edit],
    symbols: Iterable[str],
    distances: Sequence[tuple[int, int]],
    places: Sequence[SourceFile],
    titled: bool,
) -> str:
    """One line for a commit with these edits, symbols and distances, on the report's files."""
    frames = {number: (place, frame) for place in places for number, frame in place.frames}
    if distances:
        number, distance = min(distances, key=lambda pair: (pair[1], pair[0]))
        place, frame = frames[number]
        where = f"{clean(place.path)}:{frame.line}"
        if not distance:
            return f"changed {where}, which is frame {number} of the error"
        if distance <= CLOSE:
            return f"changed {plural(distance, 'line')} from {where}, which is frame {number} of the error"
    if touched := _touched(edits, places):
        place, added, removed = touched[0]
        which = f"the file of frame {place.frames[0][0]}" if place.frames else "which the report names"
        more = f", and {plural(len(touched) - 1, 'more file')} of it" if len(touched) > 1 else ""
        return f"changed {clean(place.path)} (+{added} −{removed}), {which}{more}"
    if some := tuple(sorted(symbols)):
        return f"changed lines with {names(tuple(clean(symbol) for symbol in some))}, which the report names"
    folders = {place.path.rpartition("/")[0] for place in places} - {""}
    if beside := sorted(edit.path for edit in edits if edit.path.rpartition("/")[0] in folders):
        return f"changed {clean(beside[0])}, beside a file that the report names"
    return "its title shares words with the report" if titled else "no evidence"


def _touched(edits: Sequence[Edit], places: Sequence[SourceFile]) -> list[tuple[SourceFile, int, int]]:
    """(file, lines added, lines removed), those with the innermost frame first, those without a frame last."""
    touched = []
    for place in places:
        some = [edit for edit in edits if edit.path in place.names or edit.old_path in place.names]
        if some:
            touched.append((place, sum(edit.added for edit in some), sum(edit.removed for edit in some)))
    return sorted(touched, key=lambda item: item[0].frames[0][0] if item[0].frames else 1_000_000)
