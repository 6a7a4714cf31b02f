"""Pull requests as history tells them: which PR a commit of main belongs to.

Read from commits alone, so it works offline: merge commits, squashes, and series that were rebased onto main and
name their PR in a trailer (`claims` knows the wordings). Messages are written by strangers: texts are cleaned here.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct, field

from cockpit.deploy.pulls.pull_number import Claim, commit_claim, is_gerrit_merge, is_series, merge_claim, picked_from
from cockpit.deploy.text import clean

SHORT_CHANGE = 12
"""Characters of a Change-Id that people say."""


class MergeMethod(StrEnum):
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
    second_parent_message: str = ""
    """Message of the second parent, where a merge's own names no review: Gerrit's are such."""
    picked_message: str = ""
    """Message of the commit that this one says it was picked from, where the repository has it."""
    landed: float = 0.0
    """When its committer made it, which on main is when it was merged; `at` is its author's time."""


class PullRequest(Struct, frozen=True):
    """A reviewed change as it stands in main."""

    number: int
    """0 for a commit that no PR claims."""
    title: str
    author: str
    method: MergeMethod = field(name="how")
    commits: tuple[str, ...]
    """Ids on main's first-parent line, oldest first: one merge, one squash, or the whole series."""
    files: tuple[str, ...]
    at: float
    change: str = ""
    """The review's own name where it has no plain number: a Gerrit Change-Id, Phabricator's `D12`."""
    merged: float = 0.0
    """When it came into main, by its last commit's committer; 0 where that is not known, as in old records."""

    @property
    def name(self) -> str:
        """`#12`, the change's name, or the short id of a commit that no PR claims."""
        if self.change:
            return self.change[:SHORT_CHANGE]
        return f"#{self.number}" if self.number else self.commits[-1][:8]

    def matches(self, number: int, change: str = "") -> bool:
        """Whether a person means this one: by its number, `D12`, or a Change-Id or eight characters of it at least."""
        if change:
            whole = change == self.change
            return whole or (change[0] == "I" and len(change) >= 8 and self.change.startswith(change))
        return number > 0 and number == self.number


def pull_requests(commits: Iterable[Commit]) -> tuple[PullRequest, ...]:
    """The PRs of a first-parent walk of main, oldest first as the commits are.

    Neighbouring commits of one series, which were rebased or name the same PR one by one, become one PR; a commit
    without a PR stands alone as `DIRECT`.
    """
    found: list[PullRequest] = []
    for commit in commits:
        pull = _read(commit)
        last = found[-1] if found else None
        if last and pull.number and last.number == pull.number and MergeMethod.MERGE not in (pull.method, last.method):
            found[-1] = _join(last, pull)
        else:
            found.append(pull)
    return tuple(found)


def reverted_by(commits: Iterable[Commit]) -> Mapping[str, str]:
    """Which commit of the walk each commit reverts, read from git's own sentence: {reverted id: reverting id}."""
    return {
        sha: commit.sha for commit in commits for sha in re.findall(r"This reverts commit ([0-9a-f]{40})", commit.body)
    }


def related_commit(commit: Commit) -> str:
    """The id of another commit whose message is needed to tell the PR of this one; empty where none is."""
    if len(commit.parents) > 1:
        return commit.parents[1] if is_gerrit_merge(commit.subject) else ""
    return picked_from(commit.body)


def subject_and_body(message: str) -> tuple[str, str]:
    """A message's subject, on one line, and the rest."""
    subject, _, body = message.strip("\n").partition("\n\n")
    return " ".join(subject.split("\n")), body


def _read(commit: Commit) -> PullRequest:
    claim, how = _merged(commit) if len(commit.parents) > 1 else _linear(commit)
    files = tuple(clean(path) for path in commit.files)
    title, author = clean(claim.title).strip(), clean(commit.author).strip()
    return PullRequest(claim.number, title, author, how, (commit.sha,), files, commit.at, claim.change, commit.landed)


def _merged(commit: Commit) -> tuple[Claim, MergeMethod]:
    claim = merge_claim(commit.subject, commit.body)
    if not claim and commit.second_parent_message:
        told = commit_claim(*subject_and_body(commit.second_parent_message))
        claim = Claim(told.number, claim.title, told.change)
    return claim, MergeMethod.MERGE if claim else MergeMethod.DIRECT


def _linear(commit: Commit) -> tuple[Claim, MergeMethod]:
    claim = commit_claim(commit.subject, commit.body)
    if claim and picked_from(commit.body) and _quoted(claim, commit.picked_message):
        claim = Claim(0, commit.subject)
    if not claim:
        return claim, MergeMethod.DIRECT
    return claim, MergeMethod.REBASE if is_series(commit.subject, commit.body) else MergeMethod.SQUASH


def _quoted(claim: Claim, origin: str) -> bool:
    """Whether a picked commit only repeats what its origin claims; where that is not known, what it says is doubted
    unless it says more than one number."""
    if not origin:
        return not re.search(r"\(#\d+\)\s*$", claim.title)
    theirs = commit_claim(*subject_and_body(origin))
    return (theirs.number, theirs.change) == (claim.number, claim.change)


def _join(first: PullRequest, then: PullRequest) -> PullRequest:
    files = tuple(dict.fromkeys((*first.files, *then.files)))
    return PullRequest(
        *(first.number, first.title, first.author, MergeMethod.REBASE, first.commits + then.commits, files),
        *(then.at, first.change, then.merged),
    )
