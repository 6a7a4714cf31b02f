"""The deploy day for `--json`. Times are seconds since the epoch; null means that there is none."""

from datetime import date
from typing import Any

from cockpit.deploy.freezes import Freeze
from cockpit.deploy.release import Release
from cockpit.deploy.snapshot import Snapshot
from cockpit.rules.agenda import SlotReleases, agenda, ending, freezes_on, releases_outside_slots
from cockpit.rules.commander.duty import duty
from cockpit.rules.deploy_window import window_closed

Json = dict[str, Any]


def present(snapshot: Snapshot) -> Json:
    """Say whether deploys are allowed now, and give the present and the next slot; part of `status --json`."""
    calendar, now, closed = snapshot.policy.calendar, snapshot.now, window_closed(snapshot)
    slot, next_slot, on_duty = calendar.slot_at(now), calendar.next_slot(now), duty(snapshot)
    after = snapshot.active_freeze.until if snapshot.active_freeze else now
    return {
        "zone": calendar.zone,
        "open": closed is None,
        "closed": closed.reason if closed else None,
        "next_open": calendar.next_open(max(now, after)),
        "slot": {"name": slot.name, "begin": slot.begin, "end": slot.end} if slot else None,
        "commander": on_duty.person if on_duty else None,
        "next_slot": {"name": next_slot.name, "begin": next_slot.begin, "end": next_slot.end} if next_slot else None,
        "frozen": _freeze(snapshot.active_freeze) if snapshot.active_freeze else None,
        "rota_age": snapshot.rota.age(now),
        "rota_error": snapshot.rota.error or None,
    }


def day(snapshot: Snapshot, of: date | None = None) -> Json:
    """Return the given day (default: today)."""
    calendar = snapshot.policy.calendar
    of = of or calendar.day_of(snapshot.now)
    hours = calendar.hours_of(of)
    return {
        "date": of.isoformat(),
        "holiday": calendar.holidays.get(of),
        "hours": [hours.begin, hours.end] if hours else None,
        "slots": [_slot(snapshot, booked) for booked in agenda(snapshot, of)],
        "outside_slots": [_release(release) for release in releases_outside_slots(snapshot, of)],
        "freezes": [_freeze(freeze) for freeze in freezes_on(snapshot, of)],
        "now": present(snapshot),
    }


def _slot(snapshot: Snapshot, booked: SlotReleases) -> Json:
    slot, now = booked.slot, snapshot.now
    state = "now" if slot.contains(now) else "next" if now < slot.begin else "past" if booked.releases else "unused"
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
