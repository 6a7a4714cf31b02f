"""What a drill came to: what the trainee did, how long it took, and how many requests were harmed."""

from collections.abc import Iterable

from msgspec import Struct

from cockpit.demo.drills.drill import SAYS, SHOULD, Drill, Fault, is_right
from cockpit.demo.traffic.tally import FINE, Tally
from cockpit.deploy.events import Event
from cockpit.deploy.release import Release
from cockpit.deploy.text import duration, plural
from cockpit.views import event_log


class Act(Struct, frozen=True):
    """Something the trainee did."""

    after: float
    """Seconds after the fault began; less than 0 before it."""
    words: str
    right: bool


class Debrief(Struct, frozen=True):
    """The end of a drill in numbers."""

    fault: Fault
    happened: bool
    """Whether it came to the fault at all."""
    acts: tuple[Act, ...]
    to_right: float | None
    """Seconds from the fault to the first right action; None for never."""
    to_restored: float | None
    """Seconds from the fault until all was well again; None where it never was."""
    harmed: int
    """Requests of customers that failed since the fault began, as they counted them themselves."""
    sent: int

    @property
    def passed(self) -> bool:
        """Whether the trainee did what was right and saw it through."""
        return self.to_right is not None and self.to_restored is not None


def failures(tally: Tally) -> int:
    """Requests that failed, whyever."""
    return sum(row.count for row in tally.rows if row.kind != FINE)


def debrief(
    drill: Drill,
    releases: Iterable[Release],
    person: str,
    began: float | None,
    restored: float | None,
    before: Tally,
    after: Tally,
) -> Debrief:
    """From the log, the times of the fault and the customers' own count at its beginning and at the end."""
    theirs = [event for release in releases if not release.install for event in release.events if event.by == person]
    start = began if began is not None else (theirs[0].at if theirs else 0.0)
    acts = tuple(_act(event, drill.fault, start, began is not None) for event in theirs)
    return Debrief(
        fault=drill.fault,
        happened=began is not None,
        acts=acts,
        to_right=next((act.after for act in acts if act.right), None),
        to_restored=round(restored - start, 1) if restored is not None and began is not None else None,
        harmed=failures(after) - failures(before) if began is not None else 0,
        sent=after.sent,
    )


def in_words(told: Debrief) -> str:
    """The debrief for people."""
    if not told.happened:
        return f"the drill ended before its fault ({told.fault}) began: start a release and let it climb"
    lines = [
        f"drill {told.fault}: {SAYS[told.fault]}",
        f"  what is right             {SHOULD[told.fault]}",
        f"  first right action        {_after(told.to_right, 'never')}",
        f"  all well again            {_after(told.to_restored, 'not by the end')}",
        f"  requests harmed           {told.harmed:,} of {plural(told.sent, 'request')}",
        "  what you did",
    ]
    lines += [f"    {_signed(act.after)}  {'right ' if act.right else '      '}{act.words}" for act in told.acts]
    return "\n".join(lines if told.acts else (*lines, "    nothing"))


def _act(event: Event, fault: Fault, start: float, began: bool) -> Act:
    after = round(event.at - start, 1)
    return Act(after, event_log.sentence(event).splitlines()[0], began and after >= 0 and is_right(event, fault))


def _after(seconds: float | None, never: str) -> str:
    return f"after {duration(seconds)}" if seconds is not None else never


def _signed(seconds: float) -> str:
    return f"{seconds:+7.1f} s"
