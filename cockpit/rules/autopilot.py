"""The autopilot: what the engine does by itself on a verdict, and how a person switches it.

It gives the same commands as a commander, with the verdict as the reason. On HOLD it holds the release for a person.
Once a person has resumed, it does not hold again for the same verdict.

A hold of its own, or of the deadman, stops its steps and not its rollback: if the build turns out worse after the hold,
the public must not wait. Only a person's hold stops both.
"""

from typing import assert_never

from msgspec import Struct

from cockpit.deploy import facts
from cockpit.deploy.facts import Call
from cockpit.deploy.plan import CommandRequest, Plan, Refusal
from cockpit.deploy.policy import Autopilot
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.tiers import Audience
from cockpit.rules import decisions

NAME = "autopilot"
_NEXT = {Autopilot.OFF: Autopilot.ADVANCE, Autopilot.ADVANCE: Autopilot.FULL, Autopilot.FULL: Autopilot.OFF}
_WORDS = {
    Autopilot.OFF: "every step waits for a person",
    Autopilot.ADVANCE: "the engine takes the next step on GO; HOLD waits for a person",
    Autopilot.FULL: "the engine takes the next step on GO and rolls the public back on ROLL BACK; "
    "HOLD waits for a person",
}


class AutopilotAction(Struct, frozen=True):
    """The autopilot's next plan, and its reason."""

    plan: Plan
    why: str


def set_autopilot(snapshot: Snapshot, request: CommandRequest) -> Plan | Refusal:
    """Switch the autopilot to off, advance or full; without a mode, to the next of them."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open: [gate] autopilot in the config sets the mode of the next one")
    current = autopilot_mode(snapshot, release)
    try:
        wanted = Autopilot(request.mode) if request.mode else _NEXT[current]
    except ValueError:
        return Refusal(f"invalid mode {request.mode!r}: use {', '.join(Autopilot)}")
    if wanted is current:
        return Refusal(f"the autopilot is already set to {current}")
    words = f"autopilot {wanted}: {_WORDS[wanted]}"
    return decisions.record_fact(snapshot, release, facts.AutopilotSet(wanted), words)


def autopilot_mode(snapshot: Snapshot, release: Release) -> Autopilot:
    """The mode of this release: a person's choice, else the config's."""
    return release.autopilot or snapshot.policy.gate.autopilot


def next_action(snapshot: Snapshot) -> AutopilotAction | None:
    """What the autopilot does now; None if it is off, or if a person or time decides."""
    if rollback := rollback_action(snapshot):
        return rollback
    release, verdict = snapshot.open, snapshot.verdict
    if release is None or release.held or release.failures or release.install or release.rung < 0:
        return None
    if autopilot_mode(snapshot, release) is Autopilot.OFF:
        return None
    request = _request(snapshot)
    match verdict.call:
        case Call.GO:
            decision = decisions.advance(snapshot, request)
        case Call.ROLL_BACK | Call.HOLD:
            if not _judged_since_resume(release, verdict.call):
                return None
            decision = decisions.hold(snapshot, request)
        case Call.WAIT:
            return None
        case _:
            assert_never(verdict.call)
    return AutopilotAction(decision, request.why) if isinstance(decision, Plan) else None


def rollback_action(snapshot: Snapshot) -> AutopilotAction | None:
    """The autopilot's rollback; None if the verdict, the mode or a person's hold does not allow it.

    A failed job does not stop it, and neither does a hold that no person made.
    """
    release = snapshot.open
    if release is None or release.install or release.rung < 0 or snapshot.verdict.call is not Call.ROLL_BACK:
        return None
    if release.held and release.held.by_person:
        return None
    if autopilot_mode(snapshot, release) is not Autopilot.FULL or not _serves_public(snapshot, release):
        return None
    request = _request(snapshot)
    decision = decisions.roll_back(snapshot, request)
    return AutopilotAction(decision, request.why) if isinstance(decision, Plan) else None


def _request(snapshot: Snapshot) -> CommandRequest:
    return CommandRequest(by=NAME, why=f"{snapshot.verdict.call}: {snapshot.verdict.reason}")


def _serves_public(snapshot: Snapshot, release: Release) -> bool:
    return snapshot.policy.tier(release.ladder[release.rung].tier).serves is Audience.PUBLIC


def _judged_since_resume(release: Release, call: Call) -> bool:
    """Whether the gate has reached this verdict since a person last resumed the release."""
    for event in reversed(release.events):
        match event.what:
            case facts.Resumed():
                return False
            case facts.Judged(call=judged) if judged is call:
                return True
    return False
