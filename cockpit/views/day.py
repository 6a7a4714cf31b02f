"""The deploy day: a strip of its slots for the headline, and a page with the day and the week after it."""

from datetime import date, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from cockpit.deploy.freezes import Freeze
from cockpit.deploy.release import Release
from cockpit.deploy.schedule.time_format import format_clock, format_day, format_time
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration, plural
from cockpit.rules.agenda import Ending, SlotReleases, agenda, ending, freezes_on, releases_outside_slots
from cockpit.rules.deploy_window import window_closed
from cockpit.views.rows import EMPTY, Line, Span, Tone, cells, column, fit, wrap

AHEAD = 7
"""Days listed after the shown day."""
MAX_MARKS = 24
"""Slots up to which the strip has a mark for each."""


def day_strip(snapshot: Snapshot, width: int) -> Line:
    """Return the day on one line: a mark for each slot, the present slot and the next one. Empty without a calendar."""
    calendar, now = snapshot.policy.calendar, snapshot.now
    if not calendar.restricted:
        return EMPTY
    booked = agenda(snapshot, calendar.day_of(now))
    marks = tuple(Span(*slot_mark(slot, now)) for slot in booked) if len(booked) <= MAX_MARKS else EMPTY
    line: Line = (Span(" "), *marks, Span("  ")) if marks else (Span(" "),)
    present = next((releases for releases in booked if releases.slot.contains(now)), None)
    coming = next((releases for releases in booked if releases.slot.begin > now), None)
    if present:
        left = duration(present.slot.end - now)
        line = (*line, Span(present.slot.name, Tone.STRONG), Span(f"{_person(present)}, {left} left"))
    elif not calendar.open_at(now) and (closed := window_closed(snapshot)):
        return fit((*line, Span(closed.reason, Tone.WAITING)), width)
    else:
        line = (*line, Span("between slots" if booked else "open"))
    if coming:
        line = (*line, Span("  next ", Tone.DIM), Span(f"{coming.slot.name}{_person(coming)}"))
        line = (*line, Span(f" in {duration(coming.slot.begin - now)}", Tone.DIM))
    return fit(line, width)


def freeze_banner(snapshot: Snapshot, brief: bool = False) -> Line:
    """Say that deploys are frozen, until when, by whom and why; empty if they are not."""
    freeze = snapshot.active_freeze
    if freeze is None:
        return EMPTY
    until = format_time(freeze.until, snapshot.now, snapshot.policy.calendar.tz)
    badge = Span(" FROZEN ", Tone.WAITING_BADGE)
    return (badge, Span(f" until {until}" if brief else f" until {until} by {freeze.by}: {freeze.why}", Tone.STRONG))


def slot_mark(booked: SlotReleases, now: float) -> tuple[str, Tone]:
    """Return one cell for a slot: how its releases ended, or whether it is the present or a future slot."""
    slot = booked.slot
    if slot.contains(now):
        return "◉", Tone.STRONG
    if now < slot.begin:
        return "○", Tone.DIM
    return _ended(max(booked.releases, key=_severity)) if booked.releases else ("·", Tone.DIM)


def page(snapshot: Snapshot, width: int, day: date | None = None) -> tuple[Line, ...]:
    """Return the given day (default: today), its freezes, and the days after it."""
    calendar, now = snapshot.policy.calendar, snapshot.now
    day = day or calendar.day_of(now)
    lines: list[Line] = [_heading(snapshot, day), *_now(snapshot, width)]
    lines += [(Span(f"? {text}", Tone.UNKNOWN),) for text in wrap(snapshot.rota.error, width - 2, 3) if text]
    booked = agenda(snapshot, day)
    others = releases_outside_slots(snapshot, day)
    sizes = _sizes(booked, others)
    lines.append(EMPTY)
    lines += [_slot(snapshot, slot, *sizes) for slot in booked] or [(Span(_no_slots(snapshot, day), Tone.DIM),)]
    lines += [_release(snapshot, release, *sizes) for release in others]
    if freezes := freezes_on(snapshot, day):
        lines += [EMPTY, (Span("FREEZES", Tone.TITLE),), *(_freeze(snapshot, freeze) for freeze in freezes)]
    if calendar.restricted:
        lines += [EMPTY, (Span("NEXT DAYS", Tone.TITLE),)]
        lines += [_day(snapshot, day + timedelta(days=number)) for number in range(1, AHEAD + 1)]
    return tuple(fit(line, width) for line in lines)


def _heading(snapshot: Snapshot, day: date) -> Line:
    calendar = snapshot.policy.calendar
    yours = f"; in brackets your zone, {snapshot.zone}" if snapshot.zone else ""
    holiday = f"  {calendar.holidays[day]}" if day in calendar.holidays else ""
    return Span(format_day(day), Tone.STRONG), Span(holiday, Tone.WAITING), Span(f"  times are {calendar.zone}{yours}")


