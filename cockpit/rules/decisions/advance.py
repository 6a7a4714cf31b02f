"""The next step of the ladder."""

from cockpit.deploy.facts import (
    Advanced,
    Call,
)
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Plan, Refusal, WriteTarget
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import short
from cockpit.deploy.tiers import label
from cockpit.rules.decisions.blockers import blocked
from cockpit.rules.decisions.planner import and_overridden, plan_for, verdict_text
from cockpit.rules.deploy_window import climbs_back, closed
from cockpit.rules.targets import next_target


def advance(snapshot: Snapshot, ask: CommandRequest) -> Decision:
    """Take the next step of the ladder."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open: start one")
    if no := blocked(release):
        return no
    if release.complete:
        return Refusal(f"{release.id} is at 100 %: finish it")
    if (tier := release.ladder[release.rung + 1].tier) not in snapshot.fleet:
        return Refusal(f"the ladder of {release.id} names {tier} and the config does not: restore it there or abandon")
    verdict = snapshot.verdict
    if verdict.call is Call.ROLL_BACK:
        return Refusal(f"the gate says ROLL BACK: {verdict.reason}")
    against = None if climbs_back(release) else closed(snapshot)
    objections = [against.reason] if against else []
    overrode = [(against.word, against.reason)] if against else []
    if verdict.call is not Call.GO:
        objections.append(f"the gate says {verdict.call}: {verdict.reason}")
        overrode.append((verdict.call, f"{verdict.call}: {verdict.reason}"))
    if objections and not ask.override:
        return Refusal("; ".join(objections))
    if objections and not ask.why:
        return Refusal("an override needs a reason: say --why")
    words = "; ".join(reason for _, reason in overrode)
    word = " and ".join(word for word, _ in overrode)
    return step_to(snapshot, release, release.rung + 1, words, word, verdict_text(snapshot))


def step_to(
    snapshot: Snapshot, release: Release, rung: int, overrode: str = "", word: str = "", verdict: str = ""
) -> Plan:
    """The plan that takes `release`, which has a build, to this rung: the event and its tier's target in one write."""
    build = release.build
    assert build is not None, "a step needs a build"
    assert release.ladder[rung].tier in snapshot.fleet, "a step needs its tier"
    step = release.ladder[rung]
    words = label(release.ladder, rung)
    target = next_target(snapshot, release, step.tier, build.id, step.percent)
    moves = f"point {words} at {short(build.id)}"
    record = AppendEvent(
        Advanced(rung, words, build.id, overrode, verdict),
        f"record the step{and_overridden(word)}",
    )
    return plan_for(snapshot, release, f"advance {release.id} to {words}", record, WriteTarget(*target, moves))
