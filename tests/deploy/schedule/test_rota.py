"""The commander of a slot, and the next on the rota."""

import itertools
from datetime import date

import pytest

from cockpit.deploy.schedule.calendar import Calendar, TimeSpan
from cockpit.deploy.schedule.rota import Rota, read_rota

CALENDAR = Calendar("UTC", (TimeSpan(540, 1020),) * 7, (("early", TimeSpan(540, 720)), ("noon", TimeSpan(720, 900))))
MONDAY = CALENDAR.slots_of(date(2026, 11, 23))


@pytest.mark.parametrize(
    ("person", "following"),
    [("ann@box", "bob@desk"), ("bob@desk", "cy"), ("cy@laptop", "ann"), ("dan@box", "ann"), ("", "ann")],
)
def test_the_next_follows_in_the_order_of_the_rota_and_wraps_around(person: str, following: str) -> None:
    assert Rota(("ann", "bob@desk", "cy")).next_after(person) == following


def test_without_another_person_there_is_no_next() -> None:
    assert Rota().next_after("ann@box") == ""
    assert Rota(("ann",)).next_after("ann@box") == ""


def test_people_take_the_slots_in_turn_and_no_one_always_has_the_same() -> None:
    rota = Rota(("ann", "bob", "cy"))
    week = [rota.commander(CALENDAR, slot) for day in range(23, 30) for slot in CALENDAR.slots_of(date(2026, 11, day))]
    assert all(person != following for person, following in itertools.pairwise(week))
    assert {week.count(person) for person in rota.people} <= {4, 5}
    assert {week[n] for n in range(0, 14, 2)} == set(rota.people)


@pytest.mark.parametrize(
    ("fixed", "early", "noon"),
    [
        ({"mon": "mo"}, "mo", "mo"),
        ({"mon": "mo", "noon": "no"}, "mo", "no"),
        ({"noon": "no", "mon noon": "mn"}, "turn", "mn"),
        ({"2026-11-23": "da", "mon noon": "mn"}, "da", "da"),
        ({"2026-11-23": "da", "2026-11-23 noon": "dn"}, "da", "dn"),
        ({"tue": "tu", "2026-11-24 noon": "dn"}, "turn", "turn"),
    ],
)
def test_a_fixed_entry_wins_over_the_turn_the_most_specific_first(fixed: dict[str, str], early: str, noon: str) -> None:
    rota = Rota(("turn",), fixed)
    assert tuple(rota.commander(CALENDAR, slot) for slot in MONDAY) == (early, noon)


def test_an_empty_rota_has_no_commander() -> None:
    assert Rota(fixed={"tue": "tu"}).commander(CALENDAR, MONDAY[0]) == ""


@pytest.mark.parametrize(
    ("text", "rota"),
    [
        ("ann\nbob@desk # the new one\n\n", Rota(("ann", "bob@desk"))),
        ("# who\n2026-12-01  noon   ann@box\nmon bob", Rota((), {"2026-12-01 noon": "ann@box", "mon": "bob"})),
        ('["ann", "bob"]', Rota(("ann", "bob"))),
        (' {"mon noon": "ann"}', Rota((), {"mon noon": "ann"})),
        ("noon \x1b[31mann\x1b[0m\u202e", Rota((), {"noon": "ann"})),
    ],
)
def test_a_rota_is_read_and_cleaned(text: str, rota: Rota) -> None:
    assert read_rota(text) == rota


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no names"),
        ("# closed today\n", "no names"),
        ("{}", "no names"),
        ("[1]", "must be a list of people"),
        ('{"mon": ["ann"]}', "must be a list of people"),
        ("{broken", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ('["\x1b[2J"]', "JSON"),
        ('["\\u001b[2J"]', "empty name"),
    ],
)
def test_an_invalid_rota_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_rota(text)


def test_keys_that_are_no_day_or_slot_of_the_calendar_are_unknown() -> None:
    keys = ("late", "mon", "mon late", "2026-11-23 late", "20261123", "someday late", "mon noon")
    calendar = Calendar(slots=(("late", TimeSpan(16 * 60, 24 * 60)),))
    assert set(Rota(fixed=dict.fromkeys(keys, "ann")).unknown_keys(calendar)) == {
        "20261123",
        "someday late",
        "mon noon",
    }
