"""The commander's way out of a revert that does not apply: see where, resolve it by hand, then ask for the revert."""

from dataclasses import dataclass
from typing import Protocol

from cockpit.deploy.facts import RevertFailed, pull_name
from cockpit.deploy.plan import CommandRequest
from cockpit.deploy.pulls.conflicts import Edit, FileConflict
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot


class Resolvable(Protocol):
    """A repository whose reverts a person can resolve. Methods block and raise `Failed`."""

    def clashes(self, pull: PullRequest, release: str) -> tuple[FileConflict, ...]:
        """The files in which the revert does not apply, on the first branch where it does not."""

    def resolve_revert(self, pull: PullRequest, release: str, by: str, edit: Edit) -> str:
        """Let `edit` resolve it and keep what came of it at the remote: its commit."""


@dataclass(frozen=True)
class ConflictResolver:
    """What a commander at this terminal resolves conflicts with. Methods block and raise `Failed`."""

    repository: Resolvable
    edit: Edit
    by: str

    def clashes(self, pull: PullRequest, release: str) -> tuple[FileConflict, ...]:
        """The files in conflict; none where it comes out by itself."""
        return self.repository.clashes(pull, release)

    def resolve(self, pull: PullRequest, release: str) -> str:
        """The commit that says how the person resolved it, for `Ask.resolved`."""
        return self.repository.resolve_revert(pull, release, self.by, self.edit)


def called(release: Release | None, ask: CommandRequest) -> PullRequest | None:
    """The PR of the release that is asked about; None where it has none such."""
    pulls = release.pulls if release else ()
    return next((pull for pull in pulls if pull.called(ask.pull, ask.change)), None)


def conflicting(snapshot: Snapshot, ask: CommandRequest) -> PullRequest | None:
    """The PR of the open release, if taking it out is known to conflict: by its rehearsal, or because it failed."""
    release = snapshot.open
    pull = called(release, ask)
    if release is None or pull is None:
        return None
    failed = release.failure.what if release.failure else None
    if isinstance(failed, RevertFailed) and pull_name(failed) == pull.name and failed.conflicts:
        return pull
    tried = snapshot.rehearsal.value.of(pull)
    return pull if tried and not tried.clean else None
