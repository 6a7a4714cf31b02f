"""How a person says when something was: a date, a time, or how long ago."""

import re
from datetime import UTC, datetime, timedelta

from cockpit.deploy.schedule.calendar import LAST

_AGO = re.compile(r"(\d{1,9}(?:\.\d+)?)\s*(d|h|min|m|s)(?:\s*ago)?")
_SECONDS = {"d": 86_400.0, "h": 3600.0, "min": 60.0, "m": 60.0, "s": 1.0}
_WALL = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def moment(text: str, now: float) -> float:
    """Seconds since the epoch: `now`, `7d`, `36h`, `90m` ago, `14:30` (the last such time), `2026-11-23`,
    `2026-11-23T14:30`, with an offset or in UTC. Raises `ValueError` with the way out."""
    at = _moment(text.strip(), now)
    if at is None or not 0.0 <= at <= LAST:
        raise ValueError(f"{text!r} is no time: say 2026-11-23, 2026-11-23T14:30, 14:30, 30m, 36h, 7d or now")
    return at


def _moment(said: str, now: float) -> float | None:
    if said == "now":
        return now
    if ago := _AGO.fullmatch(said):
        return now - float(ago[1]) * _SECONDS[ago[2]]
    if wall := _WALL.fullmatch(said):
        today = datetime.fromtimestamp(now, UTC)
        then = today.replace(hour=int(wall[1]), minute=int(wall[2]), second=0, microsecond=0)
        return (then if then <= today else then - timedelta(days=1)).timestamp()
    try:
        when = datetime.fromisoformat(said)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
