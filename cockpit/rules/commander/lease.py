"""The conn: one commander at a time gives commands, and whoever takes it over says why.

The holder is a person, `user@host`, so that a second terminal or a verb in a shell of the same person needs nothing,
and a terminal that comes back after the line was lost goes on where it was.
"""

from cockpit.deploy.facts import CommandTaken, HandedOver
from cockpit.deploy.locks import Holder
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, GiveCommand, Plan, Refusal, TakeCommand
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean, duration
from cockpit.rules.commander.duty import duty_of_another
from cockpit.rules.commander.handoff import handoff


def may_command(holder: Holder, person: str) -> bool:
    """Whether that person may give commands: they have the conn, or nobody has."""
    return holder.name in ("", person)


def not_the_commander(snapshot: Snapshot, ask: CommandRequest) -> Refusal | None:
    """Why a command of another than the commander is refused, before it is looked at."""
    commander = snapshot.commander.value
    if may_command(commander, ask.by):
        return None
    return Refusal(f"{who_commands(snapshot)}: take-over takes it over, with a reason")


def not_on_duty(snapshot: Snapshot, ask: CommandRequest) -> Refusal | None:
    """Why somebody else than the rota's person has to take the conn first, where nobody has it."""
    if snapshot.commander.value.name or not (theirs := duty_of_another(snapshot, ask.by)):
        return None
    return Refusal(f"{theirs.words}, and nobody has the conn: take-over takes it, with a reason")


def who_commands(snapshot: Snapshot) -> str:
    """`bob@box has the conn for 5 min`."""
    commander = snapshot.commander.value
    since = f" for {duration(snapshot.now - commander.since)}" if commander.since else ""
    return f"{commander.name} has the conn{since}"


def take_over(snapshot: Snapshot, ask: CommandRequest) -> Decision:
    """Take the conn: you give the commands from now on."""
    commander = snapshot.commander.value
    if commander.name == ask.by:
        return Refusal("you have the conn already")
    if commander.name and not ask.why:
        return Refusal(f"{who_commands(snapshot)}: taking it over needs a reason: say --why")
    if not commander.name and not ask.why and (theirs := duty_of_another(snapshot, ask.by)):
        return Refusal(f"{theirs.words}: taking the conn needs a reason: say --why")
    words = f"{commander.name} can give no command from then on" if commander.name else "nobody has it now"
    title = f"take the conn{f' from {commander.name}' if commander.name else ''}"
    return _plan(snapshot, title, TakeCommand(commander, words), AppendEvent(_taken(snapshot, ask), "record it"))


def hand_over(snapshot: Snapshot, ask: CommandRequest) -> Decision:
    """Give the conn away: to the person named, who has it at once, or to whoever takes it next."""
    commander = snapshot.commander.value
    if commander.name != ask.by:
        return Refusal(
            f"{who_commands(snapshot)}, not you" if commander.name else "nobody has the conn: there is nothing to give"
        )
    if ask.to == ask.by:
        return Refusal("you have the conn already: name another person, or nobody")
    if ask.to and "@" not in ask.to:
        return Refusal(f"{ask.to} is no person: write user@host, as the screen names them")
    heir = ask.to or "whoever takes it next"
    record = AppendEvent(
        HandedOver(ask.to, ask.note, handoff(snapshot).lines), f"record it, with the hand-off card{_and_note(ask)}"
    )
    return _plan(
        snapshot,
        f"hand the conn to {heir}",
        record,
        GiveCommand(commander, ask.to, f"{heir} may give commands, you no more"),
    )


def _taken(snapshot: Snapshot, ask: CommandRequest) -> CommandTaken:
    """With the card that nobody wrote: whoever takes the conn from somebody reads how things stand first."""
    previous = snapshot.commander.value.name
    return CommandTaken(ask.by, previous, handoff(snapshot).lines if previous else ())


def _and_note(ask: CommandRequest) -> str:
    return f" and the note: {clean(ask.note)}" if ask.note else ""


def _plan(snapshot: Snapshot, title: str, *steps: TakeCommand | GiveCommand | AppendEvent) -> Plan:
    """What the conn does is told in the log of the newest release, where there is one."""
    release = snapshot.latest
    kept = tuple(step for step in steps if release or not isinstance(step, AppendEvent))
    return Plan(title, release.id if release else "", kept, release.number if release else 0, snapshot.log.value.digest)
