"""The conn: one commander at a time gives commands, and whoever takes it over says why.

The holder is a person, `user@host`, so that a second terminal or a verb in a shell of the same person needs nothing,
and a terminal that comes back after the line was lost goes on where it was.
"""

from cockpit.deploy.facts import ConnTaken, HandedOver
from cockpit.deploy.locks import Holder
from cockpit.deploy.plan import Ask, Decision, Let, Plan, Record, Refusal, Take
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean, duration
from cockpit.rules.commander.duty import anothers
from cockpit.rules.commander.handoff import card


def may_command(holder: Holder, person: str) -> bool:
    """Whether that person may give commands: they have the conn, or nobody has."""
    return holder.name in ("", person)


def not_yours(snapshot: Snapshot, ask: Ask) -> Refusal | None:
    """Why a command of another than the commander is refused, before it is looked at."""
    conn = snapshot.conn.value
    if may_command(conn, ask.by):
        return None
    return Refusal(f"{has_it(snapshot)}: take-conn takes it over, with a reason")


def not_your_slot(snapshot: Snapshot, ask: Ask) -> Refusal | None:
    """Why somebody else than the rota's person has to take the conn first, where nobody has it."""
    if snapshot.conn.value.name or not (theirs := anothers(snapshot, ask.by)):
        return None
    return Refusal(f"{theirs.words}, and nobody has the conn: take-conn takes it, with a reason")


def has_it(snapshot: Snapshot) -> str:
    """`bob@box has the conn for 5 min`."""
    conn = snapshot.conn.value
    since = f" for {duration(snapshot.now - conn.since)}" if conn.since else ""
    return f"{conn.name} has the conn{since}"


def take_conn(snapshot: Snapshot, ask: Ask) -> Decision:
    """Take the conn: you give the commands from now on."""
    conn = snapshot.conn.value
    if conn.name == ask.by:
        return Refusal("you have the conn already")
    if conn.name and not ask.why:
        return Refusal(f"{has_it(snapshot)}: taking it over needs a reason: say --why")
    if not conn.name and not ask.why and (theirs := anothers(snapshot, ask.by)):
        return Refusal(f"{theirs.words}: taking the conn needs a reason: say --why")
    words = f"{conn.name} can give no command from then on" if conn.name else "nobody has it now"
    title = f"take the conn{f' from {conn.name}' if conn.name else ''}"
    return _plan(snapshot, title, Take(conn, words), Record(_taken(snapshot, ask), "record it"))


def hand_over(snapshot: Snapshot, ask: Ask) -> Decision:
    """Give the conn away: to the person named, who has it at once, or to whoever takes it next."""
    conn = snapshot.conn.value
    if conn.name != ask.by:
        return Refusal(f"{has_it(snapshot)}, not you" if conn.name else "nobody has the conn: there is nothing to give")
    if ask.to == ask.by:
        return Refusal("you have the conn already: name another person, or nobody")
    if ask.to and "@" not in ask.to:
        return Refusal(f"{ask.to} is no person: write user@host, as the screen names them")
    heir = ask.to or "whoever takes it next"
    record = Record(
        HandedOver(ask.to, ask.note, card(snapshot).lines), f"record it, with the hand-off card{_and_note(ask)}"
    )
    return _plan(
        snapshot, f"hand the conn to {heir}", record, Let(conn, ask.to, f"{heir} may give commands, you no more")
    )


def _taken(snapshot: Snapshot, ask: Ask) -> ConnTaken:
    """With the card that nobody wrote: whoever takes the conn from somebody reads how things stand first."""
    previous = snapshot.conn.value.name
    return ConnTaken(ask.by, previous, card(snapshot).lines if previous else ())


def _and_note(ask: Ask) -> str:
    return f" and the note: {clean(ask.note)}" if ask.note else ""


def _plan(snapshot: Snapshot, title: str, *steps: Take | Let | Record) -> Plan:
    """What the conn does is told in the log of the newest release, where there is one."""
    release = snapshot.latest
    kept = tuple(step for step in steps if release or not isinstance(step, Record))
    return Plan(title, release.id if release else "", kept, release.number if release else 0, snapshot.log.value.digest)
