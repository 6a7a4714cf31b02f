"""The conflicts of a revert, by file and hunk, and when a file counts as resolved."""

import re
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from cockpit.deploy.text import clean

_OURS, _MIDDLE, _THEIRS = re.compile(r"<{7}( |$)"), re.compile(r"={7}$"), re.compile(r">{7}( |$)")


class Hunk(Struct, frozen=True):
    """One conflict of a file: the current lines, and the lines without the PR. Every line is cleaned."""

    line: int
    """The line number in the file with markers, from 1."""
    current: tuple[str, ...]
    without: tuple[str, ...]


class FileConflict(Struct, frozen=True):
    """One file in conflict."""

    path: str
    """The path as git has it, not cleaned."""
    where: str
    """The branch with the conflict, such as `main`."""
    text: bytes
    """The content with git's conflict markers. No markers if one side removed the file, or if it is binary."""

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        """The conflicts in order."""
        return conflict_hunks(self.text.decode("utf-8", "replace"))


ResolvedFiles = Mapping[str, bytes | None]
"""The resolved content by path; None to delete the file."""
ResolveConflicts = Callable[[Sequence[FileConflict]], ResolvedFiles]
"""Lets a person resolve the conflicts. Blocks. Raises `Failed` if they did not."""


def conflict_hunks(text: str) -> tuple[Hunk, ...]:
    """The conflicts in a text with markers. One without an end marker is ignored."""
    parsed: list[Hunk] = []
    first_line, current, without, side = 0, [""], [""], 0
    for number, line in enumerate(text.splitlines(), 1):
        if _OURS.match(line):
            first_line, current, without, side = number, [], [], 1
        elif side == 1 and _MIDDLE.match(line):
            side = 2
        elif side == 2 and _THEIRS.match(line):
            parsed.append(Hunk(first_line, tuple(current), tuple(without)))
            side = 0
        elif side:
            (current if side == 1 else without).append(clean(line))
    return tuple(parsed)


def first_marker_line(text: bytes) -> int:
    """The number of the first line with a conflict marker; 0 if there is none."""
    for number, line in enumerate(text.decode("utf-8", "replace").splitlines(), 1):
        if _OURS.match(line) or _THEIRS.match(line):
            return number
    return 0


def label_markers(text: bytes, where: str, name: str) -> bytes:
    """Replace the ids in git's conflict markers: `<<<<<<< main`, `>>>>>>> without #14`."""
    text = re.sub(rb"(?m)^<{7} [0-9a-f]{40,64}(?=\r?$)", b"<<<<<<< " + where.encode(), text)
    return re.sub(rb"(?m)^>{7} [0-9a-f]{40,64}(?=\r?$)", b">>>>>>> without " + name.encode(), text)
