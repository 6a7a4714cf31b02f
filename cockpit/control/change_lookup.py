"""Finds a change that a person names, and asks history which builds have it; the releases' lists where it is silent."""

import re

from cockpit.deploy.pulls.pull_request import How, PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean, short
from cockpit.ports import Failed, History, Repository
from cockpit.rules.record.whereis import SoughtChange, Whereabouts, whereis

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
MOST_LOOKED = 50
"""Reverted PRs among whose commits one that no list names is looked for: the newest."""


class ForgeSilent(Exception):
    """Nobody has heard of what was named."""


class ChangeLookup:
    """Follows one change. `named` is a PR's number, its Change-Id or `D12`, or a commit's id. Methods block."""

    def __init__(self, repository: Repository, named: int | str) -> None:
        self._repository = repository
        self._named = named
        self._thing: SoughtChange | None = None
        self._history: History | None = None
        self._trouble = ""
        self._ancestry: dict[tuple[str, str], bool] = {}
        """(commit, commit): what history has said of the two, which it never takes back."""
        self._searched = False
        self._cut: str | None = None
        """The commit of the newest release when it was fetched last."""
        self._missing: set[str] = set()
        """Commits that the repository has not, also after a fetch."""

    def look(self, snapshot: Snapshot) -> Whereabouts:
        """Where it is. Raises `ForgeSilent` for an unknown commit, `Failed` if only the repository could tell."""
        cut = snapshot.latest.commit if snapshot.latest else ""
        if self._cut is None or (cut != self._cut and self._thing is None):
            self._cut = cut
            self._fetch()
        thing = self._thing or self._find(snapshot.log.value.releases, snapshot.base)
        if thing.merged:
            self._thing = thing
        holds = self._holds(snapshot, thing) if self._history else None
        return whereis(snapshot, thing, holds, self._trouble)

    def _fetch(self) -> None:
        self._trouble = ""
        try:
            self._repository.fetch()
        except Failed as failed:
            self._trouble = str(failed)
        try:
            self._history = self._history or self._repository.history()
        except Failed as failed:
            self._trouble = str(failed)

    def _find(self, releases: tuple[Release, ...], base: str) -> SoughtChange:
        number, change = (self._named, "") if isinstance(self._named, int) else (0, self._named)
        commit = change if _COMMIT.fullmatch(change) else ""
        listed = (pull for release in reversed(releases) for pull in reversed(release.pulls))
        found = next((one for one in listed if _is(one, number, change, commit)), None)
        if found is None and self._history and not self._searched:
            self._searched = True  # what comes to main later is in the list of the release that brings it
            found = self._in_history(self._history, base, number, change, commit)
        if commit:
            return self._commit(releases, found, commit)
        if found:
            return SoughtChange(found.name, found.title, found.commits[-1], found)
        if self._history is None:
            raise Failed("git", self._trouble or "the repository cannot be read", "ask again when it can be reached")
        return SoughtChange(change or f"#{number}", merged=False)

    def _in_history(self, history: History, base: str, number: int, change: str, commit: str) -> PullRequest | None:
        """The PR as main has it: what is not released is looked through first, then all there is."""
        main = self._repository.resolve("main")
        for since in dict.fromkeys((base, "")) if not commit else (base,):
            pulls = history.pulls(since, main, files=False)
            if one := next((pull for pull in reversed(pulls) if _is(pull, number, change, commit)), None):
                return one
        return None

    def _commit(self, releases: tuple[Release, ...], found: PullRequest | None, commit: str) -> SoughtChange:
        """One commit, which may be of a PR."""
        history = self._history
        if found and history is None:
            whole = next(sha for sha in found.commits if sha.startswith(commit))
            return SoughtChange(short(whole), found.title, whole, found)
        if history is None:
            raise Failed("git", self._trouble or "the repository cannot be read", "ask again when it can be reached")
        try:
            whole = history.resolve(commit)
        except Failed as failed:
            raise ForgeSilent(f"nobody has heard of a commit {clean(commit)}") from failed
        if not history.contains(self._repository.resolve("main"), whole):
            return SoughtChange(short(whole), commit=whole, merged=False)
        found = found or self._bringer(history, releases, whole)
        return SoughtChange(short(whole), found.title if found else "", whole, found)

    def _bringer(self, history: History, releases: tuple[Release, ...], commit: str) -> PullRequest | None:
        """The PR that brought a commit by a merge, of those that were taken out: of others nobody needs to know."""
        gone = [p for one in reversed(releases) for p in one.pulls if p.name in one.gone and p.how is How.MERGE]
        for pull in gone[:MOST_LOOKED]:
            merge = pull.commits[-1]
            if history.contains(merge, commit) and not history.contains(f"{merge}^1", commit):
                return pull
        return None

    def _holds(self, snapshot: Snapshot, thing: SoughtChange) -> dict[str, bool]:
        """Of the builds that hosts run or are to run, whether they have it and not its revert."""
        if not thing.commit:
            return {}
        releases = snapshot.log.value.releases
        commits = {build.id: build.commit for release in releases for build in release.builds}
        live = {status.build for status in snapshot.statuses.value.values()}
        live.update(
            build for placed in snapshot.targets.value.values() for build in (placed.target.build, placed.target.base)
        )
        undone = [
            sha
            for release in releases
            for done in release.undone
            if thing.pull and (done.name or f"#{done.number}") == thing.pull.name
            if any(one.commits == thing.pull.commits for one in release.pulls)
            for sha in (*done.reverts, *done.picks)
        ]
        told: dict[str, bool] = {}
        for build in live & commits.keys():
            commit = commits[build]
            if self._there(commit):
                has = self._contains(commit, thing.commit)
                told[build] = has and not any(self._contains(commit, sha) for sha in undone)
        return told

    def _there(self, commit: str) -> bool:
        """Whether the repository has the commit; a new one is fetched."""
        history = self._history
        assert history is not None, "history is asked where there is one"
        if (commit, "") in self._ancestry:
            return True
        for fetch in (False, True) if commit not in self._missing else ():
            if fetch:
                self._fetch()
            try:
                history.resolve(commit)
            except Failed:
                continue
            self._ancestry[(commit, "")] = True
            return True
        self._missing.add(commit)
        return False

    def _contains(self, head: str, commit: str) -> bool:
        history = self._history
        assert history is not None, "history is asked where there is one"
        pair = (head, commit)
        if pair not in self._ancestry:
            self._ancestry[pair] = history.contains(head, commit)
        return self._ancestry[pair]


def _is(pull: PullRequest, number: int, change: str, commit: str) -> bool:
    if commit:
        return any(sha.startswith(commit) for sha in pull.commits)
    return pull.called(number, change)
