"""Blockers: what keeps an open release from moving, regardless of the gate."""

from cockpit.deploy import facts
from cockpit.deploy.facts import pull_name
from cockpit.deploy.plan import Refusal
from cockpit.deploy.release import Release
from cockpit.rules.decisions.planner import hold_reason


def blocker(release: Release) -> Refusal | None:
    """Why the release cannot move from its present step; None if the gate decides."""
    if release.held:
        return Refusal(f"{release.id} is held by {release.held.by}{hold_reason(release)}: resume it first")
    if release.pending_reverts:
        return Refusal(f"the revert of {release.pending_reverts[0].pull.name} is in progress")
    if release.failure and isinstance(failed := release.failure.what, facts.RevertFailed):
        options = "revert what it conflicts with first, abandon, or resume to keep it in the build"
        return Refusal(f"the revert of {pull_name(failed)} failed, see the log: {options}")
    if release.failure:
        return Refusal("the last job failed, see the log: resume to retry, revert the PR or abandon")
    if not release.ladder:
        return Refusal(f"the record that opened {release.id} cannot be read: restore it from a backup or abandon")
    if release.build is None:
        return Refusal("the build is not ready yet")
    return None
