"""Names in the repository, and its first-parent line as commits: git's answers as values.

Names come from people and from the remote, so each is checked against git's own rules before it stands on a
command line, and always as a full name: a branch called `--output=x` is then no option.
"""

import re

from msgspec.structs import replace

from cockpit.adapters.git.git_command import GitCalls
from cockpit.deploy.pulls.pull_request import Commit, says_more, subject_and_body
from cockpit.deploy.text import clean
from cockpit.ports import Failed

# git-check-ref-format(1), rules 1 to 10; a leading dash is what it forbids for branches.
_FORBIDDEN = re.compile(r"^[-/.]|/\.|\.\.|[\x00-\x20\x7f~^:?*\[\\]|@\{|//|\.lock(/|$)|[/.]$|^@$|^$")
_ID = re.compile(r"[0-9a-f]{4,64}")
_FORMAT = "--format=%x00%H%x00%P%x00%an%x00%at %ct%x00%B%x00"


def checked(name: str, what: str) -> str:
    """`name`, if git allows it for a branch or tag. Raises `Failed`."""
    if _FORBIDDEN.search(name):
        raise Failed("git", f"{clean(name)!r} cannot be the name of a {what}", "use letters, digits, dots and dashes")
    return name


def commit_id(git: GitCalls, ref: str, main: str) -> str:
    """The id of the commit that a branch, a tag, a full ref name or an id names, in this order. Raises `Failed`.

    `main` and `HEAD` mean the configured branch, whatever it is called.
    """
    name = checked(main if ref in ("HEAD", "main") else ref, "branch, tag or commit")
    places = [name] if name.startswith("refs/") else [f"refs/heads/{name}", f"refs/tags/{name}"]
    if _ID.fullmatch(name):
        places.append(name)
    for place in places:
        code, out = git.local(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{place}^{{commit}}", also=(1, 128)
        )
        if code == 0:
            return out.decode().strip()
    raise Failed("git", f"{git.shown} has no branch, tag or commit {clean(name)}", "check its spelling, or push it")


def ref_at(git: GitCalls, ref: str) -> str:
    """The commit a full ref name stands at in the mirror; empty where there is no such ref."""
    code, out = git.local("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", also=(1, 128))
    return out.decode().strip() if code == 0 else ""


def contains(git: GitCalls, head: str, commit: str) -> bool:
    """Whether `commit` is in the history of `head`; both are ids. A commit nobody knows is in none."""
    return git.local("merge-base", "--is-ancestor", commit, head, also=(1, 128))[0] == 0


def first_parent_line(git: GitCalls, base: str, head: str, files: bool = True) -> tuple[Commit, ...]:
    """The commits of `head`'s first-parent line that are not in `base`, oldest first; both are ids, `base` or empty.

    `files` are the paths changed against the first parent, both names of a renamed one; empty unless asked for.
    """
    paths = ("--diff-merges=first-parent", "--no-renames", "--name-only") if files else ()
    span = f"{base}..{head}" if base else head
    return _with_more(git, commits_of(git, "--first-parent", *paths, "--reverse", span))


def every_commit(git: GitCalls, base: str, head: str, most: int) -> tuple[Commit, ...]:
    """The newest `most` commits in `head` that are not in `base`, a child always before its parents, those that merges
    brought as well; with the paths each changed against its first parent."""
    paths = ("--diff-merges=first-parent", "--no-renames", "--name-only")
    span = f"{base}..{head}" if base else head
    return commits_of(git, "--topo-order", f"--max-count={most}", *paths, span)


def commits_of(git: GitCalls, *how: str) -> tuple[Commit, ...]:
    """The commits that `git log` walks, in its order."""
    _, out = git.local("log", "-z", "--no-show-signature", "--encoding=UTF-8", _FORMAT, *how, "--")
    return _commits(out.decode("utf-8", "replace"))


def messages(git: GitCalls, base: str, head: str) -> tuple[tuple[str, str], ...]:
    """(id, message) of every commit in `head` that is not in `base`, newest first."""
    _, out = git.local("log", "-z", "--encoding=UTF-8", "--format=%H%n%B", f"{base}..{head}", "--")
    records = (record.partition("\n") for record in out.decode("utf-8", "replace").split("\0"))
    return tuple((sha, message) for sha, _, message in records if sha)


def _with_more(git: GitCalls, commits: tuple[Commit, ...]) -> tuple[Commit, ...]:
    """The commits with the messages of others that tell their PR, of those that the repository has, in one call."""
    wanted = {commit.sha: other for commit in commits if (other := says_more(commit))}
    if not wanted:
        return commits
    asked = "".join(f"{other}\n" for other in wanted.values()).encode()
    told = git.local("cat-file", "--batch", stdin=asked)[1]
    found: dict[str, str] = {}
    for sha in wanted:
        header, _, told = told.partition(b"\n")
        if (fields := header.split())[-1].isdigit():
            raw, told = told[: int(fields[2])], told[int(fields[2]) + 1 :]
            found[sha] = raw.partition(b"\n\n")[2].decode("utf-8", "replace") if fields[1] == b"commit" else ""
    return tuple(
        replace(commit, **{"brought" if len(commit.parents) > 1 else "origin": found[commit.sha]})
        if commit.sha in found
        else commit
        for commit in commits
    )


def _commits(out: str) -> tuple[Commit, ...]:
    """Each record is an empty field, five fields, an empty field, and its paths, the first after a line feed.

    No field but the message can be empty where a record begins: neither can a path.
    """
    fields = out.split("\0")
    found: list[Commit] = []
    at = 0
    while at + 6 < len(fields):
        sha, parents, author, when, message = fields[at + 1 : at + 6]
        authored, _, landed = when.partition(" ")
        end = at + 7
        while end < len(fields) and fields[end]:
            end += 1
        files = fields[at + 7 : end]
        if files:
            files[0] = files[0].removeprefix("\n")
        subject, body = subject_and_body(message)
        found.append(
            Commit(
                sha=sha,
                parents=tuple(parents.split()),
                author=author,
                at=float(authored or 0),
                landed=float(landed or 0),
                subject=subject,
                body=body,
                files=tuple(files),
            )
        )
        at = end
    return tuple(found)
