"""The deploy window: why no release may start and no step be taken now, because of a freeze or the deploy hours."""

from msgspec import Struct

from cockpit.deploy import facts
from cockpit.deploy.release import Release
from cockpit.deploy.schedule.time_format import format_time
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration


class WindowClosed(Struct, frozen=True):
    """The calendar's objection."""

    word: str
    """What is overridden: `the calendar` or `the freeze`; it does not change while a person reads a confirmation."""
    reason: str
    """The sentence, with the next open minute."""


def window_closed(snapshot: Snapshot) -> WindowClosed | None:
    """Why nothing may start or widen now; None if the window is open."""
    calendar, now, freeze = snapshot.policy.calendar, snapshot.now, snapshot.active_freeze
    if freeze is None and calendar.open_at(now):
        return None
    at = calendar.next_open(max(now, freeze.until) if freeze else now)
    opens = "the calendar has no open hour ahead"
    if at is not None:
        opens = f"opens {format_time(at, now, calendar.tz)}, in {duration(at - now)}"
    if freeze is None:
        return WindowClosed("the calendar", f"outside deploy hours: {opens}")
    return WindowClosed("the freeze", f"frozen by {freeze.by} ({freeze.why}): {opens}")


def hotfix_catching_up(release: Release) -> bool:
    """Whether the next step takes a hotfix no further than the release stood before its PR was reverted.

    The calendar never refuses such a step. A revert puts the release at the first step again, and taking it back to
    where it stood widens nothing new: a fix for half of production must not wait for Monday. The steps above it, and
    all steps of a hotfix that was rolled back, obey the calendar.
    """
    highest = allowed = -1
    for event in release.events:
        match event.what:
            case facts.Advanced(rung=rung):
                highest = max(highest, rung)
            case facts.Reverted():
                allowed = highest
            case facts.RolledBack():
                allowed = -1
            case _:
                pass
    return release.rung + 1 <= allowed
