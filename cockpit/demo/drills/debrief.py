"""The debrief of a drill: the trainee's actions, the times and the failed requests."""

from collections.abc import Iterable

from msgspec import Struct

from cockpit.demo.drills.drill import DESCRIPTIONS, EXPECTED_ACTIONS, Drill, Fault, is_right_action
from cockpit.demo.traffic.tally import Tally
from cockpit.deploy.events import Event
from cockpit.deploy.release import Release
from cockpit.deploy.text import duration, plural
from cockpit.views import event_log


class TraineeAction(Struct, frozen=True):
    """An event that the trainee caused."""

    after: float
    """Seconds since the fault began; negative before it."""
    text: str
    right: bool


class Debrief(Struct, frozen=True):
    """The result of a drill in numbers."""

    fault: Fault
    fault_began: bool
    actions: tuple[TraineeAction, ...]
    seconds_to_action: float | None
    """Seconds from the fault to the first right action; None for never."""
    seconds_to_recovery: float | None
    """Seconds from the fault to the recovery; None for never."""
    failed_requests: int
    """Customers' requests that failed since the fault began, by the customers' own count."""
    sent_requests: int

    @property
    def passed(self) -> bool:
        """Whether the trainee acted right and the company recovered."""
        return self.seconds_to_action is not None and self.seconds_to_recovery is not None


def make_debrief(
    drill: Drill,
    releases: Iterable[Release],
    person: str,
    began: float | None,
    recovered: float | None,
    before: Tally,
    after: Tally,
) -> Debrief:
    """The debrief from the log, the times of fault and recovery, and the tallies at the fault and at the end."""
    theirs = [event for release in releases if not release.install for event in release.events if event.by == person]
    start = began if began is not None else (theirs[0].at if theirs else 0.0)
    actions = tuple(_action(event, drill.fault, start, began is not None) for event in theirs)
    return Debrief(
        fault=drill.fault,
        fault_began=began is not None,
        actions=actions,
        seconds_to_action=next((action.after for action in actions if action.right), None),
        seconds_to_recovery=round(recovered - start, 1) if recovered is not None and began is not None else None,
        failed_requests=after.failed - before.failed if began is not None else 0,
        sent_requests=after.sent,
    )


def format_debrief(debrief: Debrief) -> str:
    """The debrief as text."""
    if not debrief.fault_began:
        return f"the drill ended before its fault ({debrief.fault}) began: start a release and advance it"
    sent = plural(debrief.sent_requests, "request")
    lines = [
        f"drill {debrief.fault}: {DESCRIPTIONS[debrief.fault]}",
        f"  expected                  {EXPECTED_ACTIONS[debrief.fault]}",
        f"  first right action        {_after(debrief.seconds_to_action, 'never')}",
        f"  recovered                 {_after(debrief.seconds_to_recovery, 'not by the end')}",
        f"  failed requests           {debrief.failed_requests:,} of {sent}",
        "  your actions",
    ]
    lines += [f"    {_signed(act.after)}  {'right ' if act.right else '      '}{act.text}" for act in debrief.actions]
    return "\n".join(lines if debrief.actions else (*lines, "    none"))


def _action(event: Event, fault: Fault, start: float, began: bool) -> TraineeAction:
    after = round(event.at - start, 1)
    right = began and after >= 0 and is_right_action(event, fault)
    return TraineeAction(after, event_log.sentence(event).splitlines()[0], right)


def _after(seconds: float | None, never: str) -> str:
    return f"after {duration(seconds)}" if seconds is not None else never


def _signed(seconds: float) -> str:
    return f"{seconds:+7.1f} s"
