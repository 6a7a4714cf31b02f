"""Blockers: what keeps an open release from moving, regardless of the gate."""

from cockpit.deploy.plan import Refusal
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import names
from cockpit.rules.decisions.planner import delay_text, failed_revert_names, hold_reason


def blocker(snapshot: Snapshot, release: Release) -> Refusal | None:
    """Why the release cannot move from its present step; None if the gate decides."""
    if release.held:
        return Refusal(f"{release.id} is held by {release.held.by}{hold_reason(release)}: resume it first")
    if release.pending_reverts:
        name = release.pending_reverts[0].pull.name
        return Refusal(f"the revert of {name} is in progress{delay_text(snapshot, release, name)}")
    if release.withdrawals:
        return Refusal(f"the revert of {release.withdrawals[0].pull.name} is being withdrawn")
    if release.failed_reverts:
        failed = names(failed_revert_names(release))
        one, it = ("revert", "it") if len(release.failed_reverts) == 1 else ("reverts", "them")
        options = f"revert what conflicts with {it} first, abandon, or resume to keep {it} in the build"
        return Refusal(f"the {one} of {failed} failed, see the log: {options}")
    if release.failures:
        return Refusal("the last job failed, see the log: resume to retry, revert the PR or abandon")
    if not release.ladder:
        return Refusal(f"the record that opened {release.id} cannot be read: restore it from a backup or abandon")
    if release.build is None:
        return Refusal("the build is not ready yet")
    if bad := snapshot.log.value.rejected.get(release.build.id):
        return Refusal(f"its build was rejected in {bad}: revert the PR that broke it or abandon")
    return None
