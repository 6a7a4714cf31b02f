"""Quarantine: PRs that stay out of the next release, and whether main brings one of them back.

A PR that was reverted for a release stays out until it is re-landed, as does a suspect of a rollback. Git history alone
shows a reappearance: a revert of the revert, a commit with the same change (git's patch id, from `ports.History`), or
the same Gerrit Change-Id.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from cockpit.deploy import facts
from cockpit.deploy.facts import RevertProposed, pull_name
from cockpit.deploy.pulls.mainline import Mainline, MessageClaims
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.text import clean, short

MAX_QUARANTINED = 100
"""How many PRs are checked: the last that were taken out."""
_NUMBER = re.compile(r"/(?:pulls?|merge_requests)/(\d{1,9})(?:\D|$)")


class QuarantinedPull(Struct, frozen=True):
    """A PR that stays out."""

    pull: PullRequest
    release: str
    """The release it was reverted for, or that was rolled back or rejected."""
    reverts: tuple[str, ...] = ()
    """The commits that reverted it on main and on the release branch; empty for a suspect that was not reverted."""
    proposal: int = 0
    """The number of the revert's own PR; 0 if it has none."""
    reland: str = ""
    """The url of the draft that re-lands it, if cockpit opened one."""

    @property
    def key(self) -> str:
        """Its newest commit, which is unique."""
        return self.pull.commits[-1]


class ReappearanceKind(StrEnum):
    """How a PR came back."""

    REVERTED = "takes its revert back"
    SAME = "makes the same change"
    CHANGE = "has the same Change-Id"
    STAYS = "is still there"


class Reappearance(Struct, frozen=True):
    """A quarantined PR, and the commit of main that contains it. Texts are cleaned."""

    pull: str
    release: str
    commit: str
    subject: str
    kind: ReappearanceKind
    suspected: bool = False
    """Whether it was a suspect of a rollback or a rejection, and not reverted."""

    @property
    def text(self) -> str:
        """A lower-case sentence."""
        which = f"{short(self.commit)} on main “{self.subject}” {self.kind}"
        if self.suspected:
            return f"{self.pull} was under suspicion in {self.release}, and {which}"
        return f"{self.pull} was reverted in {self.release}, and {which}"


class PatchMatches(Struct, frozen=True):
    """Commits of a range with the same change as a PR, or the opposite one, by git's patch id."""

    same: frozenset[str] = frozenset()
    opposite: frozenset[str] = frozenset()


def quarantined(releases: Sequence[Release]) -> tuple[QuarantinedPull, ...]:
    """The PRs that these releases, oldest first, reverted or suspected; newest first."""
    pulls_out: list[QuarantinedPull] = []
    suspected = _suspects(releases)
    for release in reversed(releases):
        suspects = suspected.get(release.id, ())
        if not (release.reverts or suspects):
            continue
        pulls = {pull.name: pull for pull in release.pulls}
        proposals = {proposal.name: proposal for proposal in release.revert_proposals}
        for revert in reversed(release.reverts):
            if pull := pulls.get(pull_name(revert)):
                commits = (*revert.reverts, *revert.picks, *revert.direct)
                pulls_out.append(
                    QuarantinedPull(pull, release.id, commits, _proposal_number(proposals, pull), revert.reland)
                )
        pulls_out += [
            QuarantinedPull(pulls[name], release.id)
            for name in dict.fromkeys(suspects)
            if name in pulls and name not in release.reverted_names
        ]
    return tuple(pulls_out[:MAX_QUARANTINED])


def _suspects(releases: Sequence[Release]) -> dict[str, list[str]]:
    """{release: the names of its PRs that were suspected when it was rolled back or rejected}."""
    suspected: dict[str, list[str]] = {}
    for release in releases:
        for mark in release.marks:
            match mark:
                case facts.RolledBack(suspects=names, release=other) | facts.Rejected(suspects=names, release=other):
                    suspected.setdefault(other or release.id, []).extend(names)
                case facts.Finished():
                    pass
    return suspected


def reappearances(
    quarantine: Iterable[QuarantinedPull], mainline: Mainline, matches: Mapping[str, PatchMatches]
) -> tuple[Reappearance, ...]:
    """The quarantined PRs that are back in the unreleased part of main. `matches` is by `QuarantinedPull.key`."""
    pulls = tuple(quarantine)
    relanded = {pull.key for pull in pulls if _is_relanded(pull, mainline)}
    # A PR that was re-landed under another number and reverted again has the same change under both numbers.
    allowed = frozenset(sha for key in relanded if key in matches for sha in matches[key].same)
    candidates = (
        _reappearance(pull, mainline, replace(match, same=match.same - allowed))
        for pull in pulls
        if pull.key not in relanded
        for match in (matches.get(pull.key, PatchMatches()),)
    )
    return tuple(reappearance for reappearance in candidates if reappearance)


def commits_before(pull: QuarantinedPull, mainline: Mainline) -> frozenset[str]:
    """The commits that were on main when the PR was reverted or, if it never was, when it was merged."""
    return mainline.ancestors((*pull.reverts, *pull.pull.commits))


def _reappearance(pull: QuarantinedPull, mainline: Mainline, match: PatchMatches) -> Reappearance | None:
    stays = () if pull.reverts else tuple(sha for sha in pull.pull.commits if sha in mainline.by_id)
    present = dict.fromkeys(stays, ReappearanceKind.STAYS)
    reverts = set(pull.reverts)
    before = commits_before(pull, mainline)
    relevant = mainline.claims.keys() | match.same | match.opposite
    for sha in (commit.sha for commit in reversed(mainline.commits) if commit.sha in relevant):
        if sha in before:
            continue
        claims = mainline.claims.get(sha, MessageClaims())
        if present and (sha in match.opposite or _names_any(claims.reverts, present)):
            present.clear()
            reverts.add(sha)
        elif kind := _kind(sha, claims, pull, match, reverts):
            present[sha] = kind
    if not present:
        return None
    first, kind = next(iter(present.items()))
    subject = clean(mainline.by_id[first].subject)
    return Reappearance(pull.pull.name, pull.release, first, subject, kind, not pull.reverts)


def _kind(
    sha: str, claims: MessageClaims, pull: QuarantinedPull, match: PatchMatches, reverts: Iterable[str]
) -> ReappearanceKind | None:
    if _names_any(claims.reverts, reverts) or pull.proposal in claims.undoes:
        return ReappearanceKind.REVERTED
    if sha in match.same:
        return ReappearanceKind.SAME
    return ReappearanceKind.CHANGE if pull.pull.change in claims.changes else None


def _is_relanded(pull: QuarantinedPull, mainline: Mainline) -> bool:
    """Whether the PR was re-landed: a message says so, or cockpit's draft for it was merged."""
    before = commits_before(pull, mainline)
    change = (pull.pull.change,) if pull.pull.change else ()
    names = {pull.pull.name, f"{pull.release}/{short(pull.key)}", *change}
    draft = None if pull.reland.startswith("none") else _NUMBER.search(pull.reland)
    number = int(draft[1]) if draft else -1
    return any(
        names & claims.relands or claims.number == number
        for sha, claims in mainline.claims.items()
        if sha not in before
    )


def _names_any(ids: Iterable[str], commits: Iterable[str]) -> bool:
    """Whether one of the ids, which may be abbreviated, is one of the commits."""
    known = tuple(commits)
    return any(commit.startswith(abbreviated) for abbreviated in ids for commit in known)


def _proposal_number(proposals: Mapping[str, RevertProposed], pull: PullRequest) -> int:
    return proposals[pull.name].proposal if pull.name in proposals else 0
