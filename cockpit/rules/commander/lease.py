"""The commander lease: one person at a time gives commands, and a person who takes over from another says why.

The holder is a person, `user@host`. So a second terminal or a shell of the same person needs nothing, and a terminal
that reconnects continues where it was.
"""

from cockpit.deploy import facts
from cockpit.deploy.locks import Holder
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, GiveCommand, Plan, Refusal, TakeCommand
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean, duration
from cockpit.rules.commander.duty import duty_of_another
from cockpit.rules.commander.handoff import compose_handoff


def may_command(holder: Holder, person: str) -> bool:
    """Whether that person may give commands: they are the commander, or there is none."""
    return holder.name in ("", person)


def not_the_commander(snapshot: Snapshot, request: CommandRequest) -> Refusal | None:
    """Why the command is refused if its author is not the commander."""
    if may_command(snapshot.commander.value, request.by):
        return None
    return Refusal(f"{commander_text(snapshot)}: take over first, with a reason")


def not_on_duty(snapshot: Snapshot, request: CommandRequest) -> Refusal | None:
    """Why the command is refused if there is no commander and the slot belongs to another person."""
    if snapshot.commander.value.name or not (duty := duty_of_another(snapshot, request.by)):
        return None
    return Refusal(f"{duty.text}, and there is no commander: take over first, with a reason")


def commander_text(snapshot: Snapshot) -> str:
    """`bob@box is the commander for 5 min`."""
    commander = snapshot.commander.value
    since = f" for {duration(snapshot.now - commander.since)}" if commander.since else ""
    return f"{commander.name} is the commander{since}"


def take_over(snapshot: Snapshot, request: CommandRequest) -> Decision:
    """Become the commander: from now on you give the commands."""
    commander = snapshot.commander.value
    if commander.name == request.by:
        return Refusal("you are already the commander")
    if commander.name and not request.why:
        return Refusal(f"{commander_text(snapshot)}: taking over needs a reason: add --why")
    if not commander.name and not request.why and (duty := duty_of_another(snapshot, request.by)):
        return Refusal(f"{duty.text}: taking over needs a reason: add --why")
    words = f"{commander.name} can no longer give commands" if commander.name else "there is no commander now"
    title = f"take over{f' from {commander.name}' if commander.name else ''}"
    return _plan(snapshot, title, TakeCommand(commander, words), AppendEvent(_taken(snapshot, request), "record it"))


def hand_over(snapshot: Snapshot, request: CommandRequest) -> Decision:
    """Hand over to the person named, or to the next one who takes over."""
    commander = snapshot.commander.value
    if commander.name != request.by:
        if commander.name:
            return Refusal(f"{commander_text(snapshot)}, not you")
        return Refusal("there is no commander: there is nothing to hand over")
    if request.to == request.by:
        return Refusal("you are already the commander: name another person, or leave the name out")
    if request.to and "@" not in request.to:
        return Refusal(f"invalid user {request.to!r}: use user@host, as shown on the screen")
    successor = request.to or "the next person who takes over"
    note = f" and the note: {clean(request.note)}" if request.note else ""
    fact = facts.HandedOver(request.to, request.note, compose_handoff(snapshot).lines)
    return _plan(
        snapshot,
        f"hand over to {successor}",
        AppendEvent(fact, f"record it, with the handoff{note}"),
        GiveCommand(commander, request.to, f"{successor} may give commands; you no longer can"),
    )


def _taken(snapshot: Snapshot, request: CommandRequest) -> facts.CommandTaken:
    """The fact, with a handoff made from the state if there was a commander who wrote none."""
    previous = snapshot.commander.value.name
    return facts.CommandTaken(request.by, previous, compose_handoff(snapshot).lines if previous else ())


def _plan(snapshot: Snapshot, title: str, *steps: TakeCommand | GiveCommand | AppendEvent) -> Plan:
    """The plan, recorded in the log of the newest release if there is one."""
    release = snapshot.latest
    kept = tuple(step for step in steps if release or not isinstance(step, AppendEvent))
    number = release.last_number if release else 0
    return Plan(title, release.id if release else "", kept, number, snapshot.log.value.digest)
