"""The diff of a PR, for people to read. Its size is limited before git computes any patch."""

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from cockpit.adapters.git.git_command import GitCalls
from cockpit.deploy.pulls.diff import FileDiff, PullDiff, patch_hunks, readable
from cockpit.deploy.pulls.pull_request import subject_and_body
from cockpit.deploy.text import clean

MAX_LINES = 3_000
"""Changed lines shown of one PR."""
MAX_BYTES = 512 * 1024
"""Size of one file, before or after: a larger file is generated or not text."""
MAX_FILES = 200
"""Files with a patch."""
MAX_COMMITS = 20
"""Commit subjects."""
MAX_MESSAGE = 200
"""Lines of the message."""

_NUMSTAT = re.compile(r"(\d+|-)\t(\d+|-)\t(.*)", re.DOTALL)
_DIFF = ("diff", "-M", "--no-color", "--no-ext-diff", "--no-textconv")


def change(git: GitCalls, commits: Sequence[str]) -> PullDiff:
    """The diff of one PR: adjacent first-parent commits on main, oldest first. Raises `Failed`."""
    base, head = _parent(git, commits[0]), commits[-1]
    _, out = git.local("log", "-1", "--encoding=UTF-8", "--format=%B", head, "--")
    body = subject_and_body(out.decode("utf-8", "replace"))[1]
    span = head if base == _empty_tree(git) else f"{base}..{head}"
    limit = f"--max-count={MAX_COMMITS + 1}"
    _, listed = git.local("log", limit, "--no-merges", "--encoding=UTF-8", "--format=%s", span, "--")
    subjects = [clean(line) for line in listed.decode("utf-8", "replace").splitlines()]
    more = ("… and more",) if len(subjects) > MAX_COMMITS else ()
    message = tuple(readable(line) for line in body.strip("\n").split("\n")[:MAX_MESSAGE]) if body.strip() else ()
    return PullDiff(message, (*subjects[:MAX_COMMITS], *more), _parts(git, base, head))


def _parts(git: GitCalls, base: str, head: str) -> tuple[FileDiff, ...]:
    """Every file with its line counts, and with its patch until the limits are reached."""
    _, out = git.local(*_DIFF, "--raw", "--numstat", "--no-abbrev", "-z", base, head, "--")
    files = list(_listed(out.decode("utf-8", "surrogateescape").split("\0")))
    sizes = _sizes(git, [blob for _, blobs, _ in files for blob in blobs])
    lines_left, parts, paths = MAX_LINES, [], []
    for index, (part, blobs, omitted) in enumerate(files):
        lines = part.added + part.removed
        size = max((sizes.get(blob, 0) for blob in blobs), default=0)
        if not omitted and size > MAX_BYTES:
            omitted = f"too large to show: {size // 1024:,} kB"
        if not omitted and (lines > lines_left or index >= MAX_FILES):
            omitted = f"omitted: the first {MAX_LINES:,} lines of a PR are shown" if lines_left else "omitted"
        if not omitted:
            lines_left -= lines
            paths += [part.path, *((part.old_path,) if part.old_path else ())]
        parts.append(replace(part, omitted=omitted))
    patches = iter(_patches(git, base, head, paths))
    filled = (part if part.omitted else replace(part, patch=next(patches, ())) for part in parts)
    return tuple(replace(part, path=clean(part.path), old_path=clean(part.old_path)) for part in filled)


def _patches(git: GitCalls, base: str, head: str, paths: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    if not paths:
        return ()
    _, out = git.local(*_DIFF, "-U3", base, head, "--", *(f":(literal,top){path}" for path in paths))
    return patch_hunks(out.decode("utf-8", "replace"))


def _listed(fields: Sequence[str]) -> Iterator[tuple[FileDiff, tuple[str, ...], str]]:
    """(the file with its line counts, the ids of its blobs, why it has no patch), in git's order."""
    files: dict[str, tuple[tuple[str, ...], str]] = {}
    rest = iter(fields)
    for field in rest:
        if field.startswith(":"):
            modes, kind = field[1:].split(" "), field.rpartition(" ")[2][:1]
            old_path = next(rest)
            path = next(rest) if kind in "RC" else old_path
            submodule = "submodule" if "160000" in modes[:2] else ""
            files[path] = (tuple(modes[2:4]), "its file type changed" if kind == "T" else submodule)
        elif counts := _NUMSTAT.fullmatch(field):
            added, removed, path = counts.groups()
            old_path, path = ("", path) if path else (next(rest), next(rest))
            blobs, omitted = files.get(path, ((), ""))
            binary = "binary" if added == "-" else ""
            lines = (0, 0) if binary else (int(added), int(removed))
            yield FileDiff(path, old_path, *lines), blobs, omitted or binary


def _sizes(git: GitCalls, blobs: Sequence[str]) -> Mapping[str, int]:
    """The size in bytes of each blob in the repository."""
    wanted = [blob for blob in dict.fromkeys(blobs) if blob.strip("0")]
    if not wanted:
        return {}
    _, out = git.local("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin="\n".join(wanted).encode())
    pairs = (line.split(" ") for line in out.decode("ascii", "replace").splitlines())
    return {blob: int(size) for blob, size in pairs if size.isdigit()}


def _parent(git: GitCalls, commit: str) -> str:
    """The commit's first parent, or the empty tree for a root commit."""
    code, out = git.local("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^1", also=(1, 128))
    return out.decode().strip() if code == 0 else _empty_tree(git)


def _empty_tree(git: GitCalls) -> str:
    return git.text("hash-object", "-t", "tree", "/dev/null")
