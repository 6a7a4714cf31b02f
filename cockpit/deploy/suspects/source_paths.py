"""Which files of the repository a report means: it names them as its runtime saw them, not as git does.

`/srv/app/shop/cart.py`, `webpack:///./shop/cart.py`, `com/shop/Cart.java` and a bare `cart.c` all end in a path of
the tree, or in what it was called before or after it was moved.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from cockpit.deploy.suspects.stack_trace import Frame, StackTrace

MAX_MATCHES = 3
"""A name that this many files have equally well still means them; one that more have means none."""
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
    """What a commit did to one file."""

    path: str
    old_path: str
    """Its name before, where it was renamed."""
    added: int
    """Lines."""
    removed: int
    new: bool = False
    """Whether it was not there before."""


class SourceFile(Struct, frozen=True):
    """A file that a report means."""

    path: str
    """As it is at the head, where it is there."""
    names: frozenset[str]
    """All it was called in the range."""
    frames: tuple[tuple[int, Frame], ...]
    """Frames in it with their number, 1 for the innermost."""


def words(text: str) -> frozenset[str]:
    """The words of a text, a path or a symbol that say something, in lower case."""
    return frozenset(word.lower() for word in _WORD.findall(text)) - _SAY_NOTHING


def source_files(trace: StackTrace, files: Iterable[str], edits: Iterable[Sequence[Edit]]) -> tuple[SourceFile, ...]:
    """The files that a trace names, of those at the head (`files`) and those that `edits`, oldest first, touched."""
    history = tuple(edits)
    known = set(files)
    for some in history:
        known.update(name for edit in some for name in (edit.path, edit.old_path))
    by_name: dict[str, list[str]] = defaultdict(list)
    for path in sorted(known):
        by_name[path.rpartition("/")[2]].append(path)
    found: dict[str, list[tuple[int, Frame]]] = {}
    for number, frame in enumerate(trace.frames, 1):
        for path in _meant(frame.path, known, by_name):
            found.setdefault(path, []).append((number, frame))
    for named in trace.paths:
        for path in _meant(named, known, by_name):
            found.setdefault(path, [])
    return tuple(SourceFile(path, _names(path, history), tuple(frames)) for path, frames in found.items())


def _meant(named: str, known: set[str], by_name: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The paths that share most of the end with `named`, then most words; none where too many do."""
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
    """All names of a file in the range, going back along renames."""
    names = {path}
    for some in reversed(history):
        names.update(edit.old_path for edit in some if edit.path in names)
    return frozenset(names)
