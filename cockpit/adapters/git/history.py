"""Resolves the names of commits, and reads the commits of a range from git.

Names come from people and from the remote. Each is checked against git's rules before it is put on a command line, and
always as a full name, so that git never reads a branch called `--output=x` as an option.
"""

import re

from msgspec.structs import replace

from cockpit.adapters.git.git_command import GitCalls
from cockpit.deploy.pulls.pull_request import Commit, related_commit, subject_and_body
from cockpit.deploy.text import clean
from cockpit.ports import Failed

# git-check-ref-format(1), rules 1 to 10, and no leading dash, which it forbids for branches.
_FORBIDDEN = re.compile(r"^[-/.]|/\.|\.\.|[\x00-\x20\x7f~^:?*\[\\]|@\{|//|\.lock(/|$)|[/.]$|^@$|^$")
_ID = re.compile(r"[0-9a-f]{4,64}")
_FORMAT = "--format=%x00%H%x00%P%x00%an%x00%at %ct%x00%B%x00"


def checked_name(name: str, kind: str) -> str:
    """`name`, if git allows it for a branch or tag. Raises `Failed` otherwise."""
    if _FORBIDDEN.search(name):
        raise Failed("git", f"{clean(name)!r} is not a valid {kind} name", "use letters, digits, dots and dashes")
    return name


def commit_id(git: GitCalls, ref: str, main: str) -> str:
    """The commit id of a branch, a tag, a full ref name or an id, tried in this order. Raises `Failed`.

    `main` and `HEAD` mean the configured main branch.
    """
    name = checked_name(main if ref in ("HEAD", "main") else ref, "branch, tag or commit")
    refs = [name] if name.startswith("refs/") else [f"refs/heads/{name}", f"refs/tags/{name}"]
    if _ID.fullmatch(name):
        refs.append(name)
    for candidate in refs:
        if commit := ref_target(git, candidate):
            return commit
    raise Failed("git", f"{git.shown} has no branch, tag or commit {clean(name)}", "check the spelling, or push it")


def ref_target(git: GitCalls, ref: str) -> str:
    """The commit id of a full ref name in the mirror; empty if there is no such ref."""
    code, out = git.local("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", also=(1, 128))
    return out.decode().strip() if code == 0 else ""


def contains(git: GitCalls, head: str, commit: str) -> bool:
    """Whether `commit` is in the history of `head`; both are ids. False for an unknown commit."""
    return git.local("merge-base", "--is-ancestor", commit, head, also=(1, 128))[0] == 0


def first_parent_commits(git: GitCalls, base: str, head: str, files: bool = True) -> tuple[Commit, ...]:
    """The first-parent commits in `head` that are not in `base`, oldest first.

    Both are ids; an empty `base` means the whole history. With `files` each commit has the paths that it changed
    against its first parent, and both paths of a renamed file.
    """
    paths = ("--diff-merges=first-parent", "--no-renames", "--name-only") if files else ()
    span = f"{base}..{head}" if base else head
    return _with_related_messages(git, commits_of(git, "--first-parent", *paths, "--reverse", span))


def every_commit(git: GitCalls, base: str, head: str, most: int) -> tuple[Commit, ...]:
    """The newest `most` commits in `head` that are not in `base`, children before parents.

    Commits that merges brought are included. Each has the paths that it changed against its first parent.
    """
    paths = ("--diff-merges=first-parent", "--no-renames", "--name-only")
    span = f"{base}..{head}" if base else head
    return commits_of(git, "--topo-order", f"--max-count={most}", *paths, span)


def commits_of(git: GitCalls, *options: str) -> tuple[Commit, ...]:
    """The commits that `git log` prints with these options, in its order."""
    _, out = git.local("log", "-z", "--no-show-signature", "--encoding=UTF-8", _FORMAT, *options, "--")
    return _commits(out.decode("utf-8", "replace"))


def messages(git: GitCalls, base: str, head: str) -> tuple[tuple[str, str], ...]:
    """(commit id, message) of every commit in `head` that is not in `base`, newest first."""
    _, out = git.local("log", "-z", "--encoding=UTF-8", "--format=%H%n%B", f"{base}..{head}", "--")
    records = (record.partition("\n") for record in out.decode("utf-8", "replace").split("\0"))
    return tuple((sha, message) for sha, _, message in records if sha)


def _with_related_messages(git: GitCalls, commits: tuple[Commit, ...]) -> tuple[Commit, ...]:
    """Add the messages of the related commits that name a commit's PR, with one call of git."""
    related = {commit.sha: other for commit in commits if (other := related_commit(commit))}
    if not related:
        return commits
    ids = "".join(f"{other}\n" for other in related.values()).encode()
    rest = git.local("cat-file", "--batch", stdin=ids)[1]
    found: dict[str, str] = {}
    for sha in related:
        header, _, rest = rest.partition(b"\n")
        if (fields := header.split())[-1].isdigit():
            raw, rest = rest[: int(fields[2])], rest[int(fields[2]) + 1 :]
            found[sha] = raw.partition(b"\n\n")[2].decode("utf-8", "replace") if fields[1] == b"commit" else ""
    return tuple(_with_message(commit, found.get(commit.sha)) for commit in commits)


def _with_message(commit: Commit, message: str | None) -> Commit:
    if message is None:
        return commit
    if len(commit.parents) > 1:
        return replace(commit, second_parent_message=message)
    return replace(commit, picked_message=message)


def _commits(out: str) -> tuple[Commit, ...]:
    """The commits in the output of `git log`.

    Each record is an empty field, five fields, an empty field, and its paths, the first of them after a line feed. A
    path is never empty, so an empty field starts the next record.
    """
    fields = out.split("\0")
    commits: list[Commit] = []
    start = 0
    while start + 6 < len(fields):
        sha, parents, author, times, message = fields[start + 1 : start + 6]
        authored, _, committed = times.partition(" ")
        end = start + 7
        while end < len(fields) and fields[end]:
            end += 1
        files = fields[start + 7 : end]
        if files:
            files[0] = files[0].removeprefix("\n")
        subject, body = subject_and_body(message)
        commits.append(
            Commit(
                sha=sha,
                parents=tuple(parents.split()),
                author=author,
                at=float(authored or 0),
                landed=float(committed or 0),
                subject=subject,
                body=body,
                files=tuple(files),
            )
        )
        start = end
    return tuple(commits)
