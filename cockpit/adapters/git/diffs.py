"""What a PR changed, read from the mirror: bounded in lines and bytes before a single line of it is asked for."""

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from cockpit.adapters.git.git_command import GitCalls
from cockpit.deploy.pulls.diff import FileDiff, PullDiff, hunks, readable
from cockpit.deploy.pulls.pull_request import subject_and_body
from cockpit.deploy.text import clean

MOST_LINES = 3_000
"""Changed lines that are shown of one PR."""
MOST_BYTES = 512 * 1024
"""Of one file, before or after: a larger one is generated or no text."""
MOST_FILES = 200
MOST_COMMITS = 20
MOST_MESSAGE = 200
"""Lines."""

_COUNTED = re.compile(r"(\d+|-)\t(\d+|-)\t(.*)", re.DOTALL)
_DIFF = ("diff", "-M", "--no-color", "--no-ext-diff", "--no-textconv")


def change(git: GitCalls, commits: Sequence[str]) -> PullDiff:
    """Of the commits of one PR on main's first-parent line, oldest first and next to each other. Raises `Failed`."""
    base, head = _before(git, commits[0]), commits[-1]
    _, told = git.local("log", "-1", "--encoding=UTF-8", "--format=%B", head, "--")
    body = subject_and_body(told.decode("utf-8", "replace"))[1]
    span = head if base == _empty(git) else f"{base}..{head}"
    most = f"--max-count={MOST_COMMITS + 1}"
    _, listed = git.local("log", most, "--no-merges", "--encoding=UTF-8", "--format=%s", span, "--")
    subjects = [clean(line) for line in listed.decode("utf-8", "replace").splitlines()]
    more = ("… and more",) if len(subjects) > MOST_COMMITS else ()
    message = tuple(readable(line) for line in body.strip("\n").split("\n")[:MOST_MESSAGE]) if body.strip() else ()
    return PullDiff(message, (*subjects[:MOST_COMMITS], *more), _parts(git, base, head))


def _parts(git: GitCalls, base: str, head: str) -> tuple[FileDiff, ...]:
    """Every file with its counts, and with its patch as long as there is room."""
    _, out = git.local(*_DIFF, "--raw", "--numstat", "--no-abbrev", "-z", base, head, "--")
    changed = list(_listed(out.decode("utf-8", "surrogateescape").split("\0")))
    sizes = _sizes(git, [blob for _, blobs, _ in changed for blob in blobs])
    room, found, paths = MOST_LINES, [], []
    for index, (part, blobs, why) in enumerate(changed):
        lines = part.added + part.removed
        large = max((sizes.get(blob, 0) for blob in blobs), default=0)
        if not why and large > MOST_BYTES:
            why = f"too large to show: {large // 1024:,} kB"
        if not why and (lines > room or index >= MOST_FILES):
            why = f"left out: {MOST_LINES:,} lines of a PR are shown" if room else "left out"
        if not why:
            room -= lines
            paths += [part.path, *((part.was,) if part.was else ())]
        found.append(replace(part, unshown=why))
    patches = iter(_patches(git, base, head, paths))
    shown = (part if part.unshown else replace(part, patch=next(patches, ())) for part in found)
    return tuple(replace(part, path=clean(part.path), was=clean(part.was)) for part in shown)


def _patches(git: GitCalls, base: str, head: str, paths: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    if not paths:
        return ()
    _, out = git.local(*_DIFF, "-U3", base, head, "--", *(f":(literal,top){path}" for path in paths))
    return hunks(out.decode("utf-8", "replace"))


def _listed(fields: Sequence[str]) -> Iterator[tuple[FileDiff, tuple[str, ...], str]]:
    """(the file with its counts, ids of its blobs, why it cannot be shown) in git's order."""
    told: dict[str, tuple[tuple[str, ...], str]] = {}
    rest = iter(fields)
    for field in rest:
        if field.startswith(":"):
            modes, kind = field[1:].split(" "), field.rpartition(" ")[2][:1]
            was = next(rest)
            path = next(rest) if kind in "RC" else was
            link = ("160000" in modes[:2] and "another repository's commit") or ""
            told[path] = (tuple(modes[2:4]), "it became another kind of file" if kind == "T" else link)
        elif counted := _COUNTED.fullmatch(field):
            added, removed, path = counted.groups()
            was, path = ("", path) if path else (next(rest), next(rest))
            blobs, why = told.get(path, ((), ""))
            binary = "binary" if added == "-" else ""
            count = (0, 0) if binary else (int(added), int(removed))
            yield FileDiff(path, was, *count), blobs, why or binary


def _sizes(git: GitCalls, blobs: Sequence[str]) -> Mapping[str, int]:
    """Bytes of those that the repository has."""
    wanted = [blob for blob in dict.fromkeys(blobs) if blob.strip("0")]
    if not wanted:
        return {}
    _, out = git.local("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin="\n".join(wanted).encode())
    pairs = (line.split(" ") for line in out.decode("ascii", "replace").splitlines())
    return {blob: int(size) for blob, size in pairs if size.isdigit()}


def _before(git: GitCalls, commit: str) -> str:
    """What was there before the commit: its first parent, or nothing at all."""
    code, out = git.local("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^1", also=(1, 128))
    return out.decode().strip() if code == 0 else _empty(git)


def _empty(git: GitCalls) -> str:
    return git.text("hash-object", "-t", "tree", "/dev/null")
