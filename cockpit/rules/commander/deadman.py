"""The deadman: a release that nobody looks after any more is held, and the next on the rota is told.

What counts is whether somebody watches, not why nobody does: a commander whose line broke and one who closed the screen
leave the same release alone, with the autopilot perhaps still taking steps. So both hold it, after the same time and in
other words. Who works by verbs in a shell sits nowhere and is never missed: the loss counts only for somebody who did
sit, or was given the conn, and only until anybody gives a command again. That is also what makes it one hold a loss.

It goes by the store alone, by the last sign of life, so an engine that takes over goes on counting.
"""

from msgspec import Struct

from cockpit.deploy.facts import CommanderLost, Held
from cockpit.deploy.plan import AppendEvent, Plan
from cockpit.deploy.release import Release
from cockpit.deploy.schedule.presence import Presence, Sign
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration
from cockpit.rules.commander.activity import acts
from cockpit.rules.commander.duty import following
from cockpit.rules.decisions.planner import plan_for


class DeadmanHold(Struct, frozen=True):
    """What the engine does about a release that was left alone, and why."""

    plan: Plan
    why: str


def dead_mans_hold(snapshot: Snapshot) -> DeadmanHold | None:
    """The hold that is due because nobody watches; None where somebody does, or none is needed."""
    release, seen = snapshot.open, absent(snapshot)
    if release is None or release.held or seen is None:
        return None
    heir = following(snapshot, seen.person)
    lost = CommanderLost(seen.person, heir, seen.at, seen.sign)
    why = words(lost, snapshot.now)
    told = f"tell {heir or 'whoever commands next'}"
    plan = plan_for(
        snapshot, release, f"hold {release.id}: {why}", AppendEvent(Held(), "hold"), AppendEvent(lost, told)
    )
    return DeadmanHold(plan, why)


def absent(snapshot: Snapshot) -> Presence | None:
    """The last sign of the commander who has been missing for longer than the config allows; None for nobody."""
    release, seen, commander = snapshot.open, snapshot.presence.value, snapshot.commander
    allowed = snapshot.policy.commander.deadman
    if release is None or seen is None or not allowed or seen.sign is Sign.SHELL:
        return None
    if not commander.at or commander.error or commander.value.name:
        return None  # somebody has it, or nobody knows who has
    if snapshot.now - seen.at < allowed or _told(release, seen) or _acted_since(snapshot, release, seen):
        return None
    return seen


def words(lost: CommanderLost, now: float) -> str:
    """`ann@box lost for 60 s`."""
    spent = duration(now - lost.since)
    match lost.how:
        case Sign.LEFT:
            return f"{lost.person} left {spent} ago and nobody has the conn"
        case Sign.GIVEN:
            return f"{lost.person} was given the conn {spent} ago and did not come"
        case _:
            return f"{lost.person} lost for {spent}"


def _told(release: Release, seen: Presence) -> bool:
    lost = (event.what for event in release.events if isinstance(event.what, CommanderLost))
    return any((told.person, told.since) == (seen.person, seen.at) for told in lost)


def _acted_since(snapshot: Snapshot, release: Release, seen: Presence) -> bool:
    """Whether somebody has given a command since, by a verb: then the release is not alone.

    A screen says that it lives every `kept` seconds and keeps the conn for as long again, so a command from within
    that time is one that the person who was lost gave before.
    """
    end = seen.at + (2 * snapshot.policy.commander.kept if seen.sign is Sign.SITTING else 0.0)
    return any(acts(event) and event.at > end for event in release.events)
