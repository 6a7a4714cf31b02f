"""The freeze: nothing starts and no step is taken until a time, and the way out of it."""

from cockpit.deploy.facts import Frozen, Thawed
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Refusal
from cockpit.deploy.schedule.time_format import FORMS, moment, said
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean
from cockpit.rules.decisions.planner import plan_for

LONGEST = 366 * 86400.0
"""Seconds. What is to last longer is an entry in the calendar."""


def freeze(snapshot: Snapshot, ask: CommandRequest) -> Decision:
    """Freeze: no release starts and no step is taken until a time; rollback, hold and hotfixes go on."""
    release, now, zone = snapshot.latest, snapshot.now, snapshot.policy.calendar.tz
    if release is None:
        return Refusal("there is no release yet, and no log to record a freeze in")
    if not ask.until:
        return Refusal(f"a freeze needs its end: say --until {FORMS}")
    at = moment(ask.until, now, zone)
    if at is None:
        return Refusal(f"{clean(ask.until)!r} is no time: say {FORMS}")
    if not now < at < now + LONGEST:
        when = said(at, now, zone)
        return Refusal(f"{when} is {'past' if at <= now else 'more than a year ahead'}: say a time that is to come")
    if not ask.why:
        return Refusal("a freeze needs a reason: say --why")
    instead = (
        f", instead of {snapshot.frozen.by}'s until {said(snapshot.frozen.until, now, zone)}" if snapshot.frozen else ""
    )
    # The time stands in the title alone: `2h` from a confirmation on is the same plan a minute later.
    words = "no release starts and no step is taken until then; rollback, hold and hotfixes go on"
    return plan_for(snapshot, release, f"freeze until {said(at, now, zone)}{instead}", AppendEvent(Frozen(at), words))


def thaw(snapshot: Snapshot, ask: CommandRequest) -> Decision:
    """End the freeze before its time."""
    release, freeze = snapshot.latest, snapshot.frozen
    if release is None or freeze is None:
        return Refusal("nothing is frozen")
    until = said(freeze.until, snapshot.now, snapshot.policy.calendar.tz)
    title = f"thaw what {freeze.by} froze until {until} ({freeze.why})"
    return plan_for(
        snapshot, release, title, AppendEvent(Thawed(), "releases start and steps are taken as the calendar says")
    )
