"""Advance: take the next step of the ladder."""

from cockpit.deploy.facts import Call
from cockpit.deploy.plan import CommandRequest, Decision, Refusal
from cockpit.deploy.snapshot import Snapshot
from cockpit.rules.decisions.blockers import blocker
from cockpit.rules.decisions.first_step import take_first_step
from cockpit.rules.decisions.planner import REASON_MISSING, verdict_text
from cockpit.rules.decisions.step import step_to
from cockpit.rules.deploy_window import hotfix_catching_up, window_closed


def advance(snapshot: Snapshot, request: CommandRequest) -> Decision:
    """Take the next step of the ladder."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open: start one")
    if refusal := blocker(snapshot, release):
        return refusal
    if release.on_last_step:
        return Refusal(f"{release.id} is at 100 %: finish it")
    if (tier := release.ladder[release.rung + 1].tier) not in snapshot.fleet:
        return Refusal(f"the next tier of {release.id}, {tier}, is not in the config: restore it there or abandon")
    if release.rung < 0:
        return take_first_step(snapshot, release, request)
    verdict = snapshot.verdict
    if verdict.call is Call.ROLL_BACK:
        return Refusal(f"the gate says ROLL BACK: {verdict.reason}")
    closed = None if hotfix_catching_up(release) else window_closed(snapshot)
    objections = [closed.reason] if closed else []
    overridden = [(closed.word, closed.reason)] if closed else []
    if verdict.call is not Call.GO:
        objections.append(f"the gate says {verdict.call}: {verdict.reason}")
        overridden.append((verdict.call, f"{verdict.call}: {verdict.reason}"))
    if objections and not request.override:
        return Refusal("; ".join(objections))
    if objections and not request.why:
        return Refusal(REASON_MISSING)
    reasons = "; ".join(reason for _, reason in overridden)
    words = " and ".join(word for word, _ in overridden)
    return step_to(snapshot, release, release.rung + 1, reasons, words, verdict_text(snapshot))