def _now(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    now, closed = snapshot.now, window_closed(snapshot)
    there = format_time(now, now, snapshot.policy.calendar.tz)
    here = f" ({format_time(now, now, ZoneInfo(snapshot.zone))})" if snapshot.zone else ""
    text, tone = (closed.reason, Tone.WAITING) if closed else ("open: deploys are allowed", Tone.GOOD)
    return (Span(f"{there}{here}", Tone.DIM),), *((Span(part, tone),) for part in wrap(text, width, 3))


def _sizes(booked: tuple[SlotReleases, ...], others: tuple[Release, ...]) -> tuple[int, int]:
    """Return the widths of the columns of slot names and of people."""
    names = (cells(slot.slot.name) for slot in booked)
    people = (
        cells(name) for name in (*(slot.person for slot in booked), *(release.events[0].by for release in others))
    )
    return min(14, max(names, default=3)), min(16, max(people, default=3))


def _slot(snapshot: Snapshot, booked: SlotReleases, names: int, people: int) -> Line:
    slot, now = booked.slot, snapshot.now
    glyph, tone = slot_mark(booked, now)
    present = slot.contains(now)
    done = "; ".join(_summary(release) for release in booked.releases)
    if present:
        text = f"{duration(slot.end - now)} left{f'; {done}' if done else ''}"
    elif now < slot.begin:
        text = f"in {duration(slot.begin - now)}"
    else:
        text = done or "unused"
    return (
        Span(f"{glyph} ", tone),
        Span(_times(snapshot, slot.begin, slot.end), Tone.STRONG if present else Tone.DIM),
        column(slot.name, names, Tone.STRONG if present else Tone.PLAIN),
        Span("  "),
        column(booked.person or "–", people, Tone.STRONG if present else Tone.PLAIN),
        Span("  "),
        Span(text, tone if tone is not Tone.STRONG else Tone.PLAIN),
    )


def _release(snapshot: Snapshot, release: Release, names: int, people: int) -> Line:
    at = release.events[0].at
    glyph, tone = _ended(release)
    gap, no_slot, who = Span("  "), column("–", names, Tone.DIM), column(release.events[0].by, people)
    return (
        Span(f"{glyph} ", tone),
        Span(_times(snapshot, at), Tone.DIM),
        no_slot,
        gap,
        who,
        gap,
        Span(_summary(release), tone),
    )


def _freeze(snapshot: Snapshot, freeze: Freeze) -> Line:
    calendar, now = snapshot.policy.calendar, snapshot.now
    same_day = calendar.date_of(freeze.at) == calendar.date_of(freeze.until)
    begin = format_clock(freeze.at, calendar.tz) if same_day else format_time(freeze.at, now, calendar.tz)
    times = f"{begin} to {format_time(freeze.until, now, calendar.tz)}"
    early = " (lifted early)" if freeze.lifted else ""
    tone = Tone.WAITING if freeze.in_force(now) else Tone.DIM
    return Span("  "), Span(f"{times}{early}", tone), Span(f"  {freeze.by}: {freeze.why}")


def _day(snapshot: Snapshot, day: date) -> Line:
    hours = snapshot.policy.calendar.hours_of(day)
    head: Line = (Span("  "), column(format_day(day), 17, Tone.PLAIN if hours else Tone.DIM))
    if hours is None:
        return (*head, Span(_no_slots(snapshot, day), Tone.DIM))
    booked = agenda(snapshot, day)
    people = ", ".join(dict.fromkeys(slot.person for slot in booked if slot.person))
    slots = column(plural(len(booked), "slot"), 9)
    return (*head, Span(_times(snapshot, hours.begin, hours.end)), slots, Span(f" {people}", Tone.DIM))


def _no_slots(snapshot: Snapshot, day: date) -> str:
    calendar = snapshot.policy.calendar
    if day in calendar.holidays:
        return f"closed: {calendar.holidays[day]}"
    return "no slots" if calendar.hours_of(day) else "closed"


def _times(snapshot: Snapshot, begin: float, end: float | None = None) -> str:
    """Return `09:00-09:40 (13:30)  `; in brackets the beginning in the zone of this terminal."""
    zone = snapshot.policy.calendar.tz
    until = f"-{format_clock(end, zone)}" if end is not None else " " * 6
    until = "-24:00" if until == "-00:00" else until
    here = f" ({format_clock(begin, ZoneInfo(snapshot.zone))})" if snapshot.zone else ""
    return f"{format_clock(begin, zone)}{until}{here}  "


def _person(booked: SlotReleases) -> str:
    return f" ({booked.person})" if booked.person else ""


def _summary(release: Release) -> str:
    """Return `finished, 1 hotfix: 2026-11-23.1, 8 PRs`."""
    how = ending(release)
    at = f" at {release.step}" if how is Ending.OPEN and release.step else ""
    fixed = f", {release.hotfixes} hotfix{'es' if release.hotfixes > 1 else ''}" if release.hotfixes else ""
    return f"{how}{at}{fixed}: {release.id}, {plural(len(release.pulls), 'PR')}"


def _severity(release: Release) -> int:
    """Rank how bad a release ended: the worst of a slot gives the mark."""
    order = (Ending.FINISHED, Ending.OPEN, Ending.ABANDONED, Ending.ROLLED_BACK, Ending.REJECTED)
    return 2 * order.index(ending(release)) + bool(release.hotfixes)


def _ended(release: Release) -> tuple[str, Tone]:
    match how := ending(release):
        case Ending.FINISHED:
            return ("↺", Tone.WAITING) if release.hotfixes else ("✓", Tone.GOOD)
        case Ending.ROLLED_BACK | Ending.REJECTED:
            return "↶", Tone.BAD
        case Ending.ABANDONED:
            return "✗", Tone.WAITING
        case Ending.OPEN:
            return "◐", Tone.NEW
        case _:
            assert_never(how)
