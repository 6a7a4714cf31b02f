"""Advance: take the next step of the ladder."""

from cockpit.deploy import facts
from cockpit.deploy.facts import Call
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Plan, Refusal, WriteTarget
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import short
from cockpit.deploy.tiers import label
from cockpit.rules.decisions.blockers import blocker
from cockpit.rules.decisions.planner import REASON_MISSING, override_note, plan_for, verdict_text
from cockpit.rules.deploy_window import hotfix_catching_up, window_closed
from cockpit.rules.targets import next_target


def advance(snapshot: Snapshot, request: CommandRequest) -> Decision:
    """Take the next step of the ladder."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open: start one")
    if refusal := blocker(release):
        return refusal
    if release.on_last_step:
        return Refusal(f"{release.id} is at 100 %: finish it")
    if (tier := release.ladder[release.rung + 1].tier) not in snapshot.fleet:
        return Refusal(f"the next tier of {release.id}, {tier}, is not in the config: restore it there or abandon")
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


def step_to(
    snapshot: Snapshot, release: Release, rung: int, overrode: str = "", word: str = "", verdict: str = ""
) -> Plan:
    """Plan the step to `rung`: its event and its tier's target in one write. The release must have a build."""
    build = release.build
    assert build is not None, "a step needs a build"
    assert release.ladder[rung].tier in snapshot.fleet, "a step needs its tier"
    step = release.ladder[rung]
    name = label(release.ladder, rung)
    target = next_target(snapshot, release, step.tier, build.id, step.percent)
    share = "" if name == step.tier else f" on {step.percent} %"
    record = AppendEvent(
        facts.Advanced(rung, name, build.id, overrode, verdict),
        f"record the step{override_note(word)}",
    )
    write = WriteTarget(*target, f"tell {step.tier} to run {short(build.id)}{share}")
    return plan_for(snapshot, release, f"advance {release.id} to {name}", record, write)
