"""The autopilot: what the engine does by itself once the gate has spoken, and how a person switches it.

It gives the very commands a commander would, each with the verdict's words as its reason. A HOLD always waits for a
person: it holds the release, and what a person has resumed it does not hold again for the same word.
"""

from typing import assert_never

from msgspec import Struct

from cockpit.deploy.facts import AutopilotSet, Call, Judged, Resumed
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
    Autopilot.ADVANCE: "the next step is taken on GO; HOLD waits for a person",
    Autopilot.FULL: "the next step is taken on GO, and the public is rolled back on ROLL BACK; HOLD waits for a person",
}


class AutopilotAction(Struct, frozen=True):
    """What the autopilot does now, and why."""

    plan: Plan
    why: str


def switch(snapshot: Snapshot, ask: CommandRequest) -> Plan | Refusal:
    """Let the engine take steps by itself, or no longer: off, advance or full; the next of them where none is named."""
    release = snapshot.open
    if release is None:
        return Refusal("no release is open: [gate] autopilot in the config is what the next one begins with")
    now = mode(snapshot, release)
    try:
        wanted = Autopilot(ask.mode) if ask.mode else _NEXT[now]
    except ValueError:
        return Refusal(f"{ask.mode!r} is none of {', '.join(Autopilot)}")
    if wanted is now:
        return Refusal(f"the autopilot is at {now} already")
    words = f"autopilot {wanted}: {_WORDS[wanted]}"
    return decisions.record_fact(snapshot, release, AutopilotSet(wanted), words)


def mode(snapshot: Snapshot, release: Release) -> Autopilot:
    """What is in force for the release: what a person chose, else the config's."""
    return release.autopilot or snapshot.policy.gate.autopilot


def manoeuvre(snapshot: Snapshot) -> AutopilotAction | None:
    """What the autopilot does now; None where it is off, or where it is a person's turn or time's."""
    release, verdict = snapshot.open, snapshot.verdict
    if release is None or release.held or release.failure or release.install or release.rung < 0:
        return None
    if (chosen := mode(snapshot, release)) is Autopilot.OFF:
        return None
    why = f"{verdict.call}: {verdict.reason}"
    ask = CommandRequest(by=NAME, why=why)
    match verdict.call:
        case Call.GO:
            decided = decisions.advance(snapshot, ask)
        case Call.ROLL_BACK if chosen is Autopilot.FULL and _public(snapshot, release):
            decided = decisions.roll_back(snapshot, ask)
        case Call.ROLL_BACK | Call.HOLD:
            decided = decisions.hold(snapshot, ask) if _unheard(release, verdict.call) else Refusal("a person resumed")
        case Call.WAIT:
            return None
        case _:
            assert_never(verdict.call)
    return AutopilotAction(decided, why) if isinstance(decided, Plan) else None


def _public(snapshot: Snapshot, release: Release) -> bool:
    return snapshot.policy.tier(release.ladder[release.rung].tier).serves is Audience.PUBLIC


def _unheard(release: Release, call: Call) -> bool:
    """Whether the gate has come to this word since a person last resumed the release."""
    for event in reversed(release.events):
        match event.what:
            case Resumed():
                return False
            case Judged(call=said) if said is call:
                return True
    return False
