"""What each commit of a range changed, and who of them wrote a line last: the evidence that git holds against a PR.

Everything is told along the first-parent line, since that is where PRs are: a merge answers for all it brought.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from cockpit.adapters.git.git_command import GitCalls
from cockpit.deploy.suspects.source_paths import Edit

_BLAMED = re.compile(rb"^([0-9a-f]{40,64}) \d+ (\d+)", re.MULTILINE)
_OLDER = re.compile(rb"^boundary$", re.MULTILINE)
_COUNTED = re.compile(r"(\d+|-)\t(\d+|-)\t(.*)", re.DOTALL)
_ID = re.compile("[0-9a-f]{40,64}")
_LOG = ("log", "--first-parent", "--diff-merges=first-parent", "--reverse", "--no-show-signature", "--no-ext-diff")


def edits(git: GitCalls, base: str, head: str) -> Mapping[str, tuple[Edit, ...]]:
    """What each commit of `head`'s first-parent line that is not in `base` did to each file: {id: edits}.

    Both are ids, `base` or empty. Binary files count as one line.
    """
    span = f"{base}..{head}" if base else head
    _, out = git.local(*_LOG, "-M", "--raw", "--numstat", "-z", "--format=%x00%H%x00", span, "--")
    fields = iter(out.decode("utf-8", "surrogateescape").split("\0"))
    found: dict[str, list[Edit]] = {}
    status: dict[str, str] = {}
    commit = ""
    for field in fields:
        field = field.lstrip("\n")
        if field.startswith(":"):
            letter = field.rpartition(" ")[2][:1]
            was = next(fields)
            status[next(fields) if letter in "RC" else was] = letter
        elif counted := _COUNTED.fullmatch(field):
            added, removed, path = counted.groups()
            was, path = (path, path) if path else (next(fields), next(fields))
            found[commit].append(Edit(path, was, _count(added), _count(removed), status.get(path) == "A"))
        elif _ID.fullmatch(field):
            commit, found[field] = field, []
            status.clear()
    return {one: tuple(some) for one, some in found.items()}


def _count(lines: str) -> int:
    """Lines as git counts them; a binary file has `-` of them."""
    return int(lines) if lines.isdigit() else 1


def blame_lines(git: GitCalls, base: str, head: str, path: str, spans: Iterable[tuple[int, int]]) -> Mapping[int, str]:
    """Which commit of `base..head` wrote each line of `path` at `head` last, within `spans` (first, last): {line: id}.

    Lines that are older than `base` are left out, as are spans beyond the end of the file and files that are not
    there.
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
    older: set[str] = set()
    # A record is a header, what is known of its commit where it comes first, and the line behind a tab.
    for record in re.split(rb"(?<=\n)(?=[0-9a-f]{40,64} \d)", out):
        if header := _BLAMED.match(record):
            commit = header[1].decode()
            found[int(header[2])] = commit
            if _OLDER.search(record.partition(b"\n\t")[0]):
                older.add(commit)
    return {line: commit for line, commit in found.items() if commit not in older}


def mentions(
    git: GitCalls, base: str, head: str, symbols: Sequence[str], skip: Iterable[str] = ()
) -> Mapping[str, frozenset[str]]:
    """Which of `symbols` are, as whole words, in the lines that each commit changed or right above them: {id: symbols}.

    `skip` are paths that are left out: files of thousands of changed lines are generated or vendored.
    """
    span = f"{base}..{head}" if base else head
    without = tuple(f":(exclude,literal,top){path}" for path in skip)
    shown = ("-p", "-U0", "-M", "--no-textconv", "--no-color", "--format=%x00%H%x00")
    _, out = git.local(*_LOG, *shown, span, "--", ".", *without)
    wanted = re.compile(rb"\b(?:%s)\b" % b"|".join(re.escape(symbol.encode()) for symbol in symbols))
    fields = out.split(b"\0")
    found: dict[str, frozenset[str]] = {}
    for commit, patch in zip(fields[1::2], fields[2::2], strict=False):
        changed = b"\n".join(line for line in patch.split(b"\n") if line[:1] in b"+-@")
        found[commit.decode("ascii", "replace")] = frozenset(hit.decode() for hit in wanted.findall(changed))
    return found


def paths_at(git: GitCalls, head: str) -> tuple[str, ...]:
    """Every file of the tree."""
    _, out = git.local("ls-tree", "-r", "-z", "--name-only", "--full-tree", head)
    return tuple(out.decode("utf-8", "surrogateescape").split("\0")[:-1])
