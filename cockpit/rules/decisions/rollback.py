"""Roll back: every serving tier returns to the last good build."""

from cockpit.deploy.facts import (
    RolledBack,
)
from cockpit.deploy.hosts.rollback_readiness import readiness, readiness_text
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Refusal
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.suspects.ranking import EVEN
from cockpit.deploy.text import short
from cockpit.rules.decisions.planner import plan_for, verdict_text
from cockpit.rules.targets import targets_everywhere


def roll_back(snapshot: Snapshot, ask: CommandRequest) -> Decision:
    """Every tier that serves people back to the last good build, at once, whatever the gate says."""
    release, build = snapshot.latest, snapshot.way_back
    if release is None or build is None:
        return Refusal("no earlier build has reached every host: there is nothing to go back to")
    points = targets_everywhere(snapshot, release, build.id, snapshot.policy.serving)
    if not points:
        return Refusal(f"every tier that serves people is pointed at {short(build.id)} already")
    tiers = tuple(point.target.tier for point in points)
    event = RolledBack(build.id, tiers, _suspected(snapshot, release), verdict_text(snapshot))
    back = readiness([snapshot.fleet[tier.name] for tier in snapshot.policy.serving], build.id)
    title = f"roll back to {short(build.id)}: {readiness_text(back)}"
    return plan_for(snapshot, release, title, *points, AppendEvent(event, f"hold {release.id}"))


def _suspected(snapshot: Snapshot, release: Release) -> tuple[str, ...]:
    """The PRs that are more likely behind the newest error than not, of those that are in."""
    likely = (one.pull for one in snapshot.suspects.value if one.pull and one.score >= EVEN)
    there = {pull.name for pull in release.pulls}.difference(release.gone)
    return tuple(dict.fromkeys(pull.name for pull in likely if pull.name in there))
