"""The PR number that a commit message claims, in the formats of forges, merge queues and bots.

The pitfall is quoting. A revert or cherry-pick quotes another commit with its number, a subject may hold several
numbers, and a bare `#12` is mostly an issue. So a number counts only where a forge or bot writes it, the last one wins,
and the source of a cherry-pick is no claim.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

_NUMBER = r"([1-9]\d{0,8})"
_N = r"(?P<number>[1-9]\d{0,8})"
_MERGES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"Merge pull request [#!]{_N}(?:$| from (?P<branch>\S+)|:? ['\"]?(?P<title>.+?)['\"]?$)",  # GitHub, prow
        rf"Merge pull request '(?P<title>.+)' \(#{_N}\) from ",  # Gitea, Forgejo
        rf"Auto merge of #{_N} - (?P<branch>\S+), r=",  # homu, bors
        rf"Merge (?:[\w.\-]{{1,100}}/[\w.\-]{{1,100}})?#{_N}(?::? (?P<title>[^#].*))?(?: #.*)?$",  # bors-ng, scripts
        rf"Merge PR #{_N}(?: into \S+)?(?::? (?P<title>.+))?$",
        rf"(?:Merged PR |Pull request #){_N}: (?P<title>.+)",  # Azure DevOps, Bitbucket Server
        rf"Merged in (?P<branch>\S+) \(pull request #{_N}\)",  # Bitbucket Cloud
        rf"!{_N} (?P<title>.+)",  # Gitee
    )
)
_ENDING = re.compile(rf"\((?:#|PR[ -]#?|pull #|[gG][hH]-|!){_NUMBER}\)\s*$")
_REQUEST = re.compile(rf"^See merge request \S{{0,200}}(?:!|/merge_requests/){_NUMBER}[ \t]*$", re.MULTILINE)
_LONE_URL = re.compile(rf"^https?://\S{{1,200}}/merge_requests/{_NUMBER}[ \t]*$", re.MULTILINE)
_CLOSES = re.compile(rf"^Closes #{_NUMBER} from \S", re.MULTILINE)
_TRAILER = re.compile(
    r"^(?:PR-URL|Part-of|Pull-Request|Pull Request resolved|Reviewed[ -]at|Reviewed-on|Merge-Request):? *"
    rf"<?(?:\S{{0,300}}?(?:/pulls?/|merge_requests/|/\+/|[#!]))?{_NUMBER}/?>?[ \t]*$",
    re.MULTILINE,
)
_CHANGE = re.compile(r"^Change-Id: *(I[0-9a-f]{40})[ \t]*$", re.MULTILINE)
_REVISION = re.compile(r"^Differential Revision: *(?:https?://\S{1,200}/)?D([1-9]\d{0,8})[ \t]*$", re.MULTILINE)
_GERRIT_MERGE = re.compile(r'Merge "(.+)"(?: into \S+)?$')
_PICKED = re.compile(r"^\(cherry picked from commit ([0-9a-f]{7,64})\)", re.MULTILINE)
_OUR_REVERT = re.compile(r"^Reverts-PR: \d+$", re.MULTILINE)
_BORS_LINE = re.compile(r"[1-9]\d{0,8}: (.+?)(?: r=\S+)?(?: a=\S+)?$")
_ROBOT = ("Automatic merge from submit-queue", "**What", "If you want to cherry-pick")


class Claim(Struct, frozen=True):
    """The review that a commit message claims."""

    number: int = 0
    """0 if there is no review or it has no number."""
    title: str = ""
    change: str = ""
    """A Gerrit Change-Id or Phabricator's `D12`, if there is no number."""

    def __bool__(self) -> bool:
        return bool(self.number or self.change)


def is_gerrit_merge(subject: str) -> bool:
    """Whether it is the subject of a Gerrit merge, which names its change by title only."""
    return bool(_GERRIT_MERGE.match(subject))


def picked_from(body: str) -> str:
    """The id of the commit from which this one was last picked, by its message; empty if it was not."""
    matched = _PICKED.findall(body)
    return matched[-1] if matched else ""


def merge_claim(subject: str, body: str) -> Claim:
    """The claim of a merge commit. The title is the first line of the body if the forge puts it there."""
    first = next(_lines(body), "")
    for pattern in _MERGES:
        if matched := pattern.match(subject):
            named = matched.groupdict()
            bors = _BORS_LINE.match(first)
            title = named.get("title") or (bors[1] if bors else first) or named.get("branch") or subject
            return Claim(int(matched["number"]), title)
    for pattern in (_REQUEST, _LONE_URL):
        if found_all := pattern.findall(body):
            title = first if first and not pattern.match(first) and subject.startswith("Merge branch") else subject
            return Claim(int(found_all[-1]), title)
    if ending := _ENDING.search(subject):
        return Claim(int(ending[1]), subject[: ending.start()].rstrip())
    gerrit = _GERRIT_MERGE.match(subject)
    return Claim(0, gerrit[1] if gerrit else subject)


def commit_claim(subject: str, body: str) -> Claim:
    """The claim of a commit with one parent. Cockpit's own reverts quote the reverted commit and claim nothing."""
    if _OUR_REVERT.search(body):
        return Claim(0, subject)
    if ending := _ENDING.search(subject):
        return Claim(int(ending[1]), subject[: ending.start()].rstrip())
    for pattern in _MERGES:
        if pattern.match(subject):
            return merge_claim(subject, body)
    for pattern in (_TRAILER, _CLOSES, _REQUEST):
        # The last one: a message may quote that of another PR, and ends with its own number.
        if matched := pattern.findall(body):
            return Claim(int(matched[-1]), subject)
    if revision := _REVISION.findall(body):
        return Claim(int(revision[-1]), subject, f"D{revision[-1]}")
    change = _CHANGE.findall(body)
    return Claim(0, subject, change[-1] if change else "")


def is_series(subject: str, body: str) -> bool:
    """Whether the commit may be one of several of a rebased PR: a trailer names the PR."""
    return not _ENDING.search(subject) and bool(_TRAILER.search(body))


def _lines(body: str) -> Iterator[str]:
    return (line.strip() for line in body.splitlines() if line.strip() and not line.startswith(_ROBOT))
