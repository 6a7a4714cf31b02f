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

TryRevert = Callable[[Sequence[str]], Sequence[str]]
"""Reverts commits one after the other, newest first. Gives the paths in conflict; empty if it works."""


class RehearsalResult(Struct, frozen=True):
    """The result of a trial revert of one PR."""

    conflicts: tuple[str, ...] = ()
    """Paths in conflict; empty if it reverts cleanly."""
    dependents: tuple[str, ...] = ()
    """Names of the later PRs that must be reverted with it, newest first; empty also if that does not help."""
    migration: str = ""
    """A file of the PR that changes the schema: a revert of the code does not revert the data."""

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

    def dependents(self, pull: PullRequest, release: Release) -> tuple[PullRequest, ...]:
        """The later PRs to revert with this one, newest first; empty if the tip has moved since the trial."""
        result = self.result(pull) if self.tip == release.commit else None
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
    conflicts = tuple(clean(path) for path in try_revert(_newest_first((pull,))))
    if not conflicts:
        return RehearsalResult(migration=migration)
    later = tuple(pulls[pulls.index(pull) + 1 :])
    dependents = _dependents(pull, later, conflicts, try_revert)
    return RehearsalResult(conflicts, tuple(other.name for other in reversed(dependents)), migration)


def result_label(result: RehearsalResult) -> str:
    """A short label for a list: `clean`, `with #14`, `conflicts`, `migration`."""
    if result.clean:
        return "migration" if result.migration else "clean"
    return f"with {result.dependents[0]}{'+' * (len(result.dependents) > 1)}" if result.dependents else "conflicts"


def result_sentence(result: RehearsalResult) -> str:
    """A sentence for the page of the PR."""
    schema = f"; it changes the schema in {result.migration}" if result.migration else ""
    if result.clean:
        return f"reverts cleanly{schema}"
    together = f"reverts together with {names(result.dependents, MAX_DEPENDENTS)}"
    return f"conflicts in {names(result.conflicts)}: {together if result.dependents else 'resolve by hand'}{schema}"


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
        conflicts = tuple(clean(path) for path in try_revert(_newest_first((pull, *chosen))))
    for candidate in chosen:
        fewer = tuple(other for other in chosen if other is not candidate)
        if not try_revert(_newest_first((pull, *fewer))):
            chosen = fewer
    return chosen


def _newest_first(pulls: Sequence[PullRequest]) -> tuple[str, ...]:
    return tuple(commit for pull in reversed(pulls) for commit in reversed(pull.commits))
