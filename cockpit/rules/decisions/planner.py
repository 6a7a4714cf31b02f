"""Plans made of what happened, and the words that decisions share."""

from cockpit.deploy.facts import (
    Happened,
)
from cockpit.deploy.plan import AppendEvent, Plan, WriteTarget
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot


def record_fact(snapshot: Snapshot, release: Release, what: Happened, words: str = "") -> Plan:
    """The plan that records one thing that happened; how the engine tells what came of its work."""
    return plan_for(snapshot, release, words or type(what).__name__, AppendEvent(what, words))


def plan_for(snapshot: Snapshot, release: Release, title: str, *steps: AppendEvent | WriteTarget) -> Plan:
    """The plan of these steps, in the log of `release`."""
    return Plan(title, release.id, steps, release.number, snapshot.log.value.digest)


def verdict_text(snapshot: Snapshot) -> str:
    """What the gate says of the open release at this moment, in words; empty where none is open."""
    return f"{snapshot.verdict.call}: {snapshot.verdict.reason}" if snapshot.open else ""


def hold_reason(release: Release) -> str:
    """Why it is held, in brackets; empty where nobody said."""
    return f" ({release.held.why})" if release.held and release.held.why else ""


def and_overridden(word: str) -> str:
    """The word of what was overridden, not its numbers: those change while a person reads the confirmation."""
    return f", and that {word} {'were' if ' and ' in word else 'was'} overridden" if word else ""
