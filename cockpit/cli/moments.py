"""How a person says when: a date, a time, or how long ago."""

import re
from datetime import UTC, datetime

_AGO = re.compile(r"(\d{1,6})\s*([dhm])(?:\s*ago)?")
_SECONDS = {"d": 86_400, "h": 3600, "m": 60}


def moment(text: str, now: float) -> float:
    """Seconds since the epoch: `now`, `7d`, `36h`, `90m` ago, `2026-11-23`, `2026-11-23T14:30`, with an offset or in
    UTC. Raises `ValueError` with the way out."""
    said = text.strip()
    if said == "now":
        return now
    if ago := _AGO.fullmatch(said):
        return now - int(ago[1]) * _SECONDS[ago[2]]
    try:
        when = datetime.fromisoformat(said)
    except ValueError:
        raise ValueError(f"{text!r} is no time: say 2026-11-23, 2026-11-23T14:30, 7d, 36h or now") from None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
