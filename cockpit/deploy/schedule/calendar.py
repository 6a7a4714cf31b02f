"""The deploy calendar: the days and hours of deploys, and the slots of a day.

Hours and slots are local times of the team; arguments and results are seconds since the epoch. A local time means the
first instant at which the clock shows it or has passed it. When the clock is set forward, a time in the gap is the
instant of the change, and a slot wholly in the gap does not exist on that day. When it is set back, the slot with the
repeated hour is an hour longer. Adjacent slots stay adjacent on every day and never overlap.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec import Struct

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AHEAD = 400
"""How many days are searched for the next open one."""
LAST = 7_258_118_400.0
"""The end of 2199, the latest supported time."""
WHOLE_DAY = "day"
"""The name of a day's only slot if the calendar has hours and no slots."""


class TimeSpan(Struct, frozen=True):
    """A span of local time, in minutes after the day's first midnight; above 1440 is the next day."""

    begin: int
    end: int


class Slot(Struct, frozen=True):
    """One slot of one day, from `begin` to before `end`."""

    name: str
    day: date
    """The day it belongs to, also for the part after midnight."""
    begin: float
    end: float

    def contains(self, at: float) -> bool:
        """Whether `at` is in the slot."""
        return self.begin <= at < self.end


class Calendar(Struct, frozen=True):
    """When deploys happen. The default is always."""

    zone: str = "UTC"
    """The team's time zone, as a name of the tz database."""
    hours: tuple[TimeSpan | None, ...] = ()
    """The hours of each weekday from Monday on, None if it is closed; empty for always open."""
    slots: tuple[tuple[str, TimeSpan], ...] = ()
    """(name, time) in their order. A day has the slots within its hours."""
    holidays: dict[date, str] = {}
    """Days without deploys, with their names."""

    @property
    def tz(self) -> ZoneInfo:
        """The team's time zone."""
        return ZoneInfo(self.zone)

    @property
    def restricted(self) -> bool:
        """Whether the calendar has any hours, slots or holidays."""
        return bool(self.hours or self.slots or self.holidays)

    def date_of(self, at: float) -> date:
        """The local date. A time out of range, as a record may hold, gives the last date in range."""
        return datetime.fromtimestamp(min(max(at, 0.0), LAST), self.tz).date()

    def noon(self, day: date) -> float:
        """Noon of the day."""
        return instant(day, 720, self.tz)

    def day_of(self, at: float) -> date:
        """The day of a time. After midnight it is still the day before while that day's hours last."""
        for day in self._days(at, 1):
            if (hours := self.hours_of(day)) and hours.contains(at):
                return day
        return self.date_of(at)

    def hours_of(self, day: date) -> Slot | None:
        """The hours of the day; None if it is closed."""
        span = self.hours[day.weekday()] if self.hours else TimeSpan(0, 1440)
        if span is None or day in self.holidays:
            return None
        return self._on(day, WHOLE_DAY, span)

    def slots_of(self, day: date) -> tuple[Slot, ...]:
        """The slots of the day, in their order."""
        if day in self.holidays:
            return ()
        slots = (self._on(day, name, span) for name, span in self.slot_spans(day.weekday()))
        return tuple(slot for slot in slots if slot)

    def slot_spans(self, weekday: int) -> tuple[tuple[str, TimeSpan], ...]:
        """The names and times of the slots of a weekday, without regard to holidays."""
        return _named(self.hours, self.slots, weekday)

    def open_at(self, at: float) -> bool:
        """Whether deploys are allowed at this time."""
        return any((hours := self.hours_of(day)) is not None and hours.contains(at) for day in self._days(at, 1))

    def next_open(self, at: float) -> float | None:
        """The first instant from `at` on at which deploys are allowed; None if there is none within `AHEAD` days."""
        hours = (self.hours_of(day) for day in self._days(at, AHEAD))
        return next((max(at, span.begin) for span in hours if span and span.end > at), None)

    def slot_at(self, at: float) -> Slot | None:
        """The slot at this time; None between slots."""
        return next((slot for day in self._days(at, 1) for slot in self.slots_of(day) if slot.contains(at)), None)

    def next_slot(self, at: float) -> Slot | None:
        """The first slot that begins after `at`; None if there is none within `AHEAD` days."""
        if not (self.slots or self.hours):
            return None
        return next(
            (slot for day in self._days(at, AHEAD) for slot in self.slots_of(day) if slot.begin > at),
            None,
        )

    def slot_index(self, slot: Slot) -> int:
        """The index of the slot in the sequence of all slots of all weeks, for turns.

        Slots on holidays are counted too, so a new holiday never changes the turns of later days.
        """
        place = (slot.day.weekday(), slot.name)
        week = [(day, name) for day in range(7) for name, _ in self.slot_spans(day)]
        return (slot.day.toordinal() - 1) // 7 * len(week) + week.index(place)

    def _days(self, at: float, ahead: int) -> Iterator[date]:
        """Days whose hours may contain `at` or come later. A zone may skip a date, so it starts two days before."""
        today = self.date_of(at)
        return (today + timedelta(days=number) for number in range(-2, ahead))

    def _on(self, day: date, name: str, span: TimeSpan) -> Slot | None:
        """The span on this day; None if it lies wholly in a gap of the clock."""
        begin, end = (instant(day, minutes, self.tz) for minutes in (span.begin, span.end))
        return Slot(name, day, begin, end) if begin < end else None


@lru_cache(256)  # called on every frame, for every slot of the week
def _named(
    hours: tuple[TimeSpan | None, ...], slots: tuple[tuple[str, TimeSpan], ...], weekday: int
) -> tuple[tuple[str, TimeSpan], ...]:
    day = hours[weekday] if hours else None
    if hours and day is None:
        return ()
    if day and not slots:
        return ((WHOLE_DAY, day),)
    return tuple(
        (name, span) for name, span in slots if day is None or (day.begin <= span.begin and span.end <= day.end)
    )


@lru_cache(4096)
def instant(day: date, minutes: int, zone: ZoneInfo) -> float:
    """The first instant at which a clock in `zone` shows this many minutes after the day's midnight, or more."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    first, second = (wall.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))
    if first <= second:
        return first
    # In a gap, fold 0 uses the offset before the change and gives a later instant; fold 1 gives an earlier one.
    before, after = int(second), int(first)
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, zone).replace(tzinfo=None) >= wall:
            after = middle
        else:
            before = middle
    return float(after)
