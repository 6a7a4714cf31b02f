"""The calendar on real clocks: clock changes, midnight and unusual zones."""

import itertools
import random
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cockpit.deploy.schedule.calendar import Calendar, TimeSpan, instant

OFFICE = (*(TimeSpan(9 * 60, 17 * 60),) * 5, None, None)


def at(text: str, zone: str = "UTC", fold: int = 0) -> float:
    """The instant at which a clock in the zone shows this time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def shown(instant: float | None, zone: str) -> str:
    """The local time in the zone, with its offset."""
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).isoformat()[:16] if instant is not None else "never"


def test_without_a_calendar_it_is_always_open_and_there_are_no_slots() -> None:
    calendar, now = Calendar(), at("2026-11-22T03:00")
    assert (calendar.restricted, calendar.open_at(now), calendar.next_open(now)) == (False, True, now)
    assert (calendar.slot_at(now), calendar.next_slot(now), calendar.slots_of(date(2026, 11, 22))) == (None, None, ())


@pytest.mark.parametrize(
    "calendar",
    [
        Calendar(hours=OFFICE),
        Calendar(slots=(("late", TimeSpan(16 * 60, 24 * 60)),)),
        Calendar(holidays={date(2026, 12, 25): "Christmas"}),
    ],
    ids=["hours", "slots", "holidays"],
)
def test_hours_slots_or_holidays_restrict_a_calendar(calendar: Calendar) -> None:
    assert calendar.restricted


@pytest.mark.parametrize(
    ("zone", "now", "is_open", "next_open"),
    [
        ("Europe/Berlin", "2026-11-23T09:00", True, "2026-11-23T09:00"),
        ("Europe/Berlin", "2026-11-23T08:59", False, "2026-11-23T09:00"),
        ("Europe/Berlin", "2026-11-23T17:00", False, "2026-11-24T09:00"),
        ("Europe/Berlin", "2026-11-27T17:00", False, "2026-11-30T09:00"),
        ("Europe/Berlin", "2026-03-27T18:00", False, "2026-03-30T09:00"),
        ("Europe/Berlin", "2026-10-23T18:00", False, "2026-10-26T09:00"),
        ("America/New_York", "2026-03-06T18:00", False, "2026-03-09T09:00"),
        ("America/New_York", "2026-10-30T18:00", False, "2026-11-02T09:00"),
        ("Asia/Kolkata", "2026-11-27T17:30", False, "2026-11-30T09:00"),
        ("Australia/Lord_Howe", "2026-04-03T17:00", False, "2026-04-06T09:00"),
        ("Pacific/Apia", "2011-12-29T17:00", False, "2012-01-02T09:00"),
        ("Pacific/Kiritimati", "2026-11-23T16:59", True, "2026-11-23T16:59"),
    ],
)
def test_hours_follow_the_teams_clock(zone: str, now: str, is_open: bool, next_open: str) -> None:
    calendar, moment = Calendar(zone, OFFICE), at(now, zone)
    assert calendar.open_at(moment) is is_open
    assert shown(calendar.next_open(moment), zone) == next_open


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Asia/Kolkata", date(2026, 3, 29), 24),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Africa/Cairo", date(2026, 4, 24), 23),  # its midnight does not exist
        ("Pacific/Apia", date(2011, 12, 30), 0),  # nor does the whole day
    ],
)
def test_the_length_of_a_day_follows_the_clock(zone: str, day: date, hours: float) -> None:
    whole = Calendar(zone).hours_of(day)
    assert (whole.end - whole.begin if whole else 0) == hours * 3600


NIGHT = (
    ("early", TimeSpan(90, 120)),
    ("night", TimeSpan(120, 180)),
    ("late", TimeSpan(150, 210)),
    ("morning", TimeSpan(210, 270)),
)


def test_a_slot_in_the_gap_does_not_exist_and_one_that_overlaps_it_is_shorter() -> None:
    slots = {slot.name: slot for slot in Calendar("Europe/Berlin", slots=NIGHT).slots_of(date(2026, 3, 29))}
    change = at("2026-03-29T01:00")
    assert list(slots) == ["early", "late", "morning"]
    assert (slots["early"].end, slots["late"].begin) == (change, change)
    assert slots["late"].end - slots["late"].begin == 30 * 60
    assert shown(slots["morning"].begin, "Europe/Berlin") == "2026-03-29T03:30"


def test_a_slot_with_a_repeated_hour_is_an_hour_longer() -> None:
    slots = {slot.name: slot for slot in Calendar("Europe/Berlin", slots=NIGHT).slots_of(date(2026, 10, 25))}
    assert {name: (slot.end - slot.begin) / 60 for name, slot in slots.items()} == {
        "early": 30, "night": 120, "late": 120, "morning": 60,
    }  # fmt: skip
    calendar = Calendar("Europe/Berlin", slots=NIGHT[1:2])
    for fold in (0, 1):
        now = calendar.slot_at(at("2026-10-25T02:30", "Europe/Berlin", fold))
        assert now is not None
        assert now.name == "night"


NIGHTLY = Calendar(
    "Europe/Berlin",
    (*(TimeSpan(22 * 60, 26 * 60),) * 5, None, None),
    (
        ("evening", TimeSpan(22 * 60, 23 * 60)),
        ("midnight", TimeSpan(23 * 60 + 30, 24 * 60 + 30)),
        ("small", TimeSpan(1500, 1560)),
    ),
    {date(2026, 11, 25): "a holiday"},
)


@pytest.mark.parametrize(
    ("now", "name", "day"),
    [
        ("2026-11-23T23:45", "midnight", 23),
        ("2026-11-24T00:15", "midnight", 23),
        ("2026-11-24T00:30", "", 23),
        ("2026-11-24T01:59", "small", 23),
        ("2026-11-24T02:00", "", 24),
        ("2026-11-25T01:30", "small", 24),
        ("2026-11-25T22:30", "", 25),
        ("2026-11-28T00:00", "midnight", 27),
        ("2026-11-28T22:30", "", 28),
    ],
)
def test_a_slot_across_midnight_belongs_to_the_day_it_began_on(now: str, name: str, day: int) -> None:
    moment = at(now, "Europe/Berlin")
    slot = NIGHTLY.slot_at(moment)
    assert (slot.name if slot else "") == name
    assert (NIGHTLY.day_of(moment).day, slot.day.day if slot else day) == (day, day)


def test_a_holiday_is_closed_and_has_no_slots() -> None:
    noon = at("2026-11-25T12:00", "Europe/Berlin")
    assert not NIGHTLY.slots_of(date(2026, 11, 25))
    assert shown(NIGHTLY.next_open(noon), "Europe/Berlin") == "2026-11-26T22:00"
    coming = NIGHTLY.next_slot(noon)
    assert coming is not None
    assert (coming.name, coming.day) == ("evening", date(2026, 11, 26))


def test_endless_holidays_leave_no_open_hour() -> None:
    days = {date(2026, 1, 1) + timedelta(days=number): "closed" for number in range(800)}
    calendar = Calendar("UTC", OFFICE, (), days)
    assert calendar.next_open(at("2026-03-01T12:00")) is None
    assert calendar.next_slot(at("2026-03-01T12:00")) is None


def test_a_day_has_the_slots_within_its_hours_or_one_unnamed_slot() -> None:
    slots = tuple((f"s{hour}", TimeSpan(hour * 60, hour * 60 + 45)) for hour in range(9, 17))
    short = Calendar("UTC", (*(TimeSpan(540, 1020),) * 4, TimeSpan(540, 720), None, None), slots)
    assert [len(short.slots_of(date(2026, 11, 23 + n))) for n in range(7)] == [8, 8, 8, 8, 3, 0, 0]
    (day,) = Calendar("UTC", OFFICE).slots_of(date(2026, 11, 23))
    assert (day.name, day.begin, day.end) == ("day", at("2026-11-23T09:00"), at("2026-11-23T17:00"))


def test_slot_indices_have_no_gap_over_weekends_and_years() -> None:
    calendar = Calendar("UTC", OFFICE, tuple((f"s{n}", TimeSpan(540 + n * 40, 580 + n * 40)) for n in range(12)))
    days = (date(2026, 12, 21) + timedelta(days=number) for number in range(30))
    turns = [calendar.slot_index(slot) for day in days for slot in calendar.slots_of(day)]
    assert turns == list(range(turns[0], turns[0] + len(turns)))


ZONES = (
    "UTC", "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns", "Asia/Kolkata", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Africa/Cairo", "Africa/Casablanca", "Pacific/Apia", "Pacific/Chatham",
    "America/Scoresbysund",
)  # fmt: skip


@pytest.mark.parametrize("zone", ZONES)
def test_adjacent_slots_cover_the_day_once_at_any_change_of_the_clock(zone: str) -> None:
    dice = random.Random(zone)
    tz = ZoneInfo(zone)
    for _ in range(60):
        cuts = [0, *sorted(dice.sample(range(1, 1440), dice.randint(1, 11))), 1440]
        slots = tuple((f"s{a}", TimeSpan(a, b)) for a, b in itertools.pairwise(cuts))
        calendar = Calendar(zone, slots=slots)
        day = date(2010, 1, 1) + timedelta(days=dice.randrange(365 * 20))
        found = [slot for n in range(3) for slot in calendar.slots_of(day + timedelta(days=n))]
        assert all(slot.end == following.begin for slot, following in itertools.pairwise(found)), (day, cuts)
        begin, end = instant(day, 0, tz), instant(day + timedelta(days=3), 0, tz)
        assert sum(slot.end - slot.begin for slot in found) == end - begin
        for _ in range(20):
            moment = dice.uniform(begin, end - 1)
            inside = [slot for slot in found if slot.contains(moment)]
            assert inside == [calendar.slot_at(moment)]


@pytest.mark.parametrize("zone", ZONES)
def test_the_next_open_minute_is_open_and_nothing_before_it_is(zone: str) -> None:
    dice = random.Random(zone)
    for _ in range(60):
        hours = tuple(
            None if dice.random() < 0.4 else TimeSpan(begin := dice.randrange(1440), begin + dice.randint(1, 1440))
            for _ in range(7)
        )
        if not any(hours):
            continue
        calendar = Calendar(zone, hours)
        now = float(dice.randrange(1_200_000_000, 2_000_000_000))
        opens = calendar.next_open(now)
        assert opens is not None
        assert calendar.open_at(opens)
        assert opens == now or not calendar.open_at(now)
        assert not any(calendar.open_at(dice.uniform(now, opens)) for _ in range(20) if opens > now)
