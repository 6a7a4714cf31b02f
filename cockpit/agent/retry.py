"""Retries of a hook, flip or pull on the way to a build that has proved well on this host. Pure.

Such a build is never marked as failed: the way back to it must not end because a hook failed once. The pauses grow, and
after a deadline the host counts as stuck, which is reported while the retries go on.
"""

from msgspec import Struct
from msgspec.structs import replace

from cockpit.deploy.text import duration, plural

LONGEST_PAUSE = 15.0
"""Seconds."""


class Retry(Struct, frozen=True):
    """Failures in a row, kept in the journal. The stored names of fields do not change."""

    since: float
    """When the first of them happened."""
    tries: int
    reason: str
    """Of the last one; it begins with the hook: `hook drain: exit 1: no output`."""


def failed_again(retry: Retry | None, reason: str, now: float) -> Retry:
    """Count one more failure."""
    return replace(retry, tries=retry.tries + 1, reason=reason) if retry else Retry(now, 1, reason)


def pause_before(retry: Retry, first: float) -> float:
    """Return the seconds before the next try: `first`, then twice as long each time."""
    return float(min(LONGEST_PAUSE, first * 2 ** min(retry.tries - 1, 16)))


def is_stuck(retry: Retry | None, now: float, stuck_after: float) -> bool:
    """Whether the retries have lasted for `stuck_after` seconds."""
    return retry is not None and now - retry.since >= stuck_after


def retry_text(retry: Retry | None, now: float, stuck_after: float) -> str:
    """`stuck for 2 min: hook drain: exit 1: no output (tried 12 times, still trying)`; empty without a failure."""
    if retry is None:
        return ""
    tried = "once" if retry.tries == 1 else plural(retry.tries, "time")
    if is_stuck(retry, now, stuck_after):
        return f"stuck for {duration(now - retry.since)}: {retry.reason} (tried {tried}, still trying); repair it here"
    return f"{retry.reason} (tried {tried}); trying again"
