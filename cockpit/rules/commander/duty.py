"""Whose slot it is: the rota's person for the slot of the calendar has the conn by default."""

from msgspec import Struct

from cockpit.deploy.schedule.calendar import Calendar, Slot
from cockpit.deploy.schedule.rota import Rota, same
from cockpit.deploy.snapshot import Snapshot

AHEAD = 50
"""Slots ahead in which somebody else is looked for."""


class Duty(Struct, frozen=True):
    """A slot and who commands it."""

    slot: Slot
    person: str

    @property
    def words(self) -> str:
        """`noon is ann's slot`."""
        return f"{self.slot.name} is {self.person}'s slot"


def designated(calendar: Calendar, rota: Rota, now: float) -> Duty | None:
    """Whose slot it is; None between slots, and where the rota names nobody."""
    slot = calendar.slot_at(now)
    person = rota.commander(calendar, slot) if slot else ""
    return Duty(slot, person) if slot and person else None


def duty(snapshot: Snapshot) -> Duty | None:
    """Whose slot it is now."""
    return designated(snapshot.policy.calendar, snapshot.roster, snapshot.now)


def duty_of_another(snapshot: Snapshot, person: str) -> Duty | None:
    """The present slot, where it is another's than `person`'s."""
    now = duty(snapshot)
    return now if now and not same(now.person, person) else None


def following(snapshot: Snapshot, person: str) -> str:
    """Who commands once `person` is gone: whoever has the present slot, else whoever is next in the rota's order, else
    whoever has the next slot that is another's; empty where the rota names nobody else."""
    if now := duty_of_another(snapshot, person):
        return now.person
    calendar, rota, at = snapshot.policy.calendar, snapshot.roster, snapshot.now
    if later := rota.after(person):
        return later
    for _ in range(AHEAD):
        if (slot := calendar.next_slot(at)) is None:
            break
        named = rota.commander(calendar, slot)
        if named and not same(named, person):
            return named
        at = slot.begin
    return ""
