"""The calendar and the rota of config.toml: what they come to, and each mistake with its key and line."""

from datetime import date
from pathlib import Path

import pytest

from cockpit.config import load
from cockpit.deploy.schedule.calendar import Calendar, TimeSpan
from tests.config.test_load import SMALL, problems, written

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


def test_a_calendar_is_read_as_it_is_written(tmp_path: Path) -> None:
    policy = load(written(tmp_path, SMALL + DAY)).policy
    assert policy.calendar == Calendar(
        "Europe/Berlin",
        (TimeSpan(540, 1050), None, None, None, TimeSpan(1320, 1560), None, None),
        (("breakfast", TimeSpan(540, 580)), ("after lunch", TimeSpan(780, 840)), ("late", TimeSpan(1410, 1470))),
        {date(2026, 12, 25): "Christmas"},
    )
    assert policy.rota.people == ("ann", "bob@desk")
    assert policy.rota.fixed == {"mon": "bob", "2026-12-01 after lunch": "ann@box"}


def test_no_calendar_is_always_open(tmp_path: Path) -> None:
    assert load(written(tmp_path, SMALL)).policy.calendar == Calendar()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('"Europe/Berlin"', '"Europe/Berln"'), 'line 13: calendar.zone "Europe/Berln" is no time zone; did you mean'),
        (('"Europe/Berlin"', '"../etc/passwd"'), 'calendar.zone "../etc/passwd" is no time zone'),
        (('"Europe/Berlin"', '"Europe"'), 'calendar.zone "Europe" is no time zone'),
        (('"Europe/Berlin"', '""'), 'calendar.zone "" is no time zone'),
        (('"Europe/Berlin"', "3"), "calendar.zone must be a text"),
        (('mon = "09', 'mno = "09'), "line 15: calendar.hours.mno is not a key that cockpit knows; did you"),
        (
            ("09:00-17:30", "17:30-09:00"),
            "line 15: calendar.hours.mon ends before it begins; past midnight write 17:30-33",
        ),
        (("09:00-17:30", "9-17"), 'line 15: calendar.hours.mon "9-17" is not written as 09:00-17:00'),
        (("09:00-17:30", "09:00-17:60"), "is not written as 09:00-17:00"),
        (("22:00-26:00", "25:00-26:00"), "line 16: calendar.hours.fri must begin before 24:00"),
        (("22:00-26:00", "01:00-26:00"), "line 16: calendar.hours.fri is longer than a day"),
        (("13:00-14:00", "09:39-14:00"), "calendar.slots.breakfast overlaps with after lunch"),
        (("23:30 - 24:30", "20:00-21:00"), "line 20: calendar.slots.late lies in the hours of no weekday"),
        (("late =", "mon ="), "calendar.slots.mon is no name for a slot"),
        (("2026-12-25 =", "2026-13-25 ="), "line 22: calendar.holidays.2026-13-25 is no date: write 2026-12-25"),
        (("2026-12-25 =", "12-25 ="), "line 22: calendar.holidays.12-25 is no date: write 2026-12-25"),
        (('mon = "bob"', 'mn = "bob"'), "line 26: rota.fixed.mn is no date, weekday or slot; did you mean mon?"),
        (('"2026-12-01 after', '"2026-12-01 befor'), "is no date, weekday or slot"),
        (('"ann@box"', '"ann box"'), "rota.fixed 'ann box' is no user or user@host"),
        (('["ann",', '["",'), "rota.people '' is no user or user@host"),
        (("people =", 'file = "a"\ncommand = ["b"]\npeople ='), "rota.command cannot be there beside rota.file"),
        (("people =", "every = 0.1\npeople ="), "rota.every must be from 1 to 86400"),
    ],
)
def test_each_mistake_is_named_with_its_key_and_line(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    found = problems(tmp_path, SMALL + DAY.replace(*change))
    assert any(said in line for line in found), found
    assert len(found) == 1, "one mistake, one line"


def test_slots_that_reach_past_midnight_into_the_first_of_the_next_day_overlap(tmp_path: Path) -> None:
    text = SMALL + '[calendar.slots]\nfirst = "00:10-01:00"\nlast = "23:30-24:20"\n'
    assert problems(tmp_path, text) == ["line 13: calendar.slots.last overlaps with first"]
