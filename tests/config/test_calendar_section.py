"""The calendar and the rota of config.toml are read, and each mistake is named with its key and line."""

from datetime import date
from pathlib import Path

import pytest

from cockpit.config import load
from cockpit.deploy.schedule.calendar import Calendar, TimeSpan
from tests.config.config_files import SMALL, problems, written

DAY = """
[calendar]
zone = "Europe/Berlin"
[calendar.hours]
mon = "09:00-17:30"
fri = "22:00-26:00"
[calendar.slots]
"after lunch" = "13:00-14:00"
breakfast = "09:00-09:40"
late = "23:30 - 24:30"
[calendar.holidays]
2026-12-25 = "Christmas"
[rota]
people = ["ann", "bob@desk"]
[rota.fixed]
mon = "bob"
"2026-12-01 after lunch" = "ann@box"
"""


def test_a_calendar_and_a_rota_are_read(tmp_path: Path) -> None:
    policy = load(written(tmp_path, SMALL + DAY)).policy
    assert policy.calendar == Calendar(
        "Europe/Berlin",
        (TimeSpan(540, 1050), None, None, None, TimeSpan(1320, 1560), None, None),
        (("breakfast", TimeSpan(540, 580)), ("after lunch", TimeSpan(780, 840)), ("late", TimeSpan(1410, 1470))),
        {date(2026, 12, 25): "Christmas"},
    )
    assert policy.rota.people == ("ann", "bob@desk")
    assert policy.rota.fixed == {"mon": "bob", "2026-12-01 after lunch": "ann@box"}


def test_without_a_calendar_deploys_are_always_allowed(tmp_path: Path) -> None:
    assert load(written(tmp_path, SMALL)).policy.calendar == Calendar()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            ('"Europe/Berlin"', '"Europe/Berln"'),
            'line 13: calendar.zone has an unknown time zone "Europe/Berln"; did you mean',
        ),
        (('"Europe/Berlin"', '"../etc/passwd"'), 'calendar.zone has an unknown time zone "../etc/passwd"'),
        (('"Europe/Berlin"', '"Europe"'), 'calendar.zone has an unknown time zone "Europe"'),
        (('"Europe/Berlin"', '""'), 'calendar.zone has an unknown time zone ""'),
        (('"Europe/Berlin"', "3"), "calendar.zone must be a string"),
        (('mon = "09', 'mno = "09'), "line 15: calendar.hours.mno is an unknown key; did you"),
        (
            ("09:00-17:30", "17:30-09:00"),
            "line 15: calendar.hours.mon ends before it begins; past midnight write 17:30-33",
        ),
        (
            ("09:00-17:30", "9-17"),
            'line 15: calendar.hours.mon has an invalid time span "9-17": write it as 09:00-17:00',
        ),
        (("09:00-17:30", "09:00-17:60"), "has an invalid time span"),
        (("22:00-26:00", "25:00-26:00"), "line 16: calendar.hours.fri must begin before 24:00"),
        (("22:00-26:00", "01:00-26:00"), "line 16: calendar.hours.fri is longer than a day"),
        (("13:00-14:00", "09:39-14:00"), "calendar.slots.breakfast overlaps with after lunch"),
        (("23:30 - 24:30", "20:00-21:00"), "line 20: calendar.slots.late is outside the hours of every weekday"),
        (("late =", "mon ="), "calendar.slots.mon is an invalid slot name"),
        (
            ("2026-12-25 =", "2026-13-25 ="),
            "line 22: calendar.holidays.2026-13-25 is an invalid date: write 2026-12-25",
        ),
        (("2026-12-25 =", "12-25 ="), "line 22: calendar.holidays.12-25 is an invalid date: write 2026-12-25"),
        (('mon = "bob"', 'mn = "bob"'), "line 26: rota.fixed.mn is not a date, weekday or slot; did you mean mon?"),
        (('"2026-12-01 after', '"2026-12-01 befor'), "is not a date, weekday or slot"),
        (('"ann@box"', '"ann box"'), "rota.fixed has an invalid person 'ann box': write user or user@host"),
        (('["ann",', '["",'), "rota.people has an invalid person '': write user or user@host"),
        (("people =", 'file = "a"\ncommand = ["b"]\npeople ='), "rota.command excludes rota.file: remove one of them"),
        (("people =", "every = 0.1\npeople ="), "rota.every must be from 1 to 86400"),
    ],
)
def test_each_mistake_is_named_with_its_key_and_line(tmp_path: Path, change: tuple[str, str], problem: str) -> None:
    (line,) = problems(tmp_path, SMALL + DAY.replace(*change))
    assert problem in line


def test_a_slot_past_midnight_may_overlap_with_the_first_of_the_next_day(tmp_path: Path) -> None:
    text = SMALL + '[calendar.slots]\nfirst = "00:10-01:00"\nlast = "23:30-24:20"\n'
    assert problems(tmp_path, text) == ["line 13: calendar.slots.last overlaps with first"]
