"""Finish or abandon: the two ways to close a release."""

from cockpit.deploy import facts
from cockpit.deploy.facts import Call
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Refusal
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import names, short
from cockpit.rules.decisions.blockers import blocker
from cockpit.rules.decisions.planner import override_note, plan_for, verdict_text
from cockpit.rules.targets import withdraw_builds


def finish(snapshot: Snapshot, request: CommandRequest) -> Decision:
    """Close the release: its build becomes the last good one."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open")
    if refusal := blocker(snapshot, release):
        return refusal
    if not release.on_last_step:
        position = f"at {release.step}" if release.step else f"before its first step, {release.ladder[0].tier}"
        return Refusal(f"{release.id} is {position}: advance it to 100 % or abandon it")
    verdict, overrode, word = snapshot.verdict, "", ""
    if verdict.call is not Call.GO:
        if verdict.call is Call.ROLL_BACK or not (request.override and request.why):
            return Refusal(f"the gate says {verdict.call}: {verdict.reason}")
        overrode, word = f"{verdict.call}: {verdict.reason}", verdict.call
    build = release.build
    assert build is not None, "a complete release has a build"
    return plan_for(
        snapshot,
        release,
        f"finish {release.id}",
        AppendEvent(
            facts.Finished(build.id, overrode, verdict_text(snapshot)),
            f"record {short(build.id)} as the last good build{override_note(word)}",
        ),
    )


def abandon(snapshot: Snapshot, request: CommandRequest) -> Decision:
    """Close the release unfinished; tiers that serve people return to the last good build."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open")
    writes = withdraw_builds(snapshot, release)
    pending = {asked.pull.name for asked in release.pending_reverts}
    stay = names(tuple(f"PR #{known.proposal}" for known in release.revert_proposals if known.name in pending))
    words = f"close {release.id}{f'; {stay} may still be merged to main' if stay else ''}"
    event = AppendEvent(facts.Abandoned(tuple(write.target.tier for write in writes)), words)
    return plan_for(snapshot, release, f"abandon {release.id}", *writes, event)
