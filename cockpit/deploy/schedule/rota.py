"""The rota: who commands which slot, and who commands next."""

import json
from datetime import date

from msgspec import Struct

from cockpit.deploy.schedule.calendar import WEEKDAYS, WHOLE_DAY, Calendar, Slot
from cockpit.deploy.text import clean

MAX_TEXT = 1_000_000
"""The most characters of a rota that are read."""


class Rota(Struct, frozen=True):
    """The commanders in their order, and the exceptions; `[rota]` in config.toml."""

    people: tuple[str, ...] = ()
    """Each as `user@host`, or `user` for that person on any machine. They take the slots in turn."""
    fixed: dict[str, str] = {}
    """Who commands a date, a weekday or a slot: `2026-12-01`, `mon`, `noon`, `2026-12-01 noon`, `mon noon`. The most
    specific key wins, and wins over the turn."""

    def next_after(self, person: str) -> str:
        """The next after `person`. The first if `person` is not on the rota; empty if there is no other person."""
        others = [name for name in self.people if not is_same_person(name, person)]
        place = next((index for index, name in enumerate(self.people) if is_same_person(name, person)), -1)
        later = [name for name in self.people[place + 1 :] if not is_same_person(name, person)]
        return (later or others or [""])[0]

    def unknown_keys(self, calendar: Calendar) -> tuple[str, ...]:
        """The keys of `fixed` that are no date, weekday or slot of the calendar."""
        slots = {name for name, _ in calendar.slots} | {WHOLE_DAY}
        return tuple(when for when in self.fixed if not (when in slots or _dated(when, slots)))

    def commander(self, calendar: Calendar, slot: Slot) -> str:
        """The commander of the slot; empty if the rota is empty."""
        day, weekday = slot.day.isoformat(), WEEKDAYS[slot.day.weekday()]
        for key in (f"{day} {slot.name}", day, f"{weekday} {slot.name}", slot.name, weekday):
            if person := self.fixed.get(key):
                return person
        return self.people[calendar.slot_index(slot) % len(self.people)] if self.people else ""


def _dated(when: str, slots: set[str]) -> bool:
    day, _, slot = when.partition(" ")
    try:
        there = day in WEEKDAYS or date.fromisoformat(day).isoformat() == day
    except ValueError:
        return False
    return there and (not slot or slot in slots)


def is_same_person(named: str, person: str) -> bool:
    """Whether the rota's `named` is this person: `ann` is `ann` on any machine."""
    return named == person or ("@" not in named and named == person.partition("@")[0])


def read_rota(text: str) -> Rota:
    """Read a rota from the text of a file or a command, texts cleaned. Raises `ValueError` with the reason.

    JSON: a list of people in their order, or an object from dates or slots to people. Otherwise one entry a line with
    the person last: `2026-12-01 noon ann@box`; a person alone is the next in the order. `#` begins a comment. An empty
    text is an error: the command failed without saying so.
    """
    text = text[:MAX_TEXT]
    people, fixed = _of_json(text) if text.lstrip()[:1] in ("[", "{") else _of_lines(text)
    people = [clean(person).strip() for person in people]
    fixed = {" ".join(clean(when).split()): clean(person).strip() for when, person in fixed.items()}
    if not all((*people, *fixed, *fixed.values())):
        raise ValueError("it has an empty name")
    if not people and not fixed:
        raise ValueError("it has no names")
    return Rota(tuple(people), fixed)


def _of_json(text: str) -> tuple[list[str], dict[str, str]]:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is not valid JSON: {error}") from error
    names = given.values() if isinstance(given, dict) else given
    if not all(isinstance(name, str) for name in names):
        raise ValueError("it must be a list of people, or an object of slots or dates and people")
    return ([], given) if isinstance(given, dict) else (given, {})


def _of_lines(text: str) -> tuple[list[str], dict[str, str]]:
    people: list[str] = []
    fixed: dict[str, str] = {}
    for line in text.splitlines():
        *when, person = line.partition("#")[0].split() or [""]
        if when:
            fixed[" ".join(when)] = person
        elif person:
            people.append(person)
    return people, fixed
