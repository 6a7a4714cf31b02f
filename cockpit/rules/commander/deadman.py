"""The deadman: an open release that no commander watches is held, and the next on the rota is notified.

It makes no difference whether the commander's connection broke or they closed the screen: the release is alone, and the
autopilot may still take steps. Both hold it after the same time, with different messages. A commander who works in a
shell has no screen and never counts as lost. Only a person who had a screen open or was handed over to does, until any
person gives a command; so each loss holds once.

It depends on the store alone, on the last heartbeat, so a new engine continues the count.
"""

from msgspec import Struct

from cockpit.deploy import facts
from cockpit.deploy.plan import AppendEvent, Plan
from cockpit.deploy.release import Release
from cockpit.deploy.schedule.presence import Presence, Sign
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration
from cockpit.rules.commander.activity import shows_presence
from cockpit.rules.commander.duty import next_commander
from cockpit.rules.decisions.planner import plan_for


class DeadmanHold(Struct, frozen=True):
    """The hold of a release without a commander, and its reason."""

    plan: Plan
    why: str


def deadman_hold(snapshot: Snapshot) -> DeadmanHold | None:
    """The hold that is necessary because no commander watches the release; None if it is not."""
    release, presence = snapshot.open, lost_commander(snapshot)
    if release is None or release.held or presence is None:
        return None
    successor = next_commander(snapshot, presence.person)
    lost = facts.CommanderLost(presence.person, successor, presence.at, presence.sign)
    why = loss_text(lost, snapshot.now)
    notify = f"notify {successor or 'the next commander'}"
    plan = plan_for(
        snapshot, release, f"hold {release.id}: {why}", AppendEvent(facts.Held(), "hold"), AppendEvent(lost, notify)
    )
    return DeadmanHold(plan, why)


def lost_commander(snapshot: Snapshot) -> Presence | None:
    """The last heartbeat of a commander who is missing for longer than the config allows; None if none is."""
    release, presence, commander = snapshot.open, snapshot.presence.value, snapshot.commander
    allowed = snapshot.policy.commander.deadman
    if release is None or presence is None or not allowed or presence.sign is Sign.SHELL:
        return None
    if not commander.at or commander.error or commander.value.name:
        return None  # there is a commander, or it is not known whether there is one
    if snapshot.now - presence.at < allowed or _recorded(release, presence):
        return None
    return None if _active_since(snapshot, release, presence) else presence


def loss_text(lost: facts.CommanderLost, now: float) -> str:
    """`ann@box lost for 60 s`."""
    spent = duration(now - lost.since)
    match lost.sign:
        case Sign.LEFT:
            return f"{lost.person} left {spent} ago and there is no commander"
        case Sign.ASSIGNED:
            return f"{lost.person} became the commander {spent} ago and did not come"
        case _:
            return f"{lost.person} lost for {spent}"


def _recorded(release: Release, presence: Presence) -> bool:
    """Whether the log has this loss already."""
    losses = (event.what for event in release.events if isinstance(event.what, facts.CommanderLost))
    return any((lost.person, lost.since) == (presence.person, presence.at) for lost in losses)


def _active_since(snapshot: Snapshot, release: Release, presence: Presence) -> bool:
    """Whether a person has given a command since, in a shell; then the release is not alone.

    A screen sends a heartbeat every `kept` seconds and stays the commander for as long again. A command within that
    time may come from the lost person themselves, so it does not count.
    """
    end = presence.at + (2 * snapshot.policy.commander.kept if presence.sign is Sign.PRESENT else 0.0)
    return any(shows_presence(event) and event.at > end for event in release.events)
