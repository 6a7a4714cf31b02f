"""The strip and the page of the day; the golden files show both, this what they must never do."""

from dataclasses import replace
from datetime import date

import pytest
from msgspec.structs import replace as put

from cockpit.deploy.events import Event
from cockpit.deploy.facts import Frozen
from cockpit.deploy.release import after
from cockpit.deploy.schedule.calendar import Calendar, TimeSpan
from cockpit.deploy.schedule.rota import Rota
from cockpit.deploy.snapshot import Log, Seen, Snapshot
from cockpit.views.day import page, strip
from cockpit.views.day_json import day
from cockpit.views.headline import headline
from cockpit.views.rows import length, plain
from tests.builders import ADA, CALENDAR, NOW, at_canary, frozen, hold_at_dogfood, idle, in_the_day, no_data

HOUR = 3600.0


def at(snapshot: Snapshot, now: float) -> str:
    return plain((strip(replace(snapshot, now=now), 80),))


def test_the_strip_says_how_each_slot_ended_whose_it_is_now_and_what_is_next() -> None:
    assert at(in_the_day(), NOW) == " ✓↺·↶··◉○○○○○  nap, ada's, 5 min left  then fourth, bob@desk's in 5 min"


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (-5, " ○○○○○○○○○○○○  outside deploy hours: opens Mon 09:00 CET, in 25 min"),
        (4, " ✓↺·↶··◐·····  outside deploy hours: opens Tue 09:00 CET, in 15 h 25 min"),
        (48, " outside deploy hours: opens Thu 09:00 CET, in 19 h 25 min"),
        (5 * 24, " outside deploy hours: opens Mon 09:00 CET, in 43 h 25 min"),
    ],
)
def test_outside_the_hours_it_says_when_they_begin(hours: float, said: str) -> None:
    assert at(in_the_day(), NOW + hours * HOUR) == said


def test_the_countdown_of_the_last_slot_has_nothing_after_it() -> None:
    assert at(in_the_day(), NOW + 3.4 * HOUR).endswith("last, cy's, 64 s left")


def test_between_slots_it_says_so_and_a_day_of_too_many_is_told_in_words() -> None:
    gaps = Calendar("UTC", slots=(("noon", TimeSpan(720, 740)), ("tea", TimeSpan(900, 920))))
    with_gaps = replace(idle(), policy=put(idle().policy, calendar=gaps))
    assert at(with_gaps, NOW + 1800) == " ·○  between slots  then tea in 1 h 55 min"
    many = Calendar("UTC", slots=tuple((f"s{n}", TimeSpan(n * 20, n * 20 + 20)) for n in range(72)))
    assert at(replace(idle(), policy=put(idle().policy, calendar=many)), NOW).startswith(" s37, ")


def test_without_a_calendar_there_is_no_strip_and_no_line_of_it_anywhere() -> None:
    assert strip(at_canary(), 80) == ()
    assert plain(page(idle(), 80)).splitlines()[1:3] == [
        "Mon 12:34 UTC", "open: releases start and steps are taken",
    ]  # fmt: skip


def test_the_strip_costs_no_row_and_gives_way_to_what_is_worth_more() -> None:
    calendar = {"calendar": CALENDAR}
    for scene, said in ((hold_at_dogfood, "64.0x"), (no_data, "counters: no host answered")):
        planned = replace(scene(), policy=put(scene().policy, **calendar))
        top = headline(planned, 80, ADA)
        assert len(top) == 3
        assert said in plain(top)
        assert "then" not in plain(top)


def test_a_freeze_is_on_the_headline_whatever_else_is_wrong() -> None:
    cold = frozen()
    assert " FROZEN  until Mon 14:58 CET by bob@desk: billing moves house" in plain(headline(cold, 80, ADA))
    worse = replace(cold, traffic=replace(cold.traffic, error="counters: gone"))
    assert " FROZEN  until Mon 14:58 CET  ? counters: gone" in plain(headline(worse, 80, ADA))
    assert "FROZEN" in plain(headline(cold, 80, watching=True))


def test_every_line_keeps_its_width_whatever_the_names_are() -> None:
    bad = "[red]\x1b[2J商品一覧の並び順を直す" * 3
    calendar = Calendar("Pacific/Chatham", slots=((bad, TimeSpan(0, 720)), ("b" * 99, TimeSpan(720, 1440))))
    policy = put(idle().policy, calendar=calendar, rota=Rota((bad, "c" * 99)))
    hostile = replace(in_the_day(), policy=policy, zone="Asia/Kathmandu")
    for width in (20, 40, 80, 160):
        lines = (*page(hostile, width), strip(hostile, width))
        assert all(length(line) == width for line in lines if line)
        assert "\x1b" not in plain(lines)


def test_a_rota_that_cannot_be_read_is_said_beside_what_was_read_last() -> None:
    stale: Seen[Rota | None] = Seen(
        Rota(("cy",)), NOW - 900, "rota: who.sh ended with 1; what was read 15 min ago counts"
    )
    said = plain(page(replace(in_the_day(), rota=stale), 80))
    assert "? rota: who.sh ended with 1; what was read 15 min ago counts" in said
    assert "nap        cy  5 min left" in said


def test_a_release_that_is_closed_stays_closed_when_a_freeze_is_recorded_in_its_log() -> None:
    calm = idle()
    assert calm.latest is not None
    frozen_later = after(calm.latest, Event(9, NOW - 60, ADA, "audit", Frozen(NOW + 60), ""))
    cold = replace(calm, log=Seen(Log((frozen_later,)), NOW))
    assert frozen_later.ended == calm.latest.ended
    assert "finished 19 h 27 min ago" in plain(headline(cold, 80, ADA))


def test_another_day_is_shown_too_and_a_holiday_by_its_name() -> None:
    said = plain(page(in_the_day(), 80, date(2026, 11, 25)))
    assert said.startswith("Wed 25 Nov 2026  a holiday")
    assert "closed: a holiday" in said
    assert "Fri 27 Nov 2026  09:00-13:00  6 slots" in said


def test_as_json_a_slot_says_what_it_is() -> None:
    told = day(in_the_day())
    assert [slot["state"] for slot in told["slots"]] == [
        "past", "past", "unused", "past", "unused", "unused", "now", *["next"] * 5,
    ]  # fmt: skip
    ended = [[release["ended"] for release in slot["releases"]] for slot in told["slots"]]
    assert ended[3] == ["rolled back", "abandoned"]
    assert told["slots"][1]["releases"][0]["hotfixes"] == 1
    assert told["now"]["commander"] == "ada"


def test_a_release_of_no_slot_is_listed_after_them() -> None:
    planned = in_the_day()
    early = Calendar("Europe/Berlin", slots=(("morning", TimeSpan(540, 700)),))
    told = day(replace(planned, policy=put(planned.policy, calendar=early)))
    assert [release["ended"] for release in told["outside_slots"]] == ["open"]
    said = plain(page(replace(planned, policy=put(planned.policy, calendar=early, rota=Rota(("cy",)))), 80))
    assert "◐ 13:33        –        ada@box  open at canary: 2026-11-23.3, 8 PRs" in said
