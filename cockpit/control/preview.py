"""Previews `start`: the PRs that would go out, reverted PRs that are back, and hotfixes that main lacks."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from cockpit.deploy.plan import Preview, PreviewQuery
from cockpit.deploy.pulls.mainline import Mainline
from cockpit.deploy.pulls.pull_request import MergeMethod
from cockpit.deploy.quarantine import PatchMatches, QuarantinedPull, commits_before, reappearances
from cockpit.deploy.store_keys import is_release_id, release_order
from cockpit.ports import Failed, History, Repository

MAX_RELEASE_IDS = 100
"""Ids of releases; the newest."""
MAX_COMMITS = 5_000
"""Unreleased commits to search for quarantined PRs; the newest."""
MAX_MERGES = 20
"""Merged PRs of which every commit is searched for, not only the whole PR; the newest."""
MAX_MERGED_COMMITS = 50
"""Commits of one merged PR that are searched for one by one."""


def preview(repository: Repository, query: PreviewQuery, known: Preview | None = None) -> Preview:
    """What `query.ref` has that its base does not have. Blocks while it fetches. Raises `Failed`.

    `known` is the last preview, which is returned again if nothing has changed.
    """
    repository.fetch()
    head = repository.resolve(query.ref)
    tip = _tip(repository, query)
    ids = _release_ids(repository)
    if known and (known.query, known.commit, known.tip, known.release_ids) == (query, head, tip, ids):
        return known
    history = repository.history()
    landed = Mainline(history.commits(query.base, head, MAX_COMMITS) if query.quarantined else ())
    back = reappearances(query.quarantined, landed, _patch_matches(history, query.quarantined, landed))
    lacking = history.missing_from_main(head, tip) if tip else ()
    return Preview(head, repository.pulls(query.base, head), query, tip, back, lacking, ids)


def _release_ids(repository: Repository) -> tuple[str, ...]:
    """The newest ids of releases in the repository, oldest first."""
    found = sorted(filter(is_release_id, repository.release_names()), key=release_order)
    return tuple(found[-MAX_RELEASE_IDS:])


def _tip(repository: Repository, query: PreviewQuery) -> str:
    """The tip of the last good release's branch; the commit of its last build if the branch was removed."""
    if not query.branch:
        return ""
    try:
        return repository.resolve(query.branch)
    except Failed:
        return query.base


def _patch_matches(
    history: History, quarantined: Sequence[QuarantinedPull], landed: Mainline
) -> Mapping[str, PatchMatches]:
    """For each PR, the landed commits that make the same change or the opposite, by patch id.

    Only commits that touch no other files than the PR are compared.
    """
    candidates: dict[str, tuple[str, ...]] = {}
    for pull in quarantined:
        earlier = commits_before(pull, landed)
        if shas := tuple(sha for sha in landed.touching_only(pull.pull.files) if sha not in earlier):
            candidates[pull.key] = shas
    compared = [pull for pull in quarantined if pull.key in candidates]
    merged = _merged_commits(history, compared)
    wanted = {sha for shas in candidates.values() for sha in shas}
    wanted.update(sha for pull in compared for sha in (*_own(pull), *merged.get(pull.key, ())))
    made = history.patch_ids(sorted(wanted))
    undone = history.patch_ids(sorted(sha for pull in compared for sha in _own(pull)), undone=True)
    matches: dict[str, PatchMatches] = {}
    for pull in compared:
        commits = pull.pull.commits
        same = {made.get(sha) for sha in (*commits, *merged.get(pull.key, ()))}
        same |= {undone.get(sha) for sha in pull.reverts} | {_series_patch_id(history, commits)}
        opposite = {made.get(sha) for sha in pull.reverts} | {undone.get(sha) for sha in commits}
        matches[pull.key] = PatchMatches(
            frozenset(sha for sha in candidates[pull.key] if sha in made and made[sha] in same),
            frozenset(sha for sha in candidates[pull.key] if sha in made and made[sha] in opposite),
        )
    return matches


def _own(pull: QuarantinedPull) -> tuple[str, ...]:
    return (*pull.pull.commits, *pull.reverts)


def _merged_commits(history: History, pulls: Sequence[QuarantinedPull]) -> Mapping[str, tuple[str, ...]]:
    """The commits that each of the newest merged PRs brought."""
    merged: dict[str, tuple[str, ...]] = {}
    for pull in [pull for pull in pulls if pull.pull.method is MergeMethod.MERGE][:MAX_MERGES]:
        with suppress(Failed):  # the repository may have dropped them
            commits = history.commits(f"{pull.key}^1", pull.key, MAX_MERGED_COMMITS)
            merged[pull.key] = tuple(commit.sha for commit in commits)
    return merged


def _series_patch_id(history: History, commits: Sequence[str]) -> str | None:
    """The patch id of a series of commits as one."""
    if len(commits) > 1:
        with suppress(Failed):
            return history.patch_id_between(f"{commits[0]}^", commits[-1]) or None
    return None
