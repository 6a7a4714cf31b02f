"""The files of the repository that a report names, by the paths of its runtime.

`/srv/app/shop/cart.py`, `webpack:///./shop/cart.py`, `com/shop/Cart.java` and a bare `cart.c` all end with a path of
the tree, or with its name before or after a rename.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from cockpit.deploy.suspects.stack_trace import Frame, StackTrace

MAX_MATCHES = 3
"""The most files that an ambiguous name may match; with more it matches none."""
_WORD = re.compile(r"[A-Za-z][a-z]{2,}|[A-Z]{3,}")
_SAY_NOTHING = frozenset(
    [
        "src",
        "lib",
        "main",
        "the",
        "and",
        "for",
        "with",
        "from",
        "add",
        "fix",
        "use",
        "test",
        "tests",
        "init",
        "index",
        "core",
        "pkg",
        "cmd",
        "internal",
        "file",
        "files",
        "new",
        "this",
        "that",
        "not",
        "when",
    ]
)


class Edit(Struct, frozen=True):
    """A commit's change to one file."""

    path: str
    old_path: str
    """The old path, if the file was renamed."""
    added: int
    """Lines."""
    removed: int
    new: bool = False
    """Whether the commit added the file."""


class SourceFile(Struct, frozen=True):
    """A file that a report names."""

    path: str
    """The path at the head, if the file exists there."""
    names: frozenset[str]
    """All its names in the range."""
    frames: tuple[tuple[int, Frame], ...]
    """(number, frame) of the frames in it; 1 is the innermost."""


def words(text: str) -> frozenset[str]:
    """The significant words of a text, a path or a symbol, in lower case."""
    return frozenset(word.lower() for word in _WORD.findall(text)) - _SAY_NOTHING


def source_files(trace: StackTrace, files: Iterable[str], edits: Iterable[Sequence[Edit]]) -> tuple[SourceFile, ...]:
    """The files that a trace names, among the files at the head and those that `edits`, oldest first, touched."""
    history = tuple(edits)
    known = set(files)
    for some in history:
        known.update(name for edit in some for name in (edit.path, edit.old_path))
    by_name: dict[str, list[str]] = defaultdict(list)
    for path in sorted(known):
        by_name[path.rpartition("/")[2]].append(path)
    frames_by_path: dict[str, list[tuple[int, Frame]]] = {}
    for number, frame in enumerate(trace.frames, 1):
        for path in _meant(frame.path, known, by_name):
            frames_by_path.setdefault(path, []).append((number, frame))
    for named in trace.paths:
        for path in _meant(named, known, by_name):
            frames_by_path.setdefault(path, [])
    return tuple(SourceFile(path, _names(path, history), tuple(frames)) for path, frames in frames_by_path.items())


def _meant(named: str, known: set[str], by_name: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The paths with the longest common end with `named`, then the most common words; empty if too many match."""
    parts = [part for part in named.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    if (plain := "/".join(parts)) in known:
        return (plain,)
    alike = by_name.get(parts[-1], ()) if parts else ()
    if not alike:
        return ()
    folders = words("/".join(parts[:-1]))

    def closeness(path: str) -> tuple[int, int]:
        own = path.split("/")
        same = 0
        while same < min(len(own), len(parts)) and own[-1 - same] == parts[-1 - same]:
            same += 1
        return same, len(folders & words("/".join(own[:-1])))

    best = max(closeness(path) for path in alike)
    meant = tuple(path for path in alike if closeness(path) == best)
    return meant if len(meant) <= MAX_MATCHES else ()


def _names(path: str, history: Sequence[Sequence[Edit]]) -> frozenset[str]:
    """All names of a file in the range, back through its renames."""
    names = {path}
    for some in reversed(history):
        names.update(edit.old_path for edit in some if edit.path in names)
    return frozenset(names)
