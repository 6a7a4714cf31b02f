"""What taking each PR out again would come to, tried before anybody needs it.

A PR that does not come out by itself conflicts with later ones; which of them must go with it is found by trying:
first all that touch the files in conflict, then without each that it goes without.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.text import clean, names

MOST_ALONG = 8
"""PRs that may have to go with one; with more it is no hotfix any more."""
_MIGRATION = re.compile(r"(^|/)(migrations?|migrate|alembic/versions|schema)(/|\.\w+$)|\.sql$", re.IGNORECASE)

TryOut = Callable[[Sequence[str]], Sequence[str]]
"""Takes commits back one after the other, newest first: the paths in conflict, none where it works."""


class Rehearsed(Struct, frozen=True):
    """What came of trying to take one PR out."""

    conflicts: tuple[str, ...] = ()
    """Paths in conflict; none where it comes out by itself."""
    along: tuple[str, ...] = ()
    """Names of the later PRs that must go with it, newest first; empty too where that does not help."""
    migration: str = ""
    """A file of it that changes the schema: taking the code back leaves the data changed."""

    @property
    def clean(self) -> bool:
        """Whether it comes out by itself."""
        return not self.conflicts


class Rehearsal(Struct, frozen=True):
    """Of one release, as far as it has come."""

    tip: str = ""
    """The commit that it was tried on."""
    pulls: Mapping[str, Rehearsed] = {}
    """By the last commit of the PR."""

    def of(self, pull: PullRequest) -> Rehearsed | None:
        """Of that PR; None where it has not been tried."""
        return self.pulls.get(pull.commits[-1]) if pull.commits else None

    def along(self, pull: PullRequest, release: Release) -> tuple[PullRequest, ...]:
        """The later PRs that must go with it, newest first, as was found on the very tip of `release`."""
        tried = self.of(pull) if self.tip == release.commit else None
        gone = {*release.gone, *(asked.pull.name for asked in release.reverting)}
        claimed = (other for other in release.pulls if other.number or other.change)
        named = {other.name: other for other in claimed if other.name not in gone}
        return tuple(named[name] for name in tried.along if name in named) if tried else ()


def rehearse(pull: PullRequest, pulls: Sequence[PullRequest], try_out: TryOut) -> Rehearsed:
    """Try to take `pull` out of a release with `pulls`, oldest first, and to find what must go with it."""
    migration = next((path for path in pull.files if _MIGRATION.search(path)), "")
    conflicts = tuple(clean(path) for path in try_out(_newest_first((pull,))))
    if not conflicts:
        return Rehearsed(migration=migration)
    later = tuple(pulls[pulls.index(pull) + 1 :])
    along = _along(pull, later, conflicts, try_out)
    return Rehearsed(conflicts, tuple(one.name for one in reversed(along)), migration)


def _along(
    pull: PullRequest, later: Sequence[PullRequest], conflicts: Sequence[str], try_out: TryOut
) -> tuple[PullRequest, ...]:
    """The fewest later PRs without which `pull` comes out, oldest first; none where none will do."""
    chosen: tuple[PullRequest, ...] = ()
    while conflicts:
        wider = tuple(one for one in later if one in chosen or not set(conflicts).isdisjoint(one.files))
        if wider == chosen or len(wider) > MOST_ALONG:
            return ()
        chosen = wider
        conflicts = tuple(clean(path) for path in try_out(_newest_first((pull, *chosen))))
    for one in chosen:
        fewer = tuple(other for other in chosen if other is not one)
        if not try_out(_newest_first((pull, *fewer))):
            chosen = fewer
    return chosen


def _newest_first(pulls: Sequence[PullRequest]) -> tuple[str, ...]:
    return tuple(commit for pull in reversed(pulls) for commit in reversed(pull.commits))


def mark(rehearsed: Rehearsed) -> str:
    """In a word, for a list: `clean`, `with #14`, `conflicts`, `migration`."""
    if rehearsed.clean:
        return "migration" if rehearsed.migration else "clean"
    return f"with {rehearsed.along[0]}{'+' * (len(rehearsed.along) > 1)}" if rehearsed.along else "conflicts"


def sentence(rehearsed: Rehearsed) -> str:
    """In a sentence, for the PR in full."""
    schema = f"; it changes the schema in {rehearsed.migration}" if rehearsed.migration else ""
    if rehearsed.clean:
        return f"comes out by itself{schema}"
    way = f"comes out together with {names(rehearsed.along, MOST_ALONG)}" if rehearsed.along else "needs a hand"
    return f"conflicts in {names(rehearsed.conflicts)}: {way}{schema}"
