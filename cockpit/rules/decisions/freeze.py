"""Freeze: no release starts and no step is taken until a time; thaw ends it early."""

from cockpit.deploy import facts
from cockpit.deploy.plan import AppendEvent, CommandRequest, Decision, Refusal
from cockpit.deploy.schedule.time_format import ACCEPTED_FORMS, format_time, parse_time
from cockpit.deploy.snapshot import Snapshot
from cockpit.deploy.text import clean
from cockpit.rules.decisions.planner import plan_for

LONGEST = 366 * 86400.0
"""Seconds. A longer pause belongs in the calendar."""


def freeze(snapshot: Snapshot, request: CommandRequest) -> Decision:
    """Freeze deploys until a time: no release starts, no step is taken; rollback, hold and hotfixes still work."""
    release, now, zone = snapshot.latest, snapshot.now, snapshot.policy.calendar.tz
    if release is None:
        return Refusal("no release yet: a freeze cannot be recorded")
    if not request.until:
        return Refusal(f"a freeze needs an end: add --until {ACCEPTED_FORMS}")
    end = parse_time(request.until, request.asked_at or now, zone)
    if end is None:
        return Refusal(f"invalid time {clean(request.until)!r}: use {ACCEPTED_FORMS}")
    if not now < end < now + LONGEST:
        problem = "in the past" if end <= now else "more than a year ahead"
        return Refusal(f"{format_time(end, now, zone)} is {problem}: use a time within the next year")
    if not request.why:
        return Refusal("a freeze needs a reason: add --why")
    replaced = ""
    if snapshot.active_freeze:
        replaced = (
            f", replacing {snapshot.active_freeze.by}'s until {format_time(snapshot.active_freeze.until, now, zone)}"
        )
    words = "no release starts and no step is taken until then; rollback, hold and hotfixes still work"
    title = f"freeze until {format_time(end, now, zone)}{replaced}"
    return plan_for(snapshot, release, title, AppendEvent(facts.Frozen(end), words))


def thaw(snapshot: Snapshot, request: CommandRequest) -> Decision:
    """End the freeze early."""
    release, frozen = snapshot.latest, snapshot.active_freeze
    if release is None or frozen is None:
        return Refusal("nothing is frozen")
    until = format_time(frozen.until, snapshot.now, snapshot.policy.calendar.tz)
    title = f"end the freeze by {frozen.by} until {until} ({frozen.why})"
    words = "the calendar alone decides when releases start and steps are taken"
    return plan_for(snapshot, release, title, AppendEvent(facts.Thawed(), words))
