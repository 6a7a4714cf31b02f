"""The deploy day as values for `--json`. Times are seconds since the epoch; nothing is null but what is not there."""

from datetime import date
from typing import Any

from cockpit.deploy.freezes import Freeze
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.rules.agenda import SlotReleases, agenda, ending, freezes_on, outside
from cockpit.rules.commander.duty import duty
from cockpit.rules.deploy_window import closed

Json = dict[str, Any]


def present(snapshot: Snapshot) -> Json:
    """Whether deploys may happen now, whose slot it is and what is next; a part of `status --json`."""
    calendar, now, against = snapshot.policy.calendar, snapshot.now, closed(snapshot)
    slot, coming, theirs = calendar.slot_at(now), calendar.next_slot(now), duty(snapshot)
    after = snapshot.frozen.until if snapshot.frozen else now
    return {
        "zone": calendar.zone,
        "open": against is None,
        "closed": against.reason if against else None,
        "next_open": calendar.next_open(max(now, after)),
        "slot": {"name": slot.name, "begin": slot.begin, "end": slot.end} if slot else None,
        "commander": theirs.person if theirs else None,
        "next_slot": {"name": coming.name, "begin": coming.begin, "end": coming.end} if coming else None,
        "frozen": _freeze(snapshot.frozen) if snapshot.frozen else None,
        "rota_age": snapshot.rota.age(now),
        "rota_trouble": snapshot.rota.error or None,
    }


def day(snapshot: Snapshot, of: date | None = None) -> Json:
    """That day, or the present one."""
    calendar = snapshot.policy.calendar
    of = of or calendar.day_of(snapshot.now)
    hours = calendar.hours_of(of)
    return {
        "date": of.isoformat(),
        "holiday": calendar.holidays.get(of),
        "hours": [hours.begin, hours.end] if hours else None,
        "slots": [_slot(snapshot, booked) for booked in agenda(snapshot, of)],
        "outside_slots": [_release(release) for release in outside(snapshot, of)],
        "freezes": [_freeze(freeze) for freeze in freezes_on(snapshot, of)],
        "now": present(snapshot),
    }


def _slot(snapshot: Snapshot, booked: SlotReleases) -> Json:
    slot, now = booked.slot, snapshot.now
    state = "now" if slot.holds(now) else "next" if now < slot.begin else "past" if booked.releases else "unused"
    return {
        "name": slot.name,
        "begin": slot.begin,
        "end": slot.end,
        "commander": booked.person or None,
        "state": state,
        "releases": [_release(release) for release in booked.releases],
    }


def _release(release: Release) -> Json:
    return {"id": release.id, "ended": str(ending(release)), "hotfixes": release.hotfixes, "pulls": len(release.pulls)}


def _freeze(freeze: Freeze) -> Json:
    return {"at": freeze.at, "until": freeze.until, "by": freeze.by, "why": freeze.why, "lifted": freeze.lifted}
