"""Why nothing is to be started and no step taken now: a freeze, or the hours."""

from msgspec import Struct

from cockpit.deploy.facts import Advanced, Reverted, RolledBack
from cockpit.deploy.release import Release
from cockpit.deploy.schedule.time_format import said
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import duration


class WindowClosed(Struct, frozen=True):
    """What the calendar says against it."""

    word: str
    """What is overridden, in a word that stays the same while a person reads a confirmation."""
    reason: str
    """The whole sentence, with the next open minute."""


def closed(snapshot: Snapshot) -> WindowClosed | None:
    """What stands against starting or widening now; None where nothing does."""
    calendar, now, freeze = snapshot.policy.calendar, snapshot.now, snapshot.frozen
    if freeze is None and calendar.open_at(now):
        return None
    at = calendar.next_open(max(now, freeze.until) if freeze else now)
    opens = "the calendar has no open hour ahead"
    if at is not None:
        opens = f"opens {said(at, now, calendar.tz)}, in {duration(at - now)}"
    if freeze is None:
        return WindowClosed("the calendar", f"outside deploy hours: {opens}")
    return WindowClosed("the freeze", f"frozen by {freeze.by} ({freeze.why}): {opens}")


def climbs_back(release: Release) -> bool:
    """Whether the next step takes a hotfix no further than the release stood before its PR was taken out.

    A hotfix is never refused by the calendar. Taking a PR out puts the release at the foot of the ladder again, and
    what brings it back to where it was widens nothing that was not widened in open hours, or past them with a reason:
    whoever stands at half of production with a fix in hand must not wait for Monday. Above that it is a step like any
    other, and so is every step once a hotfix was rolled back itself.
    """
    reached = before = -1
    for event in release.events:
        match event.what:
            case Advanced(rung=rung):
                reached = max(reached, rung)
            case Reverted():
                before = reached
            case RolledBack():
                before = -1
            case _:
                pass
    return release.rung + 1 <= before
