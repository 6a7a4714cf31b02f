"""A day as it went and as it is planned: its slots, who commands each, and the releases that were started in it."""

from datetime import date
from enum import StrEnum

from msgspec import Struct

from cockpit.deploy.freezes import Freeze
from cockpit.deploy.release import End, Release
from cockpit.deploy.schedule.calendar import Slot
from cockpit.deploy.snapshot import Snapshot

SKEW = 86400.0
"""Seconds by which releases may lie out of the order of their start, where clocks differ."""


class Ending(StrEnum):
    """What became of a release."""

    OPEN = "open"
    FINISHED = "finished"
    ROLLED_BACK = "rolled back"
    ABANDONED = "abandoned"


class SlotReleases(Struct, frozen=True):
    """One slot of the day."""

    slot: Slot
    person: str
    """Who commands it; empty where the rota names nobody."""
    releases: tuple[Release, ...]
    """Those that were started in it, oldest first."""


def agenda(snapshot: Snapshot, day: date) -> tuple[SlotReleases, ...]:
    """The slots of that day. A release belongs to the slot it was started in, however long it took."""
    calendar, rota = snapshot.policy.calendar, snapshot.roster
    slots = calendar.slots_of(day)
    started = _started(snapshot, slots[0].begin, slots[-1].end) if slots else ()
    return tuple(
        SlotReleases(
            slot, rota.commander(calendar, slot), tuple(one for one in started if slot.holds(one.events[0].at))
        )
        for slot in slots
    )


def outside(snapshot: Snapshot, day: date) -> tuple[Release, ...]:
    """Releases that were started on that day, by the team's clock, in no slot at all."""
    calendar = snapshot.policy.calendar
    noon = calendar.noon(day)
    near = _started(snapshot, noon - 1.5 * SKEW, noon + 1.5 * SKEW)
    return tuple(
        one for one in near if calendar.date_of(at := one.events[0].at) == day and calendar.slot_at(at) is None
    )


def freezes_on(snapshot: Snapshot, day: date) -> tuple[Freeze, ...]:
    """Freezes that touch that day, oldest first."""
    dated = snapshot.policy.calendar.date_of
    return tuple(one for one in snapshot.log.value.freezes if dated(one.at) <= day <= dated(one.until))


def ending(release: Release) -> Ending:
    """What became of it."""
    if release.rolled_back:
        return Ending.ROLLED_BACK
    match release.end:
        case End.FINISHED:
            return Ending.FINISHED
        case End.ABANDONED:
            return Ending.ABANDONED
        case None:
            return Ending.OPEN


def _started(snapshot: Snapshot, begin: float, end: float) -> tuple[Release, ...]:
    """Releases started in that time; those long before it are not looked at, so that years of them cost nothing."""
    found: list[Release] = []
    for release in reversed(snapshot.log.value.releases):
        at = release.events[0].at if release.events else 0.0
        if begin <= at < end:
            found.append(release)
        elif at and at < begin - SKEW:
            break
    return tuple(reversed(found))
