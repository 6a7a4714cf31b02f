"""Acknowledgement: who must read the handoff before they give commands, and the commands to read it and add notes.

A person knows how the release stands if they gave it a command or read its handoff. It must be read again once another
person gives a command or becomes the commander. Only the log decides this, so the screen and the shell agree.
"""

from cockpit.deploy import facts
from cockpit.deploy.events import Event
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Refusal
from cockpit.deploy.snapshot import Snapshot
from cockpit.rules.commander.activity import INFORMED, SAFE
from cockpit.rules.commander.lease import commander_text, may_command
from cockpit.rules.decisions.planner import plan_for

UNREAD = "read the handoff first: N on the screen, `cockpit handoff --read` in a shell"


def unread_handoff(snapshot: Snapshot, person: str) -> Event | None:
    """The event since which `person` has not read the open release's handoff; None if there is nothing to read."""
    release = snapshot.open
    if release is None:
        return None
    for event in reversed(release.events):
        if event.by == person and isinstance(event.what, INFORMED | facts.HandedOver):
            return None
        match event.what:
            case facts.HandedOver(to=to) if to == person or not to:
                return event if to or _commands_next(snapshot, person) else None
            case facts.CommandTaken(commander=commander, previous=previous) if commander == person and previous:
                return event
            case facts.CommanderLost(person=lost) if lost != person:
                return event
            case fact if isinstance(fact, facts.HandedOver | INFORMED | SAFE) and event.by_person:
                if event.by != person:
                    return event if _commands_next(snapshot, person) else None
    return None


def handoff_not_read(snapshot: Snapshot, request: CommandRequest) -> Refusal | None:
    """Why a person who has not read the handoff is refused; None if there is nothing to read."""
    return Refusal(UNREAD) if unread_handoff(snapshot, request.by) else None


def read_handoff(snapshot: Snapshot, request: CommandRequest) -> Decision:
    """Show the handoff; with --read, mark it as read (unlocks your commands)."""
    event = unread_handoff(snapshot, request.by)
    if event is None and not may_command(snapshot.commander.value, request.by):
        return Refusal(f"{commander_text(snapshot)}: the handoff is for the next commander")
    if event is None:
        return Refusal("you have no unread handoff")
    release = snapshot.open
    assert release is not None, "only an open release has a handoff to read"
    record = AppendEvent(facts.HandoffRead(event.by), "record it")
    return plan_for(snapshot, release, f"mark the handoff of {release.id} as read", record)


def write_note(snapshot: Snapshot, request: CommandRequest) -> Decision:
    """Write a note into the log of the release and its handoff."""
    text = request.note or request.why
    if not text:
        return Refusal("the note is empty: add its text")
    release = snapshot.latest
    if release is None:
        return Refusal("there is no release yet, so no log to write a note into")
    record = AppendEvent(facts.Noted(text), "record it with your name and the time")
    return plan_for(snapshot, release, f"note in the log of {release.id}", record)


def _commands_next(snapshot: Snapshot, person: str) -> bool:
    """Whether they are the commander, or would take over from a commander who is gone."""
    commander, presence, release = snapshot.commander.value, snapshot.presence.value, snapshot.open
    if commander.name:
        return commander.name == person
    opened = release.events[0].at if release and release.events else 0.0
    return presence is not None and presence.person not in ("", person) and presence.at >= opened
