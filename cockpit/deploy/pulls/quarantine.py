"""Which PRs are to stay out, and whether main brings one of them back.

A PR that was reverted for a release stays out until somebody marks it as re-landed, as does one that was under
suspicion when a release was rolled back. History alone tells: a revert of the revert, a commit with the very same
change (git's patch id, which `ports.History` finds), or Gerrit's Change-Id once more.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from cockpit.deploy.facts import RevertProposed, pull_name
from cockpit.deploy.pulls.claims import commit_claim, merge_claim
from cockpit.deploy.pulls.pull import Commit, PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.text import clean, short

MOST = 200
"""PRs that are looked for: the last to be taken out."""
_REVERTS = re.compile(r"This reverts commit ([0-9a-f]{7,64})")
_UNDOES = re.compile(r"^Reverts (?:[\w.-]+/[\w.-]+)?[#!]([1-9]\d{0,8})\b", re.MULTILINE)
_CHANGE = re.compile(r"^Change-Id: *(I[0-9a-f]{40})[ \t]*$", re.MULTILINE)
_NUMBER = re.compile(r"/(?:pulls?|merge_requests)/(\d{1,9})(?:\D|$)")


class Quarantined(Struct, frozen=True):
    """A PR that is to stay out."""

    pull: PullRequest
    release: str
    """For which it was taken out, or which was rolled back."""
    reverts: tuple[str, ...] = ()
    """Commits on main that took it out, and their picks; empty where it was suspected and nobody has reverted it."""
    proposal: int = 0
    """The number of the revert's own PR, where it had one."""
    reland: str = ""
    """Where cockpit opened a draft that puts it back."""

    @property
    def key(self) -> str:
        """Its newest commit, which tells it from every other."""
        return self.pull.commits[-1]


class Way(StrEnum):
    """How a PR is back."""

    REVERTED = "takes its revert back"
    SAME = "makes the same change"
    CHANGE = "has the same Change-Id"
    STAYS = "is still there"


class Comeback(Struct, frozen=True):
    """A PR that is to stay out, and the commit of main by which it is in. Texts are cleaned."""

    pull: str
    release: str
    commit: str
    subject: str
    way: Way
    suspected: bool = False
    """Whether it was under suspicion when that release was rolled back, and not reverted for it."""

    @property
    def words(self) -> str:
        """A lower-case sentence."""
        which = f"{short(self.commit)} on main “{self.subject}” {self.way}"
        if self.suspected:
            return f"{self.pull} was under suspicion when {self.release} was rolled back, and {which}"
        return f"{self.pull} was reverted in {self.release}, and {which}"


class Likeness(Struct, frozen=True):
    """Commits of a range whose change is, by git's patch id, that of a PR, or the very opposite."""

    same: frozenset[str] = frozenset()
    opposite: frozenset[str] = frozenset()


def quarantined(releases: Sequence[Release]) -> tuple[Quarantined, ...]:
    """The PRs that these releases, oldest first, took out or suspected; the newest first."""
    found: list[Quarantined] = []
    for release in reversed(releases):
        if not (release.undone or release.suspected):
            continue
        pulls = {pull.name: pull for pull in release.pulls}
        proposals = {one.name: one for one in release.proposed}
        for done in reversed(release.undone):
            if pull := pulls.get(pull_name(done)):
                commits = (*done.reverts, *done.picks)
                found.append(Quarantined(pull, release.id, commits, _proposal(proposals, pull), done.reland))
        found += [
            Quarantined(pulls[name], release.id)
            for name in release.suspected
            if name in pulls and name not in release.gone
        ]
    return tuple(found[:MOST])


def comebacks(
    out: Iterable[Quarantined], line: Sequence[Commit], likeness: Mapping[str, Likeness]
) -> tuple[Comeback, ...]:
    """Which of the PRs that are `out` is back.

    `line` is every commit of main that is not released yet, newest first; `likeness` is by `Quarantined.key`.
    """
    parents = {commit.sha: commit.parents for commit in line}
    found = (_back(one, line, parents, likeness.get(one.key, Likeness())) for one in out)
    return tuple(one for one in found if one)


def after(one: Quarantined, line: Sequence[Commit], parents: Mapping[str, tuple[str, ...]]) -> list[Commit]:
    """What came to main after the PR was taken out, or, if it never was, after it came in: oldest first."""
    before: set[str] = set()
    at = list(one.reverts or one.pull.commits)
    while at:
        sha = at.pop()
        if sha in parents and sha not in before:
            before.add(sha)
            at += parents[sha]
    return [commit for commit in reversed(line) if commit.sha not in before]


def _back(
    one: Quarantined, line: Sequence[Commit], parents: Mapping[str, tuple[str, ...]], alike: Likeness
) -> Comeback | None:
    stays = [] if one.reverts else [commit for commit in line if commit.sha in one.pull.commits]
    ways = dict.fromkeys((commit.sha for commit in stays), Way.STAYS)
    by_id = {commit.sha: commit for commit in stays}
    out = set(one.reverts)
    for commit in after(one, line, parents):
        if _marked(commit, one):
            return None
        undone = set(_REVERTS.findall(commit.body))
        if ways and (commit.sha in alike.opposite or any(_same(sha, known) for sha in undone for known in ways)):
            ways.clear()
            out.add(commit.sha)
        elif way := _way(commit, one, alike, undone, out):
            ways[commit.sha] = way
            by_id[commit.sha] = commit
    if not ways:
        return None
    first, way = next(iter(ways.items()))
    return Comeback(one.pull.name, one.release, first, clean(by_id[first].subject), way, not one.reverts)


def _way(commit: Commit, one: Quarantined, alike: Likeness, undone: set[str], out: set[str]) -> Way | None:
    proposals = _UNDOES.findall(commit.body)
    if any(_same(sha, known) for sha in undone for known in out) or (one.proposal and str(one.proposal) in proposals):
        return Way.REVERTED
    if commit.sha in alike.same:
        return Way.SAME
    if one.pull.change and one.pull.change in _CHANGE.findall(commit.body):
        return Way.CHANGE
    return None


def _marked(commit: Commit, one: Quarantined) -> bool:
    """Whether the commit says that the PR is re-landed: by its words, or as the draft that cockpit opened for it."""
    called = {one.pull.change, one.pull.name} if one.pull.change else {one.pull.name}
    said = "|".join(re.escape(name) for name in called)
    message = f"{commit.subject}\n{commit.body}"
    if re.search(rf"^[\s*-]*Re-?lands?:?\s+(?:{said})(?!\w)", message, re.MULTILINE | re.IGNORECASE):
        return True
    if f"reland/{one.release}/{short(one.key)}" in message:
        return True
    draft = _NUMBER.search(one.reland)
    read = merge_claim if len(commit.parents) > 1 else commit_claim
    return bool(draft) and read(commit.subject, commit.body).number == int(draft[1] if draft else 0)


def _proposal(proposals: Mapping[str, RevertProposed], pull: PullRequest) -> int:
    return proposals[pull.name].proposal if pull.name in proposals else 0


def _same(said: str, known: str) -> bool:
    """Whether an id that a message says, perhaps cut short, is that commit's."""
    return known.startswith(said)
