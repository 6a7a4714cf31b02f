"""Makes the calendar of what `[calendar]` says, and checks the rota against it."""

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


def read_calendar(given: CalendarConfig, problems: Problems) -> Calendar:
    """The calendar; what is wrong with it is noted with its key and line."""
    zone = given.zone
    if any("calendar.zone" in problem for problem in problems.found):
        zone = "UTC"
    elif not known_zone(zone):
        close = difflib.get_close_matches(zone, sorted(available_timezones()), n=1)
        meant = f"did you mean {close[0]}?" if close else "write it as Europe/Berlin"
        problems.add("calendar.zone", f'"{clean(zone)}" is no time zone; {meant}')
        zone = "UTC"
    before = len(problems.found)
    hours = _hours(given.hours, problems)
    sound = hours if len(problems.found) == before else ()  # a slot is not to blame for hours that cannot be read
    slots = _slots(given.slots, sound, problems)
    return Calendar(zone, hours, slots, _holidays(given.holidays, problems))


def known_zone(name: str) -> bool:
    """Whether this machine knows a time zone of that name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not there; a path out of the database; a folder of it
        return False
    return bool(name)


def check_rota(rota: RotaConfig, calendar: Calendar, problems: Problems) -> None:
    """That what is settled is about days and slots that there are, and that one source alone is named."""
    if rota.file and rota.command:
        problems.add("rota.command", "cannot be there beside rota.file: choose one")
    for person in (*rota.people, *rota.fixed.values()):
        if not person or person != clean(person).strip() or " " in person:
            problems.add(
                "rota.people" if person in rota.people else "rota.fixed", f"{person!r} is no user or user@host"
            )
    known = (*WEEKDAYS, *(name for name, _ in calendar.slots))
    for when in rota.misfits(calendar):
        problems.add(f"rota.fixed.{when}", "is no date, weekday or slot", near=(when, known))


def _hours(given: Mapping[str, str], problems: Problems) -> tuple[TimeSpan | None, ...]:
    problems.unknown("calendar.hours", given, WEEKDAYS)
    spans = {day: _span(f"calendar.hours.{day}", text, problems) for day, text in given.items()}
    for day, span in spans.items():
        if span and span.begin >= DAY:
            problems.add(f"calendar.hours.{day}", "must begin before 24:00")
    return tuple(spans.get(day) for day in WEEKDAYS) if given else ()


def _slots(
    given: Mapping[str, str], hours: tuple[TimeSpan | None, ...], problems: Problems
) -> tuple[tuple[str, TimeSpan], ...]:
    found: list[tuple[str, TimeSpan]] = []
    for name, text in given.items():
        key = f"calendar.slots.{name}"
        span = _span(key, text, problems)
        if name != clean(name).strip() or not name or name in WEEKDAYS:
            problems.add(key, "is no name for a slot: it may be neither empty nor a weekday")
        if span is None:
            continue
        if hours and not any(of and of.begin <= span.begin and span.end <= of.end for of in hours):
            problems.add(key, "lies in the hours of no weekday")
        for other, there in found:
            # Also against the day before and after, for a slot may reach past midnight.
            if any(span.begin + by < there.end and there.begin < span.end + by for by in (-DAY, 0, DAY)):
                problems.add(key, f"overlaps with {other}")
        found.append((name, span))
    return tuple(sorted(found, key=lambda slot: slot[1].begin))


def _span(key: str, text: str, problems: Problems) -> TimeSpan | None:
    parts = _SPAN.fullmatch(text.strip())
    begin, end = (60 * int(parts[1]) + int(parts[2]), 60 * int(parts[3]) + int(parts[4])) if parts else (0, 0)
    if not parts or end > 2 * DAY:
        problems.add(key, f'"{clean(text)}" is not written as 09:00-17:00')
    elif end <= begin:
        problems.add(
            key, f"ends before it begins; past midnight write {parts[1]}:{parts[2]}-{int(parts[3]) + 24}:{parts[4]}"
        )
    elif end - begin > DAY:
        problems.add(key, "is longer than a day")
    else:
        return TimeSpan(begin, end)
    return None


def _holidays(given: Mapping[str, str], problems: Problems) -> dict[date, str]:
    days = {_date(day): (day, clean(name).strip() or "holiday") for day, name in given.items()}
    if None in days:
        problems.add(f"calendar.holidays.{days.pop(None)[0]}", "is no date: write 2026-12-25")
    return {day: name for day, (_, name) in days.items() if day}


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
