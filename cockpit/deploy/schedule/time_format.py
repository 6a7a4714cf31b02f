"""Times that people type, `2h`, `17:30`, `2026-12-01T09:00`, and times on the screen, `Mon 09:00 CET`."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from cockpit.deploy.schedule.calendar import instant

_UNITS = {"m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_LENGTH = re.compile(r"(?:[0-9]{1,4}(?:min|m|h|d))+")
_PART = re.compile(r"([0-9]{1,4})(min|m|h|d)")
_WALL = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NEAR = 6 * 86400.0
"""Seconds within which a weekday is unambiguous."""
FAR = 300 * 86400.0
ACCEPTED_FORMS = "2h, 17:30 or 2026-12-01T09:00"


def parse_time(text: str, now: float, zone: ZoneInfo) -> float | None:
    """Parse a time: a duration from `now`, the next time a clock shows it, or a date with a time. None if invalid.

    A date alone is its midnight. A time without an offset is in `zone`.
    """
    text = text.strip()
    if _LENGTH.fullmatch(text):
        return now + sum(int(many) * _UNITS[unit] for many, unit in _PART.findall(text))
    if wall := _WALL.fullmatch(text):
        minutes = int(wall[1]) * 60 + int(wall[2])
        today = datetime.fromtimestamp(now, zone).date()
        coming = (instant(today + timedelta(days=number), minutes, zone) for number in range(3))
        return next((at for at in coming if at > now), None)
    try:
        at = datetime.fromisoformat(text)
        return at.timestamp() if at.tzinfo else at.replace(tzinfo=zone).timestamp()
    except (ValueError, OverflowError):
        return None


def format_time(at: float, now: float, zone: ZoneInfo) -> str:
    """`Mon 09:00 CET`, with the date if it is about a week or more away, and the year if it is months away."""
    local, distance = _at(at, zone), abs(at - now)
    day = f" {local.day} {_MONTHS[local.month - 1]}" if distance > NEAR else ""
    day += f" {local.year}" if distance > FAR else ""
    return f"{_DAYS[local.weekday()]}{day} {local:%H:%M} {local.tzname()}"


def format_clock(at: float, zone: ZoneInfo) -> str:
    """`09:00`."""
    return f"{_at(at, zone):%H:%M}"


def format_day(day: date) -> str:
    """`Mon 23 Nov 2026`."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def format_utc(at: float) -> str:
    """`2026-11-23 14:00 UTC`."""
    return f"{to_utc(at):%Y-%m-%d %H:%M} UTC"


def to_utc(at: float) -> datetime:
    """The UTC date and time of an instant."""
    return _at(at, UTC)


def _at(at: float, zone: tzinfo) -> datetime:
    """A time beyond the range of datetime, as a record may hold, gives the last one in range."""
    try:
        return datetime.fromtimestamp(at, zone)
    except (ValueError, OverflowError, OSError):
        return datetime(9999, 12, 31, tzinfo=zone)
