"""The agenda of a day: its slots, who commands each, and the releases started in it."""

from datetime import date
from enum import StrEnum

from msgspec import Struct

from cockpit.deploy.freezes import Freeze
from cockpit.deploy.release import End, Release
from cockpit.deploy.schedule.calendar import Slot
from cockpit.deploy.snapshot import Snapshot

SKEW = 86400.0
"""Seconds by which releases may be out of order by start time, if clocks differ."""


class Ending(StrEnum):
    """How a release ended."""

    OPEN = "open"
    FINISHED = "finished"
    ROLLED_BACK = "rolled back"
    ABANDONED = "abandoned"
    REJECTED = "rejected"


class SlotReleases(Struct, frozen=True):
    """One slot of the day and its releases."""

    slot: Slot
    person: str
    """Who commands it; empty if the rota names no one."""
    releases: tuple[Release, ...]
    """Releases started in the slot, oldest first."""


def agenda(snapshot: Snapshot, day: date) -> tuple[SlotReleases, ...]:
    """The slots of that day. A release belongs to the slot in which it was started, however long it took."""
    calendar, rota = snapshot.policy.calendar, snapshot.current_rota
    slots = calendar.slots_of(day)
    started = _started(snapshot, slots[0].begin, slots[-1].end) if slots else ()
    return tuple(
        SlotReleases(
            slot,
            rota.commander(calendar, slot),
            tuple(release for release in started if slot.contains(release.events[0].at)),
        )
        for slot in slots
    )


def releases_outside_slots(snapshot: Snapshot, day: date) -> tuple[Release, ...]:
    """Releases started on that day of the team's time zone, outside every slot."""
    calendar = snapshot.policy.calendar
    noon = calendar.noon(day)
    near = _started(snapshot, noon - 1.5 * SKEW, noon + 1.5 * SKEW)
    return tuple(
        release
        for release in near
        if calendar.date_of(at := release.events[0].at) == day and calendar.slot_at(at) is None
    )


def freezes_on(snapshot: Snapshot, day: date) -> tuple[Freeze, ...]:
    """Freezes that overlap that day, oldest first."""
    date_of = snapshot.policy.calendar.date_of
    return tuple(freeze for freeze in snapshot.log.value.freezes if date_of(freeze.at) <= day <= date_of(freeze.until))


def ending(release: Release) -> Ending:
    """How the release ended."""
    if release.taken_back:
        return Ending(release.taken_back)
    match release.end:
        case End.FINISHED:
            return Ending.FINISHED
        case End.ABANDONED:
            return Ending.ABANDONED
        case None:
            return Ending.OPEN


def _started(snapshot: Snapshot, begin: float, end: float) -> tuple[Release, ...]:
    """Releases started in [begin, end), oldest first. It stops at much older ones, so a long log costs nothing."""
    found: list[Release] = []
    for release in reversed(snapshot.log.value.releases):
        at = release.events[0].at if release.events else 0.0
        if begin <= at < end:
            found.append(release)
        elif at and at < begin - SKEW:
            break
    return tuple(reversed(found))
