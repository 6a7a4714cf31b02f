"""Roll back: every serving tier returns to the last good build."""

from cockpit.deploy import facts
from cockpit.deploy.hosts.rollback_readiness import readiness, readiness_text
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Refusal
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.suspects.ranking import EVEN
from cockpit.deploy.text import short
from cockpit.rules.decisions.planner import plan_for, verdict_text
from cockpit.rules.targets import target_all_hosts


def roll_back(snapshot: Snapshot, request: CommandRequest) -> Decision:
    """Return every tier that serves people to the last good build at once, regardless of the gate."""
    release, build = snapshot.latest, snapshot.rollback_target
    if release is None or build is None:
        return Refusal("no earlier build has reached every host: there is nothing to roll back to")
    writes = target_all_hosts(snapshot, release, build.id, snapshot.policy.serving_tiers)
    if not writes:
        return Refusal(f"every tier that serves people already has the target {short(build.id)}")
    tiers = tuple(write.target.tier for write in writes)
    event = facts.RolledBack(build.id, tiers, _suspects(snapshot, release), verdict_text(snapshot))
    ready = readiness([snapshot.fleet[tier.name] for tier in snapshot.policy.serving_tiers], build.id)
    title = f"roll back to {short(build.id)}: {readiness_text(ready)}"
    return plan_for(snapshot, release, title, *writes, AppendEvent(event, f"hold {release.id}"))


def _suspects(snapshot: Snapshot, release: Release) -> tuple[str, ...]:
    """Names of the release's PRs that more likely than not caused the newest error."""
    likely = (suspect.pull for suspect in snapshot.suspects.value if suspect.pull and suspect.score >= EVEN)
    included = {pull.name for pull in release.pulls}.difference(release.reverted_names)
    return tuple(dict.fromkeys(pull.name for pull in likely if pull.name in included))
