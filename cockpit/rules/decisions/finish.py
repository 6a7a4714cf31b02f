"""The two ends of a release: finish it or abandon it."""

from cockpit.deploy.facts import (
    Abandoned,
    Call,
    Finished,
)
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Refusal
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import short
from cockpit.rules.decisions.blockers import blocked
from cockpit.rules.decisions.planner import and_overridden, plan_for, verdict_text
from cockpit.rules.targets import targets_back


def finish(snapshot: Snapshot, ask: CommandRequest) -> Decision:
    """Close the release: its build is the last good one from now on."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open")
    if no := blocked(release):
        return no
    if not release.complete:
        return Refusal(f"{release.id} is at {release.step}: advance it to 100 % or abandon it")
    verdict, overrode, word = snapshot.verdict, "", ""
    if verdict.call is not Call.GO:
        if verdict.call is Call.ROLL_BACK or not (ask.override and ask.why):
            return Refusal(f"the gate says {verdict.call}: {verdict.reason}")
        overrode, word = f"{verdict.call}: {verdict.reason}", verdict.call
    build = release.build
    assert build is not None, "a complete release has a build"
    return plan_for(
        snapshot,
        release,
        f"finish {release.id}",
        AppendEvent(
            Finished(build.id, overrode, verdict_text(snapshot)),
            f"{short(build.id)} is the last good build{and_overridden(word)}",
        ),
    )


def abandon(snapshot: Snapshot, ask: CommandRequest) -> Decision:
    """Close the release without finishing it; tiers that serve people with its builds go back."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open")
    back = targets_back(snapshot, release)
    event = AppendEvent(Abandoned(tuple(point.target.tier for point in back)), f"close {release.id}")
    return plan_for(snapshot, release, f"abandon {release.id}", *back, event)
