"""Whether a branch still has content of a PR: the check after its revert.

`git blame` says which commit each line of the PR's files comes from. A line from the PR's own commits is still there; a
line that the PR added and a later commit has is there again. Binary files are compared as a whole. The check is bounded
in files, bytes and seconds, and counts what it did not look at.
"""

import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cockpit.adapters.git.git_command import GitCalls
from cockpit.adapters.git.tree_merge import EMPTY_TREE
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.text import clean, short
from cockpit.ports import Failed

MAX_COMPARED = 1_000
"""Files that are compared with what they were before the PR."""
MAX_FILES = 60
"""Files that are blamed, of those that are not as they were."""
MAX_BYTES = 512 * 1024
"""Size of one file."""
MAX_SECONDS = 10.0
"""For all files of one branch."""
MAX_NAMED = 8
"""Places that are named."""
MIN_LETTERS = 4
"""Letters and digits of a line that is recognised when a later commit has it: `}` and `else:` are everywhere."""
_RENAME_LIMIT = "-l200"
_BLAME_HEADER = re.compile(rb"([0-9a-f]{40,64}) \d+ (\d+)")
_BOUNDARY = re.compile(rb"^boundary$", re.MULTILINE)


@dataclass(frozen=True)
class Leftover:
    """Adjacent lines of one file that one commit put there."""

    path: str
    first: int
    """0 for a binary file as a whole."""
    last: int
    commit: str


@dataclass(frozen=True)
class Remains:
    """What a branch still has of a PR."""

    own: tuple[Leftover, ...] = ()
    """From the PR's own commits."""
    again: tuple[Leftover, ...] = ()
    """From later commits, with a text that the PR added."""
    unchecked: int = 0
    """Files that are too large or too many to look at."""

    @property
    def is_gone(self) -> bool:
        """Whether no line is from the PR's own commits; false if a file was not checked."""
        return not self.own and not self.unchecked

    def sentences(self, pull: PullRequest, branch: str) -> tuple[str, ...]:
        """What is left and what was not checked, each with its place; empty if nothing is left."""
        named = [f"{_place(left)} on {branch} is still from {pull.name}" for left in self.own]
        named += [f"{_place(left)} on {branch} was put there again by {short(left.commit)}" for left in self.again]
        if len(named) > MAX_NAMED:
            named[MAX_NAMED:] = [f"{len(named) - MAX_NAMED} more places on {branch}"]
        if self.unchecked:
            named.append(f"files on {branch} that were not checked, too large or too many: {self.unchecked}")
        return tuple(named)


@dataclass(frozen=True)
class _File:
    """A file that the PR wrote: its blob before the PR (empty if there was none) and after it, and its path then."""

    path: str
    before: str
    after: str


@dataclass
class _Search:
    """A search in one commit."""

    git: GitCalls
    pull: PullRequest
    base: str
    """The commit before the PR; empty if it has none."""
    head: str
    made: Collection[str]
    """Commits of the revert itself."""
    own: list[Leftover] = field(default_factory=list)
    again: list[Leftover] = field(default_factory=list)

    def look(self, path: str, added: Collection[bytes], deadline: float) -> None:
        """Blame one text file."""
        for line, commit, text, is_old in _blamed(self.git, self.base, self.head, path, deadline):
            if commit in self.pull.commits:
                _extend(self.own, Leftover(path, line, line, commit))
            elif not is_old and commit not in self.made and text.strip() in added:
                _extend(self.again, Leftover(path, line, line, commit))


def remains(git: GitCalls, pull: PullRequest, head: str, made: Collection[str] = ()) -> Remains:
    """What the commit `head` has of the PR. `made` are the commits of the revert, whose lines do not count.

    A revert does not fail because it cannot be checked: its files then count as unchecked.
    """
    try:
        return _remains(git, pull, head, made)
    except Failed:
        return Remains(unchecked=len(pull.files) or 1)


def _remains(git: GitCalls, pull: PullRequest, head: str, made: Collection[str]) -> Remains:
    started = time.monotonic()
    base = git.text("rev-list", "--parents", "-n1", pull.commits[0], "--").split()[1:2]
    search = _Search(git, pull, base[0] if base else "", head, made)
    files = _written(git, search.base or EMPTY_TREE[len(head)], pull.commits[-1])
    compared = files[:MAX_COMPARED]
    places = _places(git, pull.commits[-1], head, compared)
    there = _blobs_at(git, head, tuple(places.values()))
    changed = [file for file in compared if there.get(places[file.path], (file.before, 0))[0] != file.before]
    texts = _texts(git, [blob for file in changed[:MAX_FILES] for blob in (file.before, file.after) if blob])
    unchecked = len(files) - len(compared) + len(changed[MAX_FILES:])
    for file in changed[:MAX_FILES]:
        path, after = places[file.path], texts.get(file.after)
        blob, size = there.get(path, ("", 0))
        if not blob:
            continue
        if size > MAX_BYTES or after is None or b"\0" in after:
            if blob == file.after:
                search.own.append(Leftover(path, 0, 0, pull.commits[-1]))
            unchecked += blob != file.after and (after is None or b"\0" not in after)
            continue
        added = _significant(after) - _significant(texts.get(file.before) or b"")
        try:
            search.look(path, added, started + MAX_SECONDS - time.monotonic())
        except Failed:
            unchecked += 1
    return Remains(tuple(search.own), tuple(search.again), unchecked)


