"""Stop, and go on."""

from cockpit.deploy.facts import (
    Held,
    Resumed,
    RevertFailed,
    pull_name,
)
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Refusal, WriteTarget
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import plural, short
from cockpit.rules.decisions.planner import plan_for
from cockpit.rules.targets import next_target


def hold(snapshot: Snapshot, ask: CommandRequest) -> Decision:
    """Stop all movement until resumed."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open: nothing moves")
    if release.held:
        return Refusal(f"{release.id} is held already by {release.held.by}")
    return plan_for(
        snapshot,
        release,
        f"hold {release.id}",
        AppendEvent(Held(), "no step is taken until it is resumed; hosts end what they are at"),
    )


def resume(snapshot: Snapshot, ask: CommandRequest) -> Decision:
    """Go on after a hold, a rollback, or something that failed and can be tried again."""
    release = snapshot.latest
    again = _again(snapshot, release) if release and release.end is None else ()
    failed = release is not None and release.end is None and (release.failure or _smoke_failed(release))
    if release is None or not (release.held or failed or again):
        return Refusal("nothing is held")
    words = "steps may be taken again"
    if release.failure and isinstance(release.failure.what, RevertFailed):
        words += f"; it goes on WITH {pull_name(release.failure.what)} in the build, for its revert failed"
    elif failed:
        words += "; what failed is tried again"
    elif release.rolled_back and release.end is None:
        words += " with the build that was rolled back: revert what broke it first"
    return plan_for(snapshot, release, f"resume {release.id}", *again, AppendEvent(Resumed(), words))


def _again(snapshot: Snapshot, release: Release) -> tuple[WriteTarget, ...]:
    """Points the present step's tier anew where hosts have given its build up: a new serial makes them try again."""
    build = release.build
    if build is None or not 0 <= release.rung < len(release.ladder):
        return ()
    step = release.ladder[release.rung]
    state = snapshot.fleet.get(step.tier)
    if state is None or not state.failed:
        return ()
    words = f"point {step.tier} at {short(build.id)} again: {plural(len(state.failed), 'host')} failed"
    return (WriteTarget(*next_target(snapshot, release, step.tier, build.id, step.percent), words),)


def _smoke_failed(release: Release) -> bool:
    return release.smoke is not None and bool(getattr(release.smoke, "reason", ""))
