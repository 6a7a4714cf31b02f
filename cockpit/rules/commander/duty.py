"""Duty: the rota's person for the present slot is the commander by default."""

from msgspec import Struct

from cockpit.deploy.schedule.calendar import Calendar, Slot
from cockpit.deploy.schedule.rota import Rota, is_same_person
from cockpit.deploy.snapshot import Snapshot

LOOKAHEAD = 50
"""Slots that are searched for the next commander."""


class Duty(Struct, frozen=True):
    """A slot and its commander."""

    slot: Slot
    person: str

    @property
    def text(self) -> str:
        """`noon is ann's slot`."""
        return f"{self.slot.name} is {self.person}'s slot"


def duty_at(calendar: Calendar, rota: Rota, now: float) -> Duty | None:
    """The duty at that time; None between slots, or if the rota names no one."""
    slot = calendar.slot_at(now)
    person = rota.commander(calendar, slot) if slot else ""
    return Duty(slot, person) if slot and person else None


def duty(snapshot: Snapshot) -> Duty | None:
    """The present duty."""
    return duty_at(snapshot.policy.calendar, snapshot.current_rota, snapshot.now)


def duty_of_another(snapshot: Snapshot, person: str) -> Duty | None:
    """The present duty if it is not `person`'s."""
    now = duty(snapshot)
    return now if now and not is_same_person(now.person, person) else None


def next_commander(snapshot: Snapshot, person: str) -> str:
    """The commander after `person`: on duty now, else next in the rota's order, else of the next slot of another.

    Empty if the rota names no one else.
    """
    if now := duty_of_another(snapshot, person):
        return now.person
    calendar, rota, at = snapshot.policy.calendar, snapshot.current_rota, snapshot.now
    if successor := rota.next_after(person):
        return successor
    for _ in range(LOOKAHEAD):
        if (slot := calendar.next_slot(at)) is None:
            break
        named = rota.commander(calendar, slot)
        if named and not is_same_person(named, person):
            return named
        at = slot.begin
    return ""
