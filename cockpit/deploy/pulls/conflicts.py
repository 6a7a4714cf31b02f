"""Where taking a PR out does not apply, by file and hunk, and when a file counts as resolved."""

import re
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from cockpit.deploy.text import clean

_OURS, _MIDDLE, _THEIRS = re.compile(r"<{7}( |$)"), re.compile(r"={7}$"), re.compile(r">{7}( |$)")


class Hunk(Struct, frozen=True):
    """One place of a file: what stands there, and what would without the PR. Every line is cleaned."""

    line: int
    """Of the file with its markers, from 1."""
    current: tuple[str, ...]
    without: tuple[str, ...]


class FileConflict(Struct, frozen=True):
    """One file in conflict."""

    path: str
    """As git has it: clean it before a person reads it."""
    where: str
    """The branch it does not apply to, such as `main`."""
    text: bytes
    """With git's markers around each hunk; without any, one side changed the file and the other removed it, or it is
    no text."""

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        """Its places, from the top."""
        return conflict_hunks(self.text.decode("utf-8", "replace"))


ResolvedFiles = Mapping[str, bytes | None]
"""Text by path; None where the file goes."""
ResolveConflicts = Callable[[Sequence[FileConflict]], ResolvedFiles]
"""Lets a person resolve them. Blocks; raises `Failed` where it was not done."""


def conflict_hunks(text: str) -> tuple[Hunk, ...]:
    """The conflicts in a text with markers; one that is not closed is none."""
    found: list[Hunk] = []
    began, there, without, side = 0, [""], [""], 0
    for number, line in enumerate(text.splitlines(), 1):
        if _OURS.match(line):
            began, there, without, side = number, [], [], 1
        elif side == 1 and _MIDDLE.match(line):
            side = 2
        elif side == 2 and _THEIRS.match(line):
            found.append(Hunk(began, tuple(there), tuple(without)))
            side = 0
        elif side:
            (there if side == 1 else without).append(clean(line))
    return tuple(found)


def first_marker_line(text: bytes) -> int:
    """The number of the first line with a marker that was left in; 0 for none."""
    for number, line in enumerate(text.decode("utf-8", "replace").splitlines(), 1):
        if _OURS.match(line) or _THEIRS.match(line):
            return number
    return 0


def label_markers(text: bytes, where: str, name: str) -> bytes:
    """The text with words for the ids in git's markers: `<<<<<<< main`, `>>>>>>> without #14`."""
    text = re.sub(rb"(?m)^<{7} [0-9a-f]{40,64}(?=\r?$)", b"<<<<<<< " + where.encode(), text)
    return re.sub(rb"(?m)^>{7} [0-9a-f]{40,64}(?=\r?$)", b">>>>>>> without " + name.encode(), text)
