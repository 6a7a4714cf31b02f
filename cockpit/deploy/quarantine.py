"""Which PRs are to stay out, and whether main brings one of them back.

A PR that was reverted for a release stays out until somebody marks it as re-landed, as does one that was under
suspicion when a release was rolled back. History alone tells: a revert of the revert, a commit with the very same
change (git's patch id, which `ports.History` finds), or Gerrit's Change-Id once more.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from cockpit.deploy.facts import RevertProposed, pull_name
from cockpit.deploy.pulls.mainline import Mainline, MessageClaims
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.text import clean, short

MOST = 100
"""PRs that are looked for: the last to be taken out."""
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


class Reappearance(Struct, frozen=True):
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
        if not (release.undone or release.blamed):
            continue
        pulls = {pull.name: pull for pull in release.pulls}
        proposals = {one.name: one for one in release.proposed}
        for done in reversed(release.undone):
            if pull := pulls.get(pull_name(done)):
                commits = (*done.reverts, *done.picks)
                found.append(Quarantined(pull, release.id, commits, _proposal(proposals, pull), done.reland))
        found += [
            Quarantined(pulls[name], release.id)
            for name in release.blamed
            if name in pulls and name not in release.gone
        ]
    return tuple(found[:MOST])


def comebacks(
    out: Iterable[Quarantined], landed: Mainline, likeness: Mapping[str, Likeness]
) -> tuple[Reappearance, ...]:
    """Which of the PRs that are `out` is back in what has `landed` and is not released yet; `likeness` is by
    `Quarantined.key`."""
    some = tuple(out)
    again = {one.key for one in some if _re_landed(one, landed)}
    # A PR that was re-landed under another number and taken out once more does the same as both.
    known = frozenset(sha for key in again if key in likeness for sha in likeness[key].same)
    found = (
        _back(one, landed, replace(alike, same=alike.same - known))
        for one in some
        if one.key not in again
        for alike in (likeness.get(one.key, Likeness()),)
    )
    return tuple(one for one in found if one)


def since(one: Quarantined, landed: Mainline) -> frozenset[str]:
    """What had landed already when the PR was taken out or, if it never was, when it came in."""
    return landed.before(one.reverts or one.pull.commits)


def _back(one: Quarantined, landed: Mainline, alike: Likeness) -> Reappearance | None:
    stays = () if one.reverts else tuple(sha for sha in one.pull.commits if sha in landed.by_id)
    ways = dict.fromkeys(stays, Way.STAYS)
    out = set(one.reverts)
    old = since(one, landed)
    telling = landed.said.keys() | alike.same | alike.opposite
    for sha in (commit.sha for commit in reversed(landed.commits) if commit.sha in telling):
        if sha in old:
            continue
        said = landed.said.get(sha, MessageClaims())
        if ways and (sha in alike.opposite or _named(said.reverts, ways)):
            ways.clear()
            out.add(sha)
        elif way := _way(sha, said, one, alike, out):
            ways[sha] = way
    if not ways:
        return None
    first, way = next(iter(ways.items()))
    subject = clean(landed.by_id[first].subject)
    return Reappearance(one.pull.name, one.release, first, subject, way, not one.reverts)


def _way(sha: str, said: MessageClaims, one: Quarantined, alike: Likeness, out: Iterable[str]) -> Way | None:
    if _named(said.reverts, out) or one.proposal in said.undoes:
        return Way.REVERTED
    if sha in alike.same:
        return Way.SAME
    return Way.CHANGE if one.pull.change in said.changes else None


def _re_landed(one: Quarantined, landed: Mainline) -> bool:
    """Whether somebody has re-landed the PR: by words, or by the draft that cockpit opened for it."""
    old = since(one, landed)
    names = {one.pull.name, f"{one.release}/{short(one.key)}", *((one.pull.change,) if one.pull.change else ())}
    draft = None if one.reland.startswith("none") else _NUMBER.search(one.reland)
    number = int(draft[1]) if draft else -1
    return any(names & said.relands or said.number == number for sha, said in landed.said.items() if sha not in old)


def _named(said: Iterable[str], known: Iterable[str]) -> bool:
    """Whether one of the ids that a message says, perhaps cut short, is one of those."""
    return any(commit.startswith(one) for one in said for commit in known)


def _proposal(proposals: Mapping[str, RevertProposed], pull: PullRequest) -> int:
    return proposals[pull.name].proposal if pull.name in proposals else 0
