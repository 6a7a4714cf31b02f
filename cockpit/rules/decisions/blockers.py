"""What keeps an open release from moving, whatever the gate says."""

from cockpit.deploy.facts import (
    RevertFailed,
    pull_name,
)
from cockpit.deploy.plan import Refusal
from cockpit.deploy.release import Release
from cockpit.rules.decisions.planner import hold_reason


def blocked(release: Release) -> Refusal | None:
    """Why the release cannot move from where it stands, before any gate is asked."""
    if release.held:
        return Refusal(f"{release.id} is held by {release.held.by}{hold_reason(release)}: resume it first")
    if release.reverting:
        return Refusal(f"the revert of {release.reverting[0].pull.name} is under way")
    if release.failure and isinstance(failed := release.failure.what, RevertFailed):
        ways = "revert first what it conflicts with, abandon, or resume and go on with it in the build"
        return Refusal(f"the revert of {pull_name(failed)} failed, see the log: {ways}")
    if release.failure:
        return Refusal("the last work failed, see the log: resume to try again, revert the PR or abandon")
    if not release.ladder:
        return Refusal(f"the record that opened {release.id} cannot be read: restore it from a backup or abandon")
    if release.build is None:
        return Refusal("the build is being made")
    if release.rung < 0:
        return Refusal(f"{release.ladder[0].tier} comes first and by itself, once an engine runs")
    return None
