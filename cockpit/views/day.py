"""The deploy day: a strip of its slots for the top of the screen, and a page with the days after it."""

from datetime import date, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from cockpit.deploy.freezes import Freeze
from cockpit.deploy.release import Release
from cockpit.deploy.schedule.time_format import day_said, said, wall
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration, plural
from cockpit.rules.agenda import Ending, SlotReleases, agenda, ending, freezes_on, outside
from cockpit.rules.deploy_window import closed
from cockpit.views.rows import EMPTY, Line, Span, Tone, cells, column, fit, wrap

AHEAD = 7
"""Days that the page looks ahead."""
MOST_MARKS = 24
"""Slots that the strip has a mark for; a day of more is told in words alone."""


def strip(snapshot: Snapshot, width: int) -> Line:
    """The day on one line: a mark a slot, whose slot it is and for how long, what is next. Empty without a calendar."""
    calendar, now = snapshot.policy.calendar, snapshot.now
    if not calendar.planned:
        return EMPTY
    booked = agenda(snapshot, calendar.day_of(now))
    marks = tuple(Span(*mark(one, now)) for one in booked) if len(booked) <= MOST_MARKS else EMPTY
    line: Line = (Span(" "), *marks, Span("  ")) if marks else (Span(" "),)
    present = next((one for one in booked if one.slot.holds(now)), None)
    coming = next((one for one in booked if one.slot.begin > now), None)
    if present:
        left = duration(present.slot.end - now)
        line = (*line, Span(present.slot.name, Tone.STRONG), Span(f"{_whose(present)}, {left} left"))
    elif not calendar.open_at(now) and (against := closed(snapshot)):
        return fit((*line, Span(against.reason, Tone.WAITING)), width)
    else:
        line = (*line, Span("between slots" if booked else "open"))
    if coming:
        line = (*line, Span("  then ", Tone.DIM), Span(f"{coming.slot.name}{_whose(coming)}"))
        line = (*line, Span(f" in {duration(coming.slot.begin - now)}", Tone.DIM))
    return fit(line, width)


def frozen(snapshot: Snapshot, brief: bool = False) -> Line:
    """That deploys are frozen, until when, by whom and why; empty where they are not."""
    freeze = snapshot.frozen
    if freeze is None:
        return EMPTY
    until = said(freeze.until, snapshot.now, snapshot.policy.calendar.tz)
    badge = Span(" FROZEN ", Tone.WAITING_BADGE)
    return (badge, Span(f" until {until}" if brief else f" until {until} by {freeze.by}: {freeze.why}", Tone.STRONG))


def mark(booked: SlotReleases, now: float) -> tuple[str, Tone]:
    """One cell for a slot: how it ended, that it is now, or that it is to come."""
    slot = booked.slot
    if slot.holds(now):
        return "◉", Tone.STRONG
    if now < slot.begin:
        return "○", Tone.DIM
    return _ended(max(booked.releases, key=_weight)) if booked.releases else ("·", Tone.DIM)


def page(snapshot: Snapshot, width: int, day: date | None = None) -> tuple[Line, ...]:
    """The whole of that day, or of the present one, its freezes, and the days after it."""
    calendar, now = snapshot.policy.calendar, snapshot.now
    day = day or calendar.day_of(now)
    lines: list[Line] = [_heading(snapshot, day), *_now(snapshot, width)]
    lines += [(Span(f"? {text}", Tone.UNKNOWN),) for text in wrap(snapshot.rota.error, width - 2, 3) if text]
    booked = agenda(snapshot, day)
    apart = outside(snapshot, day)
    sizes = _sizes(booked, apart)
    lines.append(EMPTY)
    lines += [_slot(snapshot, one, *sizes) for one in booked] or [(Span(_nothing(snapshot, day), Tone.DIM),)]
    lines += [_release(snapshot, one, *sizes) for one in apart]
    if cold := freezes_on(snapshot, day):
        lines += [EMPTY, (Span("FREEZES", Tone.TITLE),), *(_freeze(snapshot, freeze) for freeze in cold)]
    if calendar.planned:
        lines += [EMPTY, (Span("NEXT DAYS", Tone.TITLE),)]
        lines += [_day(snapshot, day + timedelta(days=number)) for number in range(1, AHEAD + 1)]
    return tuple(fit(line, width) for line in lines)


def _heading(snapshot: Snapshot, day: date) -> Line:
    calendar = snapshot.policy.calendar
    yours = f"; in brackets {snapshot.zone}, yours" if snapshot.zone else ""
    holiday = f"  {calendar.holidays[day]}" if day in calendar.holidays else ""
    return Span(day_said(day), Tone.STRONG), Span(holiday, Tone.WAITING), Span(f"  times are {calendar.zone}{yours}")


def _now(snapshot: Snapshot, width: int) -> tuple[Line, ...]:
    now, against = snapshot.now, closed(snapshot)
    there = said(now, now, snapshot.policy.calendar.tz)
    here = f" ({said(now, now, ZoneInfo(snapshot.zone))})" if snapshot.zone else ""
    words, tone = (against.reason, Tone.WAITING) if against else ("open: releases start and steps are taken", Tone.GOOD)
    return (Span(f"{there}{here}", Tone.DIM),), *((Span(text, tone),) for text in wrap(words, width, 3))


