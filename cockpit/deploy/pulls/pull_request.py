"""Pull requests, read from the git history: which PR each commit of main belongs to.

It needs only commits, so it works offline: merge commits, squashes, and series that were rebased onto main with the PR
in a trailer (`pull_number` has the formats). Commit messages are untrusted and cleaned here.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct, field

from cockpit.deploy.pulls.pull_number import Claim, commit_claim, is_gerrit_merge, is_series, merge_claim, picked_from
from cockpit.deploy.text import clean

SHORT_CHANGE = 12
"""The characters of an abbreviated Change-Id."""


class MergeMethod(StrEnum):
    """How a PR was merged, which decides how it is reverted."""

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
    """The message of the second parent, if the merge itself names no review, as with Gerrit."""
    picked_message: str = ""
    """The message of the commit from which this one was picked, if the repository has it."""
    landed: float = 0.0
    """The committer's time, which on main is the time of the merge; `at` is the author's time."""


class PullRequest(Struct, frozen=True):
    """A reviewed change on main."""

    number: int
    """0 for a commit without a PR."""
    title: str
    author: str
    method: MergeMethod = field(name="how")
    commits: tuple[str, ...]
    """Ids on main's first-parent line, oldest first: one merge, one squash, or a whole series."""
    files: tuple[str, ...]
    at: float
    change: str = ""
    """The review's name if it has no number: a Gerrit Change-Id, Phabricator's `D12`."""
    merged: float = 0.0
    """When it was merged, by the committer's time of its last commit; 0 if unknown, as in old records."""

    @property
    def name(self) -> str:
        """`#12`, the abbreviated Change-Id, or the short id of a commit without a PR."""
        if self.change:
            return self.change[:SHORT_CHANGE]
        return f"#{self.number}" if self.number else self.commits[-1][:8]

    def matches(self, number: int, change: str = "") -> bool:
        """Whether it has this number, this `D12`, or a Change-Id that starts with these eight or more characters."""
        if change:
            whole = change == self.change
            return whole or (change[0] == "I" and len(change) >= 8 and self.change.startswith(change))
        return number > 0 and number == self.number


def pull_requests(commits: Iterable[Commit]) -> tuple[PullRequest, ...]:
    """The PRs of a first-parent walk of main, oldest first.

    Adjacent commits that name the same PR become one PR. A commit without a PR becomes one with the method `DIRECT`.
    """
    pulls: list[PullRequest] = []
    for commit in commits:
        pull = _read(commit)
        last = pulls[-1] if pulls else None
        if last and pull.number and last.number == pull.number and MergeMethod.MERGE not in (pull.method, last.method):
            pulls[-1] = _join(last, pull)
        else:
            pulls.append(pull)
    return tuple(pulls)


def reverted_by(commits: Iterable[Commit]) -> Mapping[str, str]:
    """{reverted id: reverting id} for the commits of the walk, from the sentence that git writes."""
    return {
        sha: commit.sha for commit in commits for sha in re.findall(r"This reverts commit ([0-9a-f]{40})", commit.body)
    }


def related_commit(commit: Commit) -> str:
    """The id of another commit whose message is needed to find the PR of this one; empty if none is needed."""
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
        parent = commit_claim(*subject_and_body(commit.second_parent_message))
        claim = Claim(parent.number, claim.title, parent.change)
    return claim, MergeMethod.MERGE if claim else MergeMethod.DIRECT


def _linear(commit: Commit) -> tuple[Claim, MergeMethod]:
    claim = commit_claim(commit.subject, commit.body)
    if claim and picked_from(commit.body) and _quoted(claim, commit.picked_message):
        claim = Claim(0, commit.subject)
    if not claim:
        return claim, MergeMethod.DIRECT
    return claim, MergeMethod.REBASE if is_series(commit.subject, commit.body) else MergeMethod.SQUASH


def _quoted(claim: Claim, origin: str) -> bool:
    """Whether a picked commit only repeats the claim of its origin.

    If the origin is unknown, a claim counts only if the subject has more than one number.
    """
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
