"""Finds the change that a person names, and which builds contain it.

The repository's history answers. If it cannot be read, the releases' lists of PRs answer instead.
"""

import re

from cockpit.deploy.pulls.pull_request import MergeMethod, PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean, short
from cockpit.ports import Failed, History, Repository
from cockpit.rules.record.whereis import SoughtChange, Whereabouts, whereis

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
MAX_REVERTED = 50
"""Reverted PRs whose commits are searched; the newest."""


class UnknownChange(Exception):
    """No commit has the id that was named."""


class ChangeLookup:
    """Looks up one change repeatedly. Methods block.

    `named` is a PR's number, a Change-Id, a Phabricator id such as `D12`, or a commit id.
    """

    def __init__(self, repository: Repository, named: int | str) -> None:
        self._repository = repository
        self._named = named
        self._change: SoughtChange | None = None
        self._history: History | None = None
        self._error = ""
        self._ancestry: dict[tuple[str, str], bool] = {}
        """Whether the first commit contains the second. It never changes."""
        self._searched = False
        self._cut: str | None = None
        """The commit of the newest release at the last fetch."""
        self._missing: set[str] = set()
        """Commits that the repository does not have, even after a fetch."""

    def look(self, snapshot: Snapshot) -> Whereabouts:
        """Where the change is now. Raises `UnknownChange`, and `Failed` if the repository is needed and fails."""
        cut = snapshot.latest.commit if snapshot.latest else ""
        if self._cut is None or (cut != self._cut and self._change is None):
            self._cut = cut
            self._fetch()
        change = self._change or self._find(snapshot.log.value.releases, snapshot.base_commit)
        if change.merged:
            self._change = change
        contained = self._builds_containing(snapshot, change) if self._history else None
        return whereis(snapshot, change, contained, self._error)

    def _fetch(self) -> None:
        self._error = ""
        try:
            self._repository.fetch()
        except Failed as failed:
            self._error = str(failed)
        try:
            self._history = self._history or self._repository.history()
        except Failed as failed:
            self._error = str(failed)

    def _find(self, releases: tuple[Release, ...], base: str) -> SoughtChange:
        number, change = (self._named, "") if isinstance(self._named, int) else (0, self._named)
        commit = change if _COMMIT.fullmatch(change) else ""
        listed = (pull for release in reversed(releases) for pull in reversed(release.pulls))
        found = next((pull for pull in listed if _matches(pull, number, change, commit)), None)
        if found is None and self._history and not self._searched:
            self._searched = True  # what lands on main later is listed by the release that brings it
            found = self._find_in_history(self._history, base, number, change, commit)
        if commit:
            return self._commit(releases, found, commit)
        if found:
            return SoughtChange(found.name, found.title, found.commits[-1], found)
        if self._history is None:
            raise self._unreadable()
        return SoughtChange(change or f"#{number}", merged=False)

    def _unreadable(self) -> Failed:
        return Failed("git", self._error or "the repository cannot be read", "try again when it can be reached")

    def _find_in_history(
        self, history: History, base: str, number: int, change: str, commit: str
    ) -> PullRequest | None:
        """The PR on main: among the unreleased ones first, then in the whole history."""
        main = self._repository.resolve("main")
        for since in dict.fromkeys((base, "")) if not commit else (base,):
            pulls = history.pulls(since, main, files=False)
            if found := next((pull for pull in reversed(pulls) if _matches(pull, number, change, commit)), None):
                return found
        return None

    def _commit(self, releases: tuple[Release, ...], found: PullRequest | None, commit: str) -> SoughtChange:
        """The change for a commit id, which may belong to a PR."""
        history = self._history
        if found and history is None:
            sha = next(sha for sha in found.commits if sha.startswith(commit))
            return SoughtChange(short(sha), found.title, sha, found)
        if history is None:
            raise self._unreadable()
        try:
            sha = history.resolve(commit)
        except Failed as failed:
            raise UnknownChange(f"unknown commit {clean(commit)}") from failed
        if not history.contains(self._repository.resolve("main"), sha):
            return SoughtChange(short(sha), commit=sha, merged=False)
        found = found or self._reverted_pull_with(history, releases, sha)
        return SoughtChange(short(sha), found.title if found else "", sha, found)

    def _reverted_pull_with(self, history: History, releases: tuple[Release, ...], commit: str) -> PullRequest | None:
        """The reverted PR whose merge brought the commit. For other PRs the commit alone is enough."""
        reverted = [
            pull
            for release in reversed(releases)
            for pull in release.pulls
            if pull.name in release.reverted_names and pull.method is MergeMethod.MERGE
        ]
        for pull in reverted[:MAX_REVERTED]:
            merge = pull.commits[-1]
            if history.contains(merge, commit) and not history.contains(f"{merge}^1", commit):
                return pull
        return None

    def _builds_containing(self, snapshot: Snapshot, change: SoughtChange) -> dict[str, bool]:
        """Whether each build that hosts run, or are told to run, contains the change and not its revert."""
        if not change.commit:
            return {}
        releases = snapshot.log.value.releases
        commits = {build.id: build.commit for release in releases for build in release.builds}
        live = {status.build for status in snapshot.statuses.value.values()}
        live.update(
            build for stored in snapshot.targets.value.values() for build in (stored.target.build, stored.target.base)
        )
        reverts = [
            sha
            for release in releases
            for done in release.reverts
            if change.pull and (done.name or f"#{done.number}") == change.pull.name
            if any(pull.commits == change.pull.commits for pull in release.pulls)
            for sha in (*done.reverts, *done.picks, *done.direct)
        ]
        contained: dict[str, bool] = {}
        for build in live & commits.keys():
            commit = commits[build]
            if self._exists(commit):
                has_change = self._contains(commit, change.commit)
                contained[build] = has_change and not any(self._contains(commit, sha) for sha in reverts)
        return contained

    def _exists(self, commit: str) -> bool:
        """Whether the repository has the commit; fetches a new one."""
        history = self._history
        assert history is not None, "the caller checks it"
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
        assert history is not None, "the caller checks it"
        pair = (head, commit)
        if pair not in self._ancestry:
            self._ancestry[pair] = history.contains(head, commit)
        return self._ancestry[pair]


def _matches(pull: PullRequest, number: int, change: str, commit: str) -> bool:
    if commit:
        return any(sha.startswith(commit) for sha in pull.commits)
    return pull.matches(number, change)
