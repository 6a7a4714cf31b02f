"""Resolves the conflicts of a revert that does not apply: by hand, in an editor, before the revert is requested."""

from dataclasses import dataclass
from typing import Protocol

from cockpit.deploy.facts import pull_name
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.pulls.conflicts import FileConflict, ResolveConflicts
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot


class RevertRepository(Protocol):
    """A repository in which a person can resolve the conflicts of a revert. Methods block and raise `Failed`."""

    def revert_conflicts(self, pull: PullRequest, release: str) -> tuple[FileConflict, ...]:
        """The files in conflict, on the first branch on which the revert does not apply."""

    def resolve_revert(self, pull: PullRequest, release: str, by: str, edit: ResolveConflicts) -> str:
        """Resolve the conflicts with `edit` and push the result; its commit."""


@dataclass(frozen=True)
class ConflictResolver:
    """Resolves conflicts with the editor of this terminal. Methods block and raise `Failed`."""

    repository: RevertRepository
    edit: ResolveConflicts
    by: str

    def revert_conflicts(self, pull: PullRequest, release: str) -> tuple[FileConflict, ...]:
        """The files in conflict; none if the revert applies."""
        return self.repository.revert_conflicts(pull, release)

    def resolve(self, pull: PullRequest, release: str) -> str:
        """Resolve the conflicts; the commit for `CommandRequest.resolved`."""
        return self.repository.resolve_revert(pull, release, self.by, self.edit)


def requested_pull(release: Release | None, request: CommandRequest) -> PullRequest | None:
    """The PR of the release that the request names; None if the release does not have it."""
    pulls = release.pulls if release else ()
    return next((pull for pull in pulls if pull.matches(request.pull, request.change)), None)


def conflicting_pull(snapshot: Snapshot, request: CommandRequest) -> PullRequest | None:
    """The requested PR of the open release, if its revert conflicts: in the rehearsal, or when it was tried."""
    release = snapshot.open
    pull = requested_pull(release, request)
    if release is None or pull is None:
        return None
    if any(pull_name(failed) == pull.name and failed.conflicts for failed in release.failed_reverts):
        return pull
    rehearsed = snapshot.rehearsal.value.result(pull)
    return pull if rehearsed and not rehearsed.clean else None
