"""Looks into the repository for what `start` must know: which PRs would go out, what is back, and what main lacks."""

from collections.abc import Mapping, Sequence

from cockpit.deploy.plan import Preview, Question
from cockpit.deploy.pulls.pull import Commit, How
from cockpit.deploy.pulls.quarantine import Likeness, Quarantined, after, comebacks
from cockpit.deploy.text import clean
from cockpit.ports import Failed, History, Repository

MOST_COMMITS = 5_000
"""Unreleased commits that are looked through for what is back: the newest."""
MOST_BROUGHT = 50
"""Commits of one merged PR whose changes are looked for one by one."""


def preview(repository: Repository, asked: Question, known: Preview | None = None) -> Preview:
    """What `asked.ref` has that its base has not; blocks while it fetches. Raises `Failed`.

    `known` is the last answer: where nothing has moved since, it still holds.
    """
    repository.fetch()
    head = repository.resolve(asked.ref)
    tip = _tip(repository, asked)
    if known and (known.question, known.commit, known.tip) == (asked, head, tip):
        return known
    history = repository.history()
    line = history.commits(asked.base, head, MOST_COMMITS) if asked.out else ()
    back = comebacks(asked.out, line, _likeness(history, asked.out, line))
    lost = history.strays(head, tip) if tip else ()
    return Preview(head, repository.pulls(asked.base, head), asked, tip, back, lost)


def _tip(repository: Repository, asked: Question) -> str:
    """Where the last good release's branch stands; its last build's commit where nobody kept the branch."""
    if not asked.branch:
        return ""
    try:
        return repository.resolve(asked.branch)
    except Failed:
        return asked.base


def _likeness(history: History, out: Sequence[Quarantined], line: Sequence[Commit]) -> Mapping[str, Likeness]:
    """Which commits of the line do what a PR did, or the opposite. Only those that change nothing but files of the PR
    can: no other is looked into."""
    parents = {commit.sha: commit.parents for commit in line}
    may_be: dict[str, tuple[str, ...]] = {}
    for one in out:
        files = set(one.pull.files)
        near = tuple(
            commit.sha
            for commit in after(one, line, parents)
            if commit.files and files.issuperset(map(clean, commit.files))
        )
        if near:
            may_be[one.key] = near
    looked = [one for one in out if one.key in may_be]
    patches = history.patches(tuple(dict.fromkeys(sha for near in may_be.values() for sha in near)))
    found: dict[str, Likeness] = {}
    for one in looked:
        forth, back = _of(history, one)
        near = may_be[one.key]
        found[one.key] = Likeness(
            frozenset(sha for sha in near if patches.get(sha) in forth),
            frozenset(sha for sha in near if patches.get(sha) in back),
        )
    return found


def _of(history: History, one: Quarantined) -> tuple[frozenset[str], frozenset[str]]:
    """The patches that put the PR in, whole or one of its commits, and those that take it out."""
    commits = one.pull.commits
    every = [*commits, *(_brought(history, one.key) if one.pull.how is How.MERGE else ())]
    forth = {*history.patches(every).values(), *history.patches(one.reverts, undone=True).values()}
    back = {*history.patches(one.reverts).values(), *history.patches(commits, undone=True).values()}
    if len(commits) > 1 and (whole := _whole(history, commits)):
        forth.add(whole)
    return frozenset(forth), frozenset(back)


def _brought(history: History, merge: str) -> tuple[str, ...]:
    try:
        return tuple(commit.sha for commit in history.commits(f"{merge}^1", merge, MOST_BROUGHT))
    except Failed:  # the repository has it no more
        return ()


def _whole(history: History, commits: Sequence[str]) -> str:
    try:
        return history.patch_between(f"{commits[0]}^", commits[-1])
    except Failed:
        return ""
