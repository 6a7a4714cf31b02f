"""Up the ladder: the next step, and the end."""

from cockpit.deploy.facts import (
    Advanced,
    Call,
    Finished,
    RevertFailed,
    pull_name,
)
from cockpit.deploy.plan import Ask, Decision, Plan, Point, Record, Refusal
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import short
from cockpit.deploy.tiers import label
from cockpit.rules.decisions.planner import because, plan_for, said
from cockpit.rules.deploy_window import climbs_back, closed
from cockpit.rules.targets import next_target


def advance(snapshot: Snapshot, ask: Ask) -> Decision:
    """Take the next step of the ladder."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open: start one")
    if no := _standing(release):
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
    return step_to(snapshot, release, release.rung + 1, words, word, said(snapshot))


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
    record = Record(
        Advanced(rung, words, build.id, overrode, verdict),
        f"record the step{_and_overrode(word)}",
    )
    return plan_for(snapshot, release, f"advance {release.id} to {words}", record, Point(*target, moves))


def finish(snapshot: Snapshot, ask: Ask) -> Decision:
    """Close the release: its build is the last good one from now on."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open")
    if no := _standing(release):
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
        Record(
            Finished(build.id, overrode, said(snapshot)),
            f"{short(build.id)} is the last good build{_and_overrode(word)}",
        ),
    )


def _standing(release: Release) -> Refusal | None:
    """Why the release cannot move from where it stands, before any gate is asked."""
    if release.held:
        return Refusal(f"{release.id} is held by {release.held.by}{because(release)}: resume it first")
    if release.reverting:
        return Refusal(f"the revert of {release.reverting[0].pull.name} is under way")
    if release.trouble and isinstance(failed := release.trouble.what, RevertFailed):
        ways = "revert first what it conflicts with, abandon, or resume and go on with it in the build"
        return Refusal(f"the revert of {pull_name(failed)} failed, see the log: {ways}")
    if release.trouble:
        return Refusal("the last work failed, see the log: resume to try again, revert the PR or abandon")
    if not release.ladder:
        return Refusal(f"the record that opened {release.id} cannot be read: restore it from a backup or abandon")
    if release.build is None:
        return Refusal("the build is being made")
    if release.rung < 0:
        return Refusal(f"{release.ladder[0].tier} comes first and by itself, once an engine runs")
    return None


def _and_overrode(word: str) -> str:
    """The word of what was overridden, not its numbers: those change while a person reads the confirmation."""
    return f", and that {word} {'were' if ' and ' in word else 'was'} overridden" if word else ""
