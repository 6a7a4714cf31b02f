"""Roll back: every serving tier returns to the last good build before the one that it runs."""

from cockpit.deploy import facts
from cockpit.deploy.builds.build import Build
from cockpit.deploy.hosts.rollback_readiness import readiness, readiness_text
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Plan, Refusal, WriteTarget
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.suspects.ranking import EVEN
from cockpit.deploy.text import duration, short
from cockpit.rules.decisions.planner import plan_for, verdict_text
from cockpit.rules.targets import rollout_of, target_all_hosts, tiers_carrying

FURTHER_AFTER = 30.0
"""Seconds after tiers went back from which on a rollback may go back further: a second key press must not."""
NOTHING_EARLIER = "no earlier build has reached every host"


def roll_back(snapshot: Snapshot, request: CommandRequest) -> Decision:
    """Return every tier that serves people to the last good build at once, regardless of the gate."""
    release, choice = snapshot.latest, snapshot.rollback
    if release is None:
        return Refusal(f"{NOTHING_EARLIER}: there is nothing to roll back to")
    went_back, current = _went_back_at(release), snapshot.last_good
    if went_back and current and set(choice.left) <= {current.id}:
        if release.is_rolled_back and (writes := _writes(snapshot, release, current, ())):
            return _plan(snapshot, release, current, writes)
        has = f"every tier that serves people already has the target {short(current.id)}"
        if choice.build is None:
            return Refusal(f"{has}, and {NOTHING_EARLIER}")
        if (age := snapshot.now - went_back) < FURTHER_AFTER:
            wait = duration(FURTHER_AFTER - age)
            return Refusal(f"{has}: in {wait} `rollback` goes back further, to {short(choice.build.id)}")
    if choice.build is None:
        return Refusal(f"{NOTHING_EARLIER}: there is nothing to roll back to")
    writes = _writes(snapshot, release, choice.build, choice.left)
    if not writes:
        return Refusal(f"every tier that serves people already has the target {short(choice.build.id)}")
    return _plan(snapshot, release, choice.build, writes)


def _writes(snapshot: Snapshot, release: Release, build: Build, left: tuple[str, ...]) -> tuple[WriteTarget, ...]:
    """Targets of the serving tiers, and of those that the config no longer names but that carry what is left."""
    serving = (*(tier.name for tier in snapshot.policy.serving_tiers), *tiers_carrying(snapshot, left))
    return target_all_hosts(snapshot, release, build.id, dict.fromkeys(serving), rollback=True)


def _plan(snapshot: Snapshot, release: Release, build: Build, writes: tuple[WriteTarget, ...]) -> Plan:
    choice = snapshot.rollback
    again = build == snapshot.last_good and set(choice.left) <= {build.id}
    left, other = choice.left, choice.release if choice.release != release.id else ""
    if again and release.held and isinstance(held := release.held.what, facts.RolledBack):
        left, other = held.left, held.release
    tiers = tuple(write.target.tier for write in writes)
    suspects = () if again else _suspects(snapshot, choice.release)
    event = facts.RolledBack(build.id, tiers, suspects, verdict_text(snapshot), left, other)
    ready = readiness([rollout_of(snapshot, tier.name) for tier in snapshot.policy.serving_tiers], build.id)
    before = f", before {other}" if other and not again else ""
    mark = f"; mark {other} as bad: no rollback goes back to it" if other and not again else ""
    title = f"roll back to {short(build.id)}{before}: {readiness_text(ready)}"
    return plan_for(snapshot, release, title, *writes, AppendEvent(event, f"hold {release.id}{mark}"))


def _went_back_at(release: Release) -> float:
    """When tiers last went back to a good build and no step was taken since; 0 for never."""
    for event in reversed(release.events):
        match event.what:
            case facts.Advanced():
                return 0.0
            case facts.RolledBack(tiers=tiers) | facts.RevertAsked(withdrawn=tiers) | facts.Abandoned(tiers=tiers) if (
                tiers
            ):
                return event.at
            case _:
                pass
    return 0.0


def _suspects(snapshot: Snapshot, left: str) -> tuple[str, ...]:
    """Names of the PRs of the release that is left that more likely than not caused the newest error."""
    release = next((release for release in snapshot.log.value.releases if release.id == left), None)
    if release is None:
        return ()
    likely = (suspect.pull for suspect in snapshot.suspects.value if suspect.pull and suspect.score >= EVEN)
    included = {pull.name for pull in release.pulls}.difference(release.reverted_names)
    return tuple(dict.fromkeys(pull.name for pull in likely if pull.name in included))
