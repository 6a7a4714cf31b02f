"""Pull requests as history tells them: which PR a commit of main belongs to.

Read from commits alone, so it works offline: merge commits, squashes, and series that were rebased onto main and
name their PR in a trailer. Messages are written by strangers: numbers are bounded, and texts are cleaned here.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct

from cockpit.deploy.text import clean

_NUMBER = r"([1-9]\d{0,8})"
_MERGE = re.compile(rf"Merge pull request #{_NUMBER} from (\S+)")
_MERGED_PR = re.compile(rf"Merged PR {_NUMBER}: (.+)")
_PR_MERGED = re.compile(rf"Pull request #{_NUMBER}: (.+)")
_MERGED_IN = re.compile(rf"Merged in (\S+) \(pull request #{_NUMBER}\)")
_MERGE_REQUEST = re.compile(rf"^See merge request \S{{0,200}}!{_NUMBER}[ \t]*$", re.MULTILINE)
_SQUASH = re.compile(rf"\(#{_NUMBER}\)\s*$")
_TRAILER = re.compile(rf"^(?:PR-URL|Part-of|Pull-Request): *<?(?:\S{{0,300}}[/#!])?{_NUMBER}>?[ \t]*$", re.MULTILINE)
_OUR_REVERT = re.compile(r"^Reverts-PR: \d+$", re.MULTILINE)


class How(StrEnum):
    """How a PR came into main, which decides how it is taken out."""

    MERGE = "merge"
    SQUASH = "squash"
    REBASE = "rebase"
    DIRECT = "direct"


class Commit(Struct, frozen=True):
    """One commit of main's first-parent line."""

    sha: str
    parents: tuple[str, ...]
    author: str
    at: float
    subject: str
    body: str = ""
    files: tuple[str, ...] = ()
    """Paths changed against the first parent."""


class PullRequest(Struct, frozen=True):
    """A reviewed change as it stands in main."""

    number: int
    """0 for a commit that no PR claims."""
    title: str
    author: str
    how: How
    commits: tuple[str, ...]
    """Ids on main's first-parent line, oldest first: one merge, one squash, or the whole series."""
    files: tuple[str, ...]
    at: float

    @property
    def name(self) -> str:
        """`#12`, or the short id of a commit that no PR claims."""
        return f"#{self.number}" if self.number else self.commits[-1][:8]


def pull_requests(commits: Iterable[Commit]) -> tuple[PullRequest, ...]:
    """The PRs of a first-parent walk of main, oldest first as the commits are.

    Neighbouring commits of one series, which were rebased or name the same PR one by one, become one PR; a commit
    without a PR stands alone as `DIRECT`.
    """
    found: list[PullRequest] = []
    for commit in commits:
        pull = _read(commit)
        last = found[-1] if found else None
        if last and pull.number and last.number == pull.number and How.MERGE not in (pull.how, last.how):
            found[-1] = _join(last, pull)
        else:
            found.append(pull)
    return tuple(found)


def reverted_by(commits: Iterable[Commit]) -> Mapping[str, str]:
    """Which commit of the walk each commit reverts, read from git's own sentence: {reverted id: reverting id}."""
    return {
        sha: commit.sha for commit in commits for sha in re.findall(r"This reverts commit ([0-9a-f]{40})", commit.body)
    }


def _read(commit: Commit) -> PullRequest:
    number, how, title = _merged(commit) if len(commit.parents) > 1 else _linear(commit)
    files = tuple(clean(path) for path in commit.files)
    return PullRequest(number, clean(title).strip(), clean(commit.author).strip(), how, (commit.sha,), files, commit.at)


def _merged(commit: Commit) -> tuple[int, How, str]:
    """A merge commit as GitHub, Azure, Bitbucket or GitLab write it."""
    subject, first_line = commit.subject, next((line for line in commit.body.splitlines() if line.strip()), "")
    if merge := _MERGE.match(subject):
        return int(merge[1]), How.MERGE, first_line or merge[2]
    if merge := _MERGED_PR.match(subject) or _PR_MERGED.match(subject):
        return int(merge[1]), How.MERGE, merge[2]
    if merge := _MERGED_IN.match(subject):
        return int(merge[2]), How.MERGE, first_line or merge[1]
    if merge := _MERGE_REQUEST.search(commit.body):
        return int(merge[1]), How.MERGE, subject if merge[0] == first_line else first_line
    if titled := _SQUASH.search(subject):
        return int(titled[1]), How.MERGE, subject[: titled.start()].rstrip()
    return 0, How.DIRECT, subject


def _linear(commit: Commit) -> tuple[int, How, str]:
    """A commit with one parent. Our own reverts end in the title of what they take back, which may name its PR."""
    if _OUR_REVERT.search(commit.body):
        return 0, How.DIRECT, commit.subject
    if squash := _SQUASH.search(commit.subject):
        return int(squash[1]), How.SQUASH, commit.subject[: squash.start()].rstrip()
    # The last one: a message that quotes another PR's ends in its own.
    if trailers := _TRAILER.findall(commit.body):
        return int(trailers[-1]), How.REBASE, commit.subject
    return 0, How.DIRECT, commit.subject


def _join(first: PullRequest, then: PullRequest) -> PullRequest:
    files = tuple(dict.fromkeys((*first.files, *then.files)))
    return PullRequest(
        first.number, first.title, first.author, How.REBASE, first.commits + then.commits, files, then.at
    )
