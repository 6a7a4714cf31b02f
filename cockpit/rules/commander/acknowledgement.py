"""Who must read the hand-off card before they command, and what reading it and writing on it leaves behind.

Whoever gave a command to this release, or has read its card, knows how it stands, until somebody else commands it or
the conn changes hands. It is decided on the log alone, so the screen and the shell say the same.
"""

from cockpit.deploy.events import Event
from cockpit.deploy.facts import CommanderLost, CommandTaken, HandedOver, HandoffRead, Noted
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Refusal
from cockpit.deploy.snapshot import Snapshot
from cockpit.rules.commander.activity import KNOWS, STOPS, person
from cockpit.rules.commander.lease import may_command, who_commands
from cockpit.rules.decisions.planner import plan_for

UNREAD = "read the hand-off card first: N on the screen, `cockpit card --read` in a shell"


def due(snapshot: Snapshot, who: str) -> Event | None:
    """The event by which the open release came to `who` and since which they have not read its card; None for none."""
    release = snapshot.open
    if release is None:
        return None
    for event in reversed(release.events):
        if event.by == who and isinstance(event.what, KNOWS | HandedOver):
            return None
        match event.what:
            case HandedOver(to) if to == who or not to:
                return event if to or _has(snapshot, who) else None
            case CommandTaken(by, previous) if by == who and previous:
                return event
            case CommanderLost(lost) if lost != who:
                return event
            case what if isinstance(what, HandedOver | KNOWS | STOPS) and person(event) and event.by != who:
                return event if _has(snapshot, who) else None
    return None


def unread(snapshot: Snapshot, ask: CommandRequest) -> Refusal | None:
    """Why a command is refused to somebody who has yet to read the card."""
    return Refusal(UNREAD) if due(snapshot, ask.by) else None


def read(snapshot: Snapshot, ask: CommandRequest) -> Decision:
    """The hand-off card; with --read you say that you have read it, and your commands are taken from then on."""
    came = due(snapshot, ask.by)
    if came is None and not may_command(snapshot.commander.value, ask.by):
        return Refusal(f"{who_commands(snapshot)}: the card is for whoever commands next")
    if came is None:
        return Refusal("there is no hand-off card that you have yet to read")
    release = snapshot.open
    assert release is not None, "a card is of an open release"
    return plan_for(snapshot, release, f"read the card of {release.id}", AppendEvent(HandoffRead(came.by), "record it"))


def note(snapshot: Snapshot, ask: CommandRequest) -> Decision:
    """Write a note into the log of the release, for whoever commands next and whoever asks later."""
    text = ask.note or ask.why
    if not text:
        return Refusal("what is there to note? it stands on the hand-off card and in the log")
    release = snapshot.latest
    if release is None:
        return Refusal("there is no release yet whose log a note could stand in")
    return plan_for(
        snapshot,
        release,
        f"note in the log of {release.id}",
        AppendEvent(Noted(text), "write it down, with who and when"),
    )


def _has(snapshot: Snapshot, who: str) -> bool:
    """Whether they have the conn, or would take it from somebody who is not there any more."""
    commander, seen, release = snapshot.commander.value, snapshot.presence.value, snapshot.open
    if commander.name:
        return commander.name == who
    began = release.events[0].at if release and release.events else 0.0
    return seen is not None and seen.person not in ("", who) and seen.at >= began