def _place(left: Leftover) -> str:
    if not left.first:
        return clean(left.path)
    return f"{clean(left.path)}:{left.first}{f'-{left.last}' if left.last > left.first else ''}"


def _extend(found: list[Leftover], line: Leftover) -> None:
    """Add a line, or lengthen the entry before it."""
    last = found[-1] if found else None
    if last and (last.path, last.commit, last.last + 1) == (line.path, line.commit, line.first):
        found[-1] = Leftover(last.path, last.first, line.last, last.commit)
    else:
        found.append(line)


def _written(git: GitCalls, base: str, last: str) -> list[_File]:
    """The files that the PR added or changed; both arguments are ids of commits or trees."""
    _, out = git.local("diff", "--raw", "-z", "-M", _RENAME_LIMIT, "--no-abbrev", "--diff-filter=d", base, last, "--")
    fields = iter(out.decode("utf-8", "surrogateescape").split("\0"))
    files = []
    for record in fields:
        if not record.startswith(":"):
            continue
        old_mode, _, before, after, letter = record[1:].split(" ")
        path = next(fields)
        if letter[0] in "RC":
            path = next(fields)
        files.append(_File(path, "" if old_mode == "000000" else before, after))
    return [file for file in files if file.before != file.after]


def _places(git: GitCalls, last: str, head: str, files: Sequence[_File]) -> Mapping[str, str]:
    """The path in `head` of each file, which may have been renamed since the PR: {path after the PR: path}."""
    there = _blobs_at(git, head, [file.path for file in files])
    moved: dict[str, str] = {}
    if any(file.path not in there for file in files):
        _, out = git.local("diff", "--raw", "-z", "-M", _RENAME_LIMIT, "--diff-filter=R", last, head, "--")
        names = [name for name in out.decode("utf-8", "surrogateescape").split("\0") if not name.startswith(":")]
        moved = dict(zip(names[::2], names[1::2], strict=False))
    return {file.path: file.path if file.path in there else moved.get(file.path, file.path) for file in files}


def _blobs_at(git: GitCalls, head: str, paths: Sequence[str]) -> Mapping[str, tuple[str, int]]:
    """{path: (blob, size)} of those paths that are files in `head`."""
    if not paths:
        return {}
    _, out = git.local("ls-tree", "-l", "-z", "--full-tree", head, "--", *paths)
    found = {}
    for record in out.decode("utf-8", "surrogateescape").split("\0"):
        details, _, path = record.partition("\t")
        if len(words := details.split()) == 4 and words[1] == "blob":
            found[path] = (words[2], int(words[3]))
    return found


def _texts(git: GitCalls, blobs: Sequence[str]) -> Mapping[str, bytes]:
    """The content of each blob that is not too large."""
    stdin = "".join(f"{blob}\n" for blob in dict.fromkeys(blobs)).encode()
    if not stdin:
        return {}
    answers = git.local("cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)", stdin=stdin)[1]
    rows = [line.split() for line in answers.decode("ascii", "replace").splitlines()]
    small = [row[0] for row in rows if len(row) == 3 and row[1] == "blob" and int(row[2]) <= MAX_BYTES]
    rest = git.local("cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in small).encode())[1] if small else b""
    texts = {}
    for blob in small:
        header, _, rest = rest.partition(b"\n")
        size = int(header.split()[2])
        texts[blob], rest = rest[:size], rest[size + 1 :]
    return texts


def _significant(text: bytes) -> set[bytes]:
    """The lines that are recognised, without the space around them."""
    lines = (line.strip() for line in text.split(b"\n"))
    return {line for line in lines if sum(chr(byte).isalnum() for byte in line) >= MIN_LETTERS}


def _blamed(git: GitCalls, base: str, head: str, path: str, deadline: float) -> Iterator[tuple[int, str, bytes, bool]]:
    """(line number, commit, text, whether it is older than the PR) of each line."""
    if deadline <= 0:
        raise Failed("git", f"the check of the lines took longer than {MAX_SECONDS:g} s")
    span = f"{base}..{head}" if base else head
    argv = ("blame", "--first-parent", "--porcelain", "--no-textconv", span, "--", path)
    _, out = git.local(*argv, deadline=deadline)
    boundaries: set[str] = set()
    # A record is a header, the details of its commit if it is the first of that commit, and the line after a tab.
    for record in re.split(rb"(?<=\n)(?=[0-9a-f]{40,64} \d)", out):
        if not (header := _BLAME_HEADER.match(record)):
            continue
        details, _, text = record.partition(b"\n\t")
        commit = header[1].decode()
        if _BOUNDARY.search(details):
            boundaries.add(commit)
        yield int(header[2]), commit, text, commit in boundaries
