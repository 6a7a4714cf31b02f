"""Looks into the repository for what `start` must know: which PRs would go out, what is back, and what main lacks."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from cockpit.deploy.plan import Preview, PreviewQuery
from cockpit.deploy.pulls.mainline import Mainline
from cockpit.deploy.pulls.pull_request import How
from cockpit.deploy.quarantine import Likeness, Quarantined, comebacks, since
from cockpit.ports import Failed, History, Repository

MOST_COMMITS = 5_000
"""Unreleased commits that are looked through for what is back: the newest."""
MOST_MERGES = 20
"""Merged PRs of which every commit is looked for, not only all of them together: the newest."""
MOST_BROUGHT = 50
"""Commits of one merged PR whose changes are looked for one by one."""


def preview(repository: Repository, asked: PreviewQuery, known: Preview | None = None) -> Preview:
    """What `asked.ref` has that its base has not; blocks while it fetches. Raises `Failed`.

    `known` is the last answer: where nothing has moved since, it still holds.
    """
    repository.fetch()
    head = repository.resolve(asked.ref)
    tip = _tip(repository, asked)
    if known and (known.question, known.commit, known.tip) == (asked, head, tip):
        return known
    history = repository.history()
    landed = Mainline(history.commits(asked.base, head, MOST_COMMITS) if asked.out else ())
    back = comebacks(asked.out, landed, _likeness(history, asked.out, landed))
    lost = history.strays(head, tip) if tip else ()
    return Preview(head, repository.pulls(asked.base, head), asked, tip, back, lost)


def _tip(repository: Repository, asked: PreviewQuery) -> str:
    """Where the last good release's branch stands; its last build's commit where nobody kept the branch."""
    if not asked.branch:
        return ""
    try:
        return repository.resolve(asked.branch)
    except Failed:
        return asked.base


def _likeness(history: History, out: Sequence[Quarantined], landed: Mainline) -> Mapping[str, Likeness]:
    """Which commits do what a PR did, or the opposite. Only those that change nothing but files of the PR can: no other
    is looked into."""
    near: dict[str, tuple[str, ...]] = {}
    for one in out:
        old = since(one, landed)
        if found := tuple(sha for sha in landed.within(one.pull.files) if sha not in old):
            near[one.key] = found
    looked = [one for one in out if one.key in near]
    brought = _brought(history, looked)
    wanted = {sha for found in near.values() for sha in found}
    wanted.update(sha for one in looked for sha in (*one.pull.commits, *one.reverts, *brought.get(one.key, ())))
    does = history.patches(sorted(wanted))
    undoes = history.patches(sorted(sha for one in looked for sha in (*one.pull.commits, *one.reverts)), undone=True)
    found_alike: dict[str, Likeness] = {}
    for one in looked:
        commits = one.pull.commits
        forth = {does.get(sha) for sha in (*commits, *brought.get(one.key, ()))}
        forth |= {undoes.get(sha) for sha in one.reverts} | {_whole(history, commits)}
        back = {does.get(sha) for sha in one.reverts} | {undoes.get(sha) for sha in commits}
        found_alike[one.key] = Likeness(
            frozenset(sha for sha in near[one.key] if sha in does and does[sha] in forth),
            frozenset(sha for sha in near[one.key] if sha in does and does[sha] in back),
        )
    return found_alike


def _brought(history: History, looked: Sequence[Quarantined]) -> Mapping[str, tuple[str, ...]]:
    """The commits that each merged PR brought, of the newest."""
    found: dict[str, tuple[str, ...]] = {}
    for one in [one for one in looked if one.pull.how is How.MERGE][:MOST_MERGES]:
        with suppress(Failed):  # the repository has it no more
            found[one.key] = tuple(c.sha for c in history.commits(f"{one.key}^1", one.key, MOST_BROUGHT))
    return found


def _whole(history: History, commits: Sequence[str]) -> str | None:
    """The patch of a series as one."""
    if len(commits) > 1:
        with suppress(Failed):
            return history.patch_between(f"{commits[0]}^", commits[-1]) or None
    return None
