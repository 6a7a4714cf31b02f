"""Hold a release, and resume it."""

from cockpit.deploy import facts
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Refusal, WriteTarget
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import names, plural, short
from cockpit.rules.decisions.planner import failed_revert_names, plan_for
from cockpit.rules.targets import next_target


def hold(snapshot: Snapshot, request: CommandRequest) -> Decision:
    """Stop the release until it is resumed.

    A person's hold replaces one that the engine or the autopilot made: only a person's stops the autopilot's rollback.
    """
    release = snapshot.open
    if release is None:
        return Refusal("no release is open: there is nothing to hold")
    words = "no step is taken until it is resumed; hosts finish their current swap"
    if release.held:
        automatic = isinstance(release.held.what, facts.Held) and not release.held.by_person
        if not automatic or request.by == release.held.by:
            return Refusal(f"{release.id} is already held by {release.held.by}")
        words = f"instead of {release.held.by}'s hold, under which the autopilot could still roll back"
    return plan_for(snapshot, release, f"hold {release.id}", AppendEvent(facts.Held(), words))


def resume(snapshot: Snapshot, request: CommandRequest) -> Decision:
    """Continue after a hold, a rollback or a failure that can be retried."""
    release = snapshot.latest
    retries = _retry_failed_hosts(snapshot, release) if release and release.end is None else ()
    failed = release is not None and release.end is None and (release.failures or _smoke_failed(release))
    if release is None or not (release.held or failed or retries):
        return Refusal("nothing is held")
    words = f"steps may be taken again{_rollback_note(release)}"
    kept = failed_revert_names(release) if release.end is None else ()
    if kept:
        stay = "STAYS in the build because its revert" if len(kept) == 1 else "STAY in the build because their reverts"
        words += f"; {names(kept, len(kept))} {stay} failed"
    if failed and (release.failed_job or _smoke_failed(release)):
        words += "; the failed job is retried"
    return plan_for(snapshot, release, f"resume {release.id}", *retries, AppendEvent(facts.Resumed(kept), words))


def _rollback_note(release: Release) -> str:
    """What goes out again; empty if no rollback stands."""
    if not release.rolled_back or release.end is not None:
        return ""
    if other := release.rolled_back.release:
        return f" with the changes of {other}, which was rolled back: abandon {release.id} unless they are harmless"
    return " with the build that was rolled back: revert the PR that broke it first"


def _retry_failed_hosts(snapshot: Snapshot, release: Release) -> tuple[WriteTarget, ...]:
    """The present step's target again, if hosts have failed: a new serial makes them retry."""
    build = release.build
    if build is None or not 0 <= release.rung < len(release.ladder):
        return ()
    step = release.ladder[release.rung]
    state = snapshot.fleet.get(step.tier)
    if state is None or not state.failed:
        return ()
    words = f"tell {step.tier} to run {short(build.id)} again: {plural(len(state.failed), 'host')} failed"
    return (WriteTarget(*next_target(snapshot, release, step.tier, build.id, step.percent), words),)


def _smoke_failed(release: Release) -> bool:
    return isinstance(release.smoke, facts.SmokeFailed)
