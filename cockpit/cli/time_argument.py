"""Parses a time in the past as a person writes it: a date, a time of day or an age."""

import re
from datetime import UTC, datetime, timedelta

from cockpit.deploy.schedule.calendar import LAST

_AGE = re.compile(r"(\d{1,9}(?:\.\d+)?)\s*(d|h|min|m|s)(?:\s*ago)?")
_SECONDS = {"d": 86_400.0, "h": 3600.0, "min": 60.0, "m": 60.0, "s": 1.0}
_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def parse_time(text: str, now: float) -> float:
    """Parse a time; seconds since the epoch.

    Accepts `now`, an age (`7d`, `36h`, `90m ago`), the last `14:30`, `2026-11-23` and `2026-11-23T14:30`. Times
    without an offset are UTC. Raises `ValueError` with a message for the user.
    """
    at = _parse(text.strip(), now)
    if at is None or not 0.0 <= at <= LAST:
        raise ValueError(f"invalid time {text!r}: use 14:30, 2h or 2026-11-23T14:30")
    return at


def _parse(text: str, now: float) -> float | None:
    if text == "now":
        return now
    if age := _AGE.fullmatch(text):
        return now - float(age[1]) * _SECONDS[age[2]]
    if time_of_day := _TIME_OF_DAY.fullmatch(text):
        today = datetime.fromtimestamp(now, UTC)
        at = today.replace(hour=int(time_of_day[1]), minute=int(time_of_day[2]), second=0, microsecond=0)
        return (at if at <= today else at - timedelta(days=1)).timestamp()
    try:
        when = datetime.fromisoformat(text)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