def _sizes(booked: tuple[SlotReleases, ...], apart: tuple[Release, ...]) -> tuple[int, int]:
    """Columns for the names of slots and of people."""
    names = (cells(one.slot.name) for one in booked)
    people = (cells(name) for name in (*(one.person for one in booked), *(one.events[0].by for one in apart)))
    return min(14, max(names, default=3)), min(16, max(people, default=3))


def _slot(snapshot: Snapshot, booked: SlotReleases, names: int, people: int) -> Line:
    slot, now = booked.slot, snapshot.now
    glyph, tone = mark(booked, now)
    present = slot.holds(now)
    done = "; ".join(_told(one) for one in booked.releases)
    if present:
        told = f"{duration(slot.end - now)} left{f'; {done}' if done else ''}"
    elif now < slot.begin:
        told = f"in {duration(slot.begin - now)}"
    else:
        told = done or "unused"
    return (
        Span(f"{glyph} ", tone),
        Span(_times(snapshot, slot.begin, slot.end), Tone.STRONG if present else Tone.DIM),
        column(slot.name, names, Tone.STRONG if present else Tone.PLAIN),
        Span("  "),
        column(booked.person or "–", people, Tone.STRONG if present else Tone.PLAIN),
        Span("  "),
        Span(told, tone if tone is not Tone.STRONG else Tone.PLAIN),
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
        Span(_told(release), tone),
    )


def _freeze(snapshot: Snapshot, freeze: Freeze) -> Line:
    calendar, now = snapshot.policy.calendar, snapshot.now
    short = calendar.date_of(freeze.at) == calendar.date_of(freeze.until)
    begin = wall(freeze.at, calendar.tz) if short else said(freeze.at, now, calendar.tz)
    times = f"{begin} to {said(freeze.until, now, calendar.tz)}"
    over = " (ended before its time)" if freeze.lifted else ""
    tone = Tone.WAITING if freeze.holds(now) else Tone.DIM
    return Span("  "), Span(f"{times}{over}", tone), Span(f"  {freeze.by}: {freeze.why}")


def _day(snapshot: Snapshot, day: date) -> Line:
    hours = snapshot.policy.calendar.hours_of(day)
    head: Line = (Span("  "), column(day_said(day), 17, Tone.PLAIN if hours else Tone.DIM))
    if hours is None:
        return (*head, Span(_nothing(snapshot, day), Tone.DIM))
    booked = agenda(snapshot, day)
    people = ", ".join(dict.fromkeys(one.person for one in booked if one.person))
    slots = column(plural(len(booked), "slot"), 9)
    return (*head, Span(_times(snapshot, hours.begin, hours.end)), slots, Span(f" {people}", Tone.DIM))


def _nothing(snapshot: Snapshot, day: date) -> str:
    calendar = snapshot.policy.calendar
    if day in calendar.holidays:
        return f"closed: {calendar.holidays[day]}"
    return "no slots" if calendar.hours_of(day) else "closed"


def _times(snapshot: Snapshot, begin: float, end: float | None = None) -> str:
    """`09:00-09:40 (13:30) `, in columns: in brackets the beginning as it is where the commander sits."""
    zone = snapshot.policy.calendar.tz
    until = f"-{wall(end, zone)}" if end is not None else " " * 6
    until = "-24:00" if until == "-00:00" else until
    here = f" ({wall(begin, ZoneInfo(snapshot.zone))})" if snapshot.zone else ""
    return f"{wall(begin, zone)}{until}{here}  "


def _whose(booked: SlotReleases) -> str:
    return f", {booked.person}'s" if booked.person else ""


def _told(release: Release) -> str:
    """`finished, hotfixed 1: 2026-11-23.1, 8 PRs`."""
    how = ending(release)
    at = f" at {release.step}" if how is Ending.OPEN and release.step else ""
    fixed = f", hotfixed {release.hotfixes}" if release.hotfixes else ""
    return f"{how}{at}{fixed}: {release.id}, {plural(len(release.pulls), 'PR')}"


def _weight(release: Release) -> int:
    """Of several in one slot the worst has the mark."""
    order = (Ending.FINISHED, Ending.OPEN, Ending.ABANDONED, Ending.ROLLED_BACK)
    return 2 * order.index(ending(release)) + bool(release.hotfixes)


def _ended(release: Release) -> tuple[str, Tone]:
    match how := ending(release):
        case Ending.FINISHED:
            return ("↺", Tone.WAITING) if release.hotfixes else ("✓", Tone.GOOD)
        case Ending.ROLLED_BACK:
            return "↶", Tone.BAD
        case Ending.ABANDONED:
            return "✗", Tone.WAITING
        case Ending.OPEN:
            return "◐", Tone.NEW
        case _:
            assert_never(how)
