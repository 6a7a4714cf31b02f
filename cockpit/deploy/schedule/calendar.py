"""The calendar: on which days and at which hours deploys happen, and the slots that a day has.

Hours and slots are times on the team's wall clock; everything asked and answered is seconds since the epoch. A wall
time is the first instant at which the clock shows it or has passed it. So where the clock is set forward, what lies in
the gap begins at the change, and a slot that lies in it whole is not there on that day; where it is set back, the slot
that holds the hour twice is an hour longer. Slots that touch on the wall touch on every day, and never overlap.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AHEAD = 400
"""Days that are searched for the next open one."""
LAST = 7_258_118_400.0
"""The end of 2199: no calendar is asked for later days."""
WHOLE_DAY = "day"
"""What the one slot of a day is called where the calendar has hours and names no slots."""


class TimeSpan(Struct, frozen=True):
    """From when to when on the wall, in minutes after the midnight the day begins with; past 1440 is the next day."""

    begin: int
    end: int


class Slot(Struct, frozen=True):
    """One slot of one day: from `begin` on, before `end`."""

    name: str
    day: date
    """The day it belongs to, also after midnight."""
    begin: float
    end: float

    def contains(self, at: float) -> bool:
        """Whether `at` lies in it."""
        return self.begin <= at < self.end


class Calendar(Struct, frozen=True):
    """When deploys happen. As it comes, always."""

    zone: str = "UTC"
    """The team's time zone, by its name in the tz database."""
    hours: tuple[TimeSpan | None, ...] = ()
    """Of each weekday from Monday on, None where it is closed; empty for every hour of every day."""
    slots: tuple[tuple[str, TimeSpan], ...] = ()
    """Name and time, in their order; a day has those that lie in its hours."""
    holidays: dict[date, str] = {}
    """Days on which nothing is deployed, with what they are called."""

    @property
    def tz(self) -> ZoneInfo:
        """The team's time zone."""
        return ZoneInfo(self.zone)

    @property
    def restricted(self) -> bool:
        """Whether anything is planned at all."""
        return bool(self.hours or self.slots or self.holidays)

    def date_of(self, at: float) -> date:
        """The date on the team's wall; of a time out of reach, as a record may hold, the last that is in it."""
        return datetime.fromtimestamp(min(max(at, 0.0), LAST), self.tz).date()

    def noon(self, day: date) -> float:
        """The middle of that day, more or less."""
        return instant(day, 720, self.tz)

    def day_of(self, at: float) -> date:
        """The day that people call it: after midnight the day before, while its hours or its slot last."""
        for day in self._days(at, 1):
            if (hours := self.hours_of(day)) and hours.contains(at):
                return day
        return self.date_of(at)

    def hours_of(self, day: date) -> Slot | None:
        """The hours of that day; None where it is closed."""
        span = self.hours[day.weekday()] if self.hours else TimeSpan(0, 1440)
        if span is None or day in self.holidays:
            return None
        return self._on(day, WHOLE_DAY, span)

    def slots_of(self, day: date) -> tuple[Slot, ...]:
        """The slots of that day, in their order."""
        if day in self.holidays:
            return ()
        found = (self._on(day, name, span) for name, span in self.slot_spans(day.weekday()))
        return tuple(slot for slot in found if slot)

    def slot_spans(self, weekday: int) -> tuple[tuple[str, TimeSpan], ...]:
        """The slots that such a weekday has, holidays apart."""
        return _named(self.hours, self.slots, weekday)

    def open_at(self, at: float) -> bool:
        """Whether deploys happen then."""
        return any((hours := self.hours_of(day)) is not None and hours.contains(at) for day in self._days(at, 1))

    def next_open(self, at: float) -> float | None:
        """The first instant from `at` on at which deploys happen; None where none is in sight."""
        hours = (self.hours_of(day) for day in self._days(at, AHEAD))
        return next((max(at, span.begin) for span in hours if span and span.end > at), None)

    def slot_at(self, at: float) -> Slot | None:
        """The slot that it is then."""
        return next((slot for day in self._days(at, 1) for slot in self.slots_of(day) if slot.contains(at)), None)

    def next_slot(self, at: float) -> Slot | None:
        """The first slot that begins after `at`; None where none is in sight."""
        if not (self.slots or self.hours):
            return None
        return next(
            (slot for day in self._days(at, AHEAD) for slot in self.slots_of(day) if slot.begin > at),
            None,
        )

    def slot_index(self, slot: Slot) -> int:
        """The slot's place in the row of all slots of all weeks, for whoever goes round by it.

        A holiday's places are passed over, so that what is told of a later day never changes with a holiday before it.
        """
        place = (slot.day.weekday(), slot.name)
        week = [(day, name) for day in range(7) for name, _ in self.slot_spans(day)]
        return (slot.day.toordinal() - 1) // 7 * len(week) + week.index(place)

    def _days(self, at: float, ahead: int) -> Iterator[date]:
        """Days whose hours may hold `at` or come after it: from the one before yesterday, for one may be missing."""
        today = self.date_of(at)
        return (today + timedelta(days=number) for number in range(-2, ahead))

    def _on(self, day: date, name: str, span: TimeSpan) -> Slot | None:
        """That span on that day; None where the clock leaves nothing of it."""
        begin, end = (instant(day, minutes, self.tz) for minutes in (span.begin, span.end))
        return Slot(name, day, begin, end) if begin < end else None


@lru_cache(256)  # it is asked for on every frame, for every slot of the week
def _named(
    hours: tuple[TimeSpan | None, ...], slots: tuple[tuple[str, TimeSpan], ...], weekday: int
) -> tuple[tuple[str, TimeSpan], ...]:
    of = hours[weekday] if hours else None
    if hours and of is None:
        return ()
    if of and not slots:
        return ((WHOLE_DAY, of),)
    return tuple((name, span) for name, span in slots if of is None or (of.begin <= span.begin and span.end <= of.end))


@lru_cache(4096)
def instant(day: date, minutes: int, zone: ZoneInfo) -> float:
    """The first instant at which a clock there shows so many minutes after that midnight, or has passed them."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    first, second = (wall.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))
    if first <= second:
        return first
    # In a gap the first reading is of the time before, and lies after the change; the second lies before it.
    before, after = int(second), int(first)
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, zone).replace(tzinfo=None) >= wall:
            after = middle
        else:
            before = middle
    return float(after)
