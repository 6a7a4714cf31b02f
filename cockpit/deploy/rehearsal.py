"""The rehearsal: what reverting each PR of a release would take, tried in advance.

A PR that does not revert cleanly conflicts with later ones. Trial reverts find the PRs that must be reverted with it:
first all that touch the conflicting files, then without each of them in turn.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.text import clean, names

MAX_DEPENDENTS = 8
"""The most PRs that may have to be reverted with one; with more it is no hotfix any more."""
_MIGRATION = re.compile(r"(^|/)(migrations?|migrate|alembic/versions|schema)(/|\.\w+$)|\.sql$", re.IGNORECASE)

TryRevert = Callable[[Sequence[PullRequest]], Sequence[str]]
"""Reverts PRs, given oldest first, one after the other. Gives the paths in conflict; empty if it works."""


class RehearsalResult(Struct, frozen=True):
    """The result of a trial revert of one PR."""

    conflicts: tuple[str, ...] = ()
    """Paths in conflict; empty if it reverts cleanly."""
    dependents: tuple[str, ...] = ()
    """Names of the later PRs that must be reverted with it, newest first; empty also if that does not help."""
    migration: str = ""
    """A file of the PR that changes the schema: a revert of the code does not revert the data."""
    direct: bool = False
    """Whether the release branch gets a revert of its own, because the pick of main's would not take all of it out."""
    differs: tuple[str, ...] = ()
    """Paths that a pick would conflict in or leave different."""
    out_of_main: bool = False
    """Whether main has nothing left to revert."""
    out_of_branch: bool = False
    """Whether the release branch has nothing left to revert."""
    remaining: tuple[str, ...] = ()
    """Sentences: where lines of the PR would still, or again, be, and what was not checked."""

    @property
    def clean(self) -> bool:
        """Whether it reverts cleanly, without other PRs."""
        return not self.conflicts


class Rehearsal(Struct, frozen=True):
    """The results for one release so far."""

    tip: str = ""
    """The commit on which the reverts were tried."""
    pulls: Mapping[str, RehearsalResult] = {}
    """By the last commit of the PR."""

    def result(self, pull: PullRequest) -> RehearsalResult | None:
        """The result for this PR; None if it was not tried yet."""
        return self.pulls.get(pull.commits[-1]) if pull.commits else None

    def current(self, pull: PullRequest, release: Release) -> RehearsalResult | None:
        """The result for this PR; None also if the tip has moved since the trial."""
        return self.result(pull) if self.tip == release.commit else None

    def dependents(self, pull: PullRequest, release: Release) -> tuple[PullRequest, ...]:
        """The later PRs to revert with this one, newest first; empty if the tip has moved since the trial."""
        result = self.current(pull, release)
        if not result:
            return ()
        reverted = {*release.reverted_names, *(revert.pull.name for revert in release.pending_reverts)}
        by_name = {
            other.name: other
            for other in release.pulls
            if (other.number or other.change) and other.name not in reverted
        }
        return tuple(by_name[name] for name in result.dependents if name in by_name)


def rehearse(pull: PullRequest, pulls: Sequence[PullRequest], try_revert: TryRevert) -> RehearsalResult:
    """Try to revert `pull` in a release with `pulls`, oldest first, and find the PRs it depends on."""
    migration = next((path for path in pull.files if _MIGRATION.search(path)), "")
    conflicts = tuple(clean(path) for path in try_revert((pull,)))
    if not conflicts:
        return RehearsalResult(migration=migration)
    later = tuple(pulls[pulls.index(pull) + 1 :])
    dependents = _dependents(pull, later, conflicts, try_revert)
    return RehearsalResult(conflicts, tuple(other.name for other in reversed(dependents)), migration)


def result_label(result: RehearsalResult) -> str:
    """A short label for a list: `clean`, `with #14`, `conflicts`, `nothing`, `in part`, `migration`, `differs`."""
    if not result.clean:
        return f"with {result.dependents[0]}{'+' * (len(result.dependents) > 1)}" if result.dependents else "conflicts"
    if result.out_of_branch:
        return "nothing"
    if result.remaining:
        return "in part"
    if result.migration:
        return "migration"
    return "differs" if result.direct or result.out_of_main else "clean"


def result_sentence(result: RehearsalResult) -> str:
    """A sentence for the page of the PR."""
    schema = f"; it changes the schema in {result.migration}" if result.migration else ""
    left = f"; afterwards {names(result.remaining)}" if result.remaining else ""
    if result.clean:
        return f"{_clean_sentence(result)}{schema}{left}"
    together = f"reverts together with {names(result.dependents, MAX_DEPENDENTS)}"
    return f"conflicts in {names(result.conflicts)}: {together if result.dependents else 'resolve by hand'}{schema}"


def revert_words(result: RehearsalResult | None, branch: str) -> str:
    """What a plan says about the two branches, after `revert #12`: `on main, pick it into release/2026-11-23.1`."""
    if result is None:
        return f"on main, pick it into {branch}"
    left = f" (afterwards {names(result.remaining)})" if result.remaining else ""
    if result.out_of_main:
        how = "main has no change of it left" if result.direct else "pick the revert that main has"
        return f"on {branch} alone, {how}{left}"
    if result.direct:
        return f"on main, and by itself on {branch}, which differs in {names(result.differs)}{left}"
    return f"on main, pick it into {branch}{left}"


def _clean_sentence(result: RehearsalResult) -> str:
    if result.out_of_branch:
        return "nothing to revert on the release branch"
    if result.out_of_main:
        how = "it alone is reverted" if result.direct else "it gets the pick of main's revert"
        return f"differs on release branch: main has nothing left to revert, {how}"
    if result.direct:
        return f"differs on release branch in {names(result.differs)}: reverted there by itself, not picked from main"
    return "reverts cleanly"


def _dependents(
    pull: PullRequest, later: Sequence[PullRequest], conflicts: Sequence[str], try_revert: TryRevert
) -> tuple[PullRequest, ...]:
    """The fewest later PRs without which `pull` reverts, oldest first; empty if no set of them helps."""
    chosen: tuple[PullRequest, ...] = ()
    while conflicts:
        wider = tuple(other for other in later if other in chosen or not set(conflicts).isdisjoint(other.files))
        if wider == chosen or len(wider) > MAX_DEPENDENTS:
            return ()
        chosen = wider
        conflicts = tuple(clean(path) for path in try_revert((pull, *chosen)))
    for candidate in chosen:
        fewer = tuple(other for other in chosen if other is not candidate)
        if not try_revert((pull, *fewer)):
            chosen = fewer
    return chosen
