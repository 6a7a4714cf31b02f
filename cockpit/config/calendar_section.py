"""Reads `[calendar]` as a calendar, and checks `[rota]` against it."""

import difflib
import re
from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo, available_timezones

from cockpit.config.problems import Problems
from cockpit.config.sections import CalendarConfig, RotaConfig
from cockpit.deploy.schedule.calendar import WEEKDAYS, Calendar, TimeSpan
from cockpit.deploy.text import clean

DAY = 1440
"""Minutes."""
_SPAN = re.compile(r"([0-9]{1,2}):([0-5][0-9])\s*-\s*([0-9]{1,2}):([0-5][0-9])")


def read_calendar(section: CalendarConfig, problems: Problems) -> Calendar:
    """Read the calendar; every problem is noted with its key and line."""
    zone = section.zone
    if not known_zone(zone):
        close = difflib.get_close_matches(zone, sorted(available_timezones()), n=1)
        hint = f"did you mean {close[0]}?" if close else "write it as Europe/Berlin"
        problems.add("calendar.zone", f'has an unknown time zone "{clean(zone)}"; {hint}')
        zone = "UTC"
    before = len(problems.lines)
    hours = _hours(section.hours, problems)
    valid = hours if len(problems.lines) == before else ()  # do not check slots against hours that are invalid
    slots = _slots(section.slots, valid, problems)
    return Calendar(zone, hours, slots, _holidays(section.holidays, problems))


def known_zone(name: str) -> bool:
    """Whether this machine knows a time zone of that name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; a path out of the database; a folder of the database
        return False
    return bool(name)


def check_rota(rota: RotaConfig, calendar: Calendar, problems: Problems) -> None:
    """Note two sources, invalid people, and entries for days and slots that the calendar does not have."""
    if rota.file and rota.command:
        problems.add("rota.command", "excludes rota.file: remove one of them")
    for person in (*rota.people, *rota.fixed.values()):
        if not person or person != clean(person).strip() or " " in person:
            key = "rota.people" if person in rota.people else "rota.fixed"
            problems.add(key, f"has an invalid person {person!r}: write user or user@host")
    known = (*WEEKDAYS, *(name for name, _ in calendar.slots))
    for when in rota.unknown_keys(calendar):
        problems.add(f"rota.fixed.{when}", "is not a date, weekday or slot", near=(when, known))


def _hours(given: Mapping[str, str], problems: Problems) -> tuple[TimeSpan | None, ...]:
    problems.check_names("calendar.hours", given, WEEKDAYS)
    spans = {day: _span(f"calendar.hours.{day}", text, problems) for day, text in given.items()}
    for day, span in spans.items():
        if span and span.begin >= DAY:
            problems.add(f"calendar.hours.{day}", "must begin before 24:00")
    return tuple(spans.get(day) for day in WEEKDAYS) if given else ()


def _slots(
    given: Mapping[str, str], hours: tuple[TimeSpan | None, ...], problems: Problems
) -> tuple[tuple[str, TimeSpan], ...]:
    slots: list[tuple[str, TimeSpan]] = []
    for name, text in given.items():
        key = f"calendar.slots.{name}"
        span = _span(key, text, problems)
        if name != clean(name).strip() or not name or name in WEEKDAYS:
            problems.add(key, "is an invalid slot name: use printable text that is not a weekday")
        if span is None:
            continue
        if hours and not any(day and day.begin <= span.begin and span.end <= day.end for day in hours):
            problems.add(key, "is outside the hours of every weekday")
        for other, taken in slots:
            # also check the day before and after, because a slot may reach past midnight
            if any(span.begin + shift < taken.end and taken.begin < span.end + shift for shift in (-DAY, 0, DAY)):
                problems.add(key, f"overlaps with {other}")
        slots.append((name, span))
    return tuple(sorted(slots, key=lambda slot: slot[1].begin))


def _span(key: str, text: str, problems: Problems) -> TimeSpan | None:
    parts = _SPAN.fullmatch(text.strip())
    begin, end = (60 * int(parts[1]) + int(parts[2]), 60 * int(parts[3]) + int(parts[4])) if parts else (0, 0)
    if not parts or end > 2 * DAY:
        problems.add(key, f'has an invalid time span "{clean(text)}": write it as 09:00-17:00')
    elif end <= begin:
        next_day = f"{parts[1]}:{parts[2]}-{int(parts[3]) + 24}:{parts[4]}"
        problems.add(key, f"ends before it begins; past midnight write {next_day}")
    elif end - begin > DAY:
        problems.add(key, "is longer than a day")
    else:
        return TimeSpan(begin, end)
    return None


def _holidays(given: Mapping[str, str], problems: Problems) -> dict[date, str]:
    holidays: dict[date, str] = {}
    for text, name in given.items():
        if day := _date(text):
            holidays[day] = clean(name).strip() or "holiday"
        else:
            problems.add(f"calendar.holidays.{text}", "is an invalid date: write 2026-12-25")
    return holidays


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
