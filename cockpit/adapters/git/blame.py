"""Which commit changed a file, a line or a symbol: the evidence in git against a PR.

Only first-parent commits count, because those are the PRs: a merge commit stands for everything it brought.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from cockpit.adapters.git.git_command import GitCalls
from cockpit.deploy.suspects.source_paths import Edit

_BLAME_HEADER = re.compile(rb"^([0-9a-f]{40,64}) \d+ (\d+)", re.MULTILINE)
_BOUNDARY = re.compile(rb"^boundary$", re.MULTILINE)
_NUMSTAT = re.compile(r"(\d+|-)\t(\d+|-)\t(.*)", re.DOTALL)
_ID = re.compile("[0-9a-f]{40,64}")
_LOG = ("log", "--first-parent", "--diff-merges=first-parent", "--reverse", "--no-show-signature", "--no-ext-diff")


def edits(git: GitCalls, base: str, head: str) -> Mapping[str, tuple[Edit, ...]]:
    """The changes to each file by the first-parent commits in `head` that are not in `base`: {id: edits}.

    Both are ids; an empty `base` means the whole history. A binary file counts as one line.
    """
    span = f"{base}..{head}" if base else head
    _, out = git.local(*_LOG, "-M", "--raw", "--numstat", "-z", "--format=%x00%H%x00", span, "--")
    fields = iter(out.decode("utf-8", "surrogateescape").split("\0"))
    found: dict[str, list[Edit]] = {}
    letters: dict[str, str] = {}
    commit = ""
    for field in fields:
        field = field.lstrip("\n")
        if field.startswith(":"):
            letter = field.rpartition(" ")[2][:1]
            old_path = next(fields)
            letters[next(fields) if letter in "RC" else old_path] = letter
        elif counts := _NUMSTAT.fullmatch(field):
            added, removed, path = counts.groups()
            old_path, path = (path, path) if path else (next(fields), next(fields))
            found[commit].append(Edit(path, old_path, _count(added), _count(removed), letters.get(path) == "A"))
        elif _ID.fullmatch(field):
            commit, found[field] = field, []
            letters.clear()
    return {sha: tuple(changes) for sha, changes in found.items()}


def _count(lines: str) -> int:
    """A line count of `--numstat`, which prints `-` for a binary file."""
    return int(lines) if lines.isdigit() else 1


def blame_lines(git: GitCalls, base: str, head: str, path: str, spans: Iterable[tuple[int, int]]) -> Mapping[int, str]:
    """The commit of `base..head` that last changed each line of `path` at `head`: {line number: id}.

    `spans` are the (first, last) lines to look at. Lines that are older than `base`, lines beyond the end of the file
    and missing files are left out.
    """
    code, out = git.local("cat-file", "blob", f"{head}:{path}", also=(128,))
    length = out.count(b"\n") + (not out.endswith(b"\n") if out else 0)
    wanted = [(max(1, first), min(last, length)) for first, last in spans if first <= length]
    if code or not wanted:
        return {}
    ranges = [f"-L{first},{last}" for first, last in wanted]
    span = f"{base}..{head}" if base else head
    _, out = git.local("blame", "--first-parent", "--porcelain", "--no-textconv", "-w", *ranges, span, "--", path)
    found: dict[int, str] = {}
    boundaries: set[str] = set()
    # A record is a header, the details of its commit if it is the first of that commit, and the line after a tab.
    for record in re.split(rb"(?<=\n)(?=[0-9a-f]{40,64} \d)", out):
        if header := _BLAME_HEADER.match(record):
            commit = header[1].decode()
            found[int(header[2])] = commit
            if _BOUNDARY.search(record.partition(b"\n\t")[0]):
                boundaries.add(commit)
    return {line: commit for line, commit in found.items() if commit not in boundaries}


def mentions(
    git: GitCalls, base: str, head: str, symbols: Sequence[str], skip: Iterable[str] = ()
) -> Mapping[str, frozenset[str]]:
    """Which of `symbols` each commit mentions: {id: symbols}.

    Looks for whole words in the changed lines and in the hunk headers. `skip` are paths to leave out: files with
    thousands of changed lines are generated or vendored.
    """
    span = f"{base}..{head}" if base else head
    excluded = tuple(f":(exclude,literal,top){path}" for path in skip)
    options = ("-p", "-U0", "-M", "--no-textconv", "--no-color", "--format=%x00%H%x00")
    _, out = git.local(*_LOG, *options, span, "--", ".", *excluded)
    wanted = re.compile(rb"\b(?:%s)\b" % b"|".join(re.escape(symbol.encode()) for symbol in symbols))
    fields = out.split(b"\0")
    found: dict[str, frozenset[str]] = {}
    for commit, patch in zip(fields[1::2], fields[2::2], strict=False):
        changed = b"\n".join(line for line in patch.split(b"\n") if line[:1] in b"+-@")
        found[commit.decode("ascii", "replace")] = frozenset(word.decode() for word in wanted.findall(changed))
    return found


def paths_at(git: GitCalls, head: str) -> tuple[str, ...]:
    """Every path in the commit's tree."""
    _, out = git.local("ls-tree", "-r", "-z", "--name-only", "--full-tree", head)
    return tuple(out.decode("utf-8", "surrogateescape").split("\0")[:-1])
