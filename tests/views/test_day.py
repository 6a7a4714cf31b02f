"""The strip and the page of the day, beyond what the golden texts show."""

from dataclasses import replace
from datetime import date

import pytest
from msgspec.structs import replace as put

from cockpit.deploy.events import Event
from cockpit.deploy.facts import Frozen
from cockpit.deploy.release_fold import apply
from cockpit.deploy.schedule.calendar import Calendar, TimeSpan
from cockpit.deploy.schedule.rota import Rota
from cockpit.deploy.snapshot import Log, Seen, Snapshot
from cockpit.views.day import day_strip, page
from cockpit.views.headline import headline
from cockpit.views.rows import length, plain
from tests.builders import ADA, CALENDAR, NOW, at_canary, frozen, hold_at_dogfood, idle, in_the_day, no_data

HOUR = 3600.0


def at(snapshot: Snapshot, now: float) -> str:
    return plain((day_strip(replace(snapshot, now=now), 80),))


def test_the_strip_has_a_mark_for_each_slot_the_present_and_the_next_slot() -> None:
    assert at(in_the_day(), NOW) == " ✓↺·↶··◉○○○○○  nap (ada), 5 min left  next fourth (bob@desk) in 5 min"


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (-5, " ○○○○○○○○○○○○  outside deploy hours: opens Mon 09:00 CET, in 25 min"),
        (4, " ✓↺·↶··◐·····  outside deploy hours: opens Tue 09:00 CET, in 15 h 25 min"),
        (48, " outside deploy hours: opens Thu 09:00 CET, in 19 h 25 min"),
        (5 * 24, " outside deploy hours: opens Mon 09:00 CET, in 43 h 25 min"),
    ],
)
def test_outside_deploy_hours_the_strip_says_when_they_begin(hours: float, text: str) -> None:
    assert at(in_the_day(), NOW + hours * HOUR) == text


def test_no_slot_follows_the_last_one() -> None:
    assert at(in_the_day(), NOW + 3.4 * HOUR).endswith("last (cy), 64 s left")


def test_between_slots_the_strip_names_the_next_and_too_many_slots_have_no_marks() -> None:
    gaps = Calendar("UTC", slots=(("noon", TimeSpan(720, 740)), ("tea", TimeSpan(900, 920))))
    with_gaps = replace(idle(), policy=put(idle().policy, calendar=gaps))
    assert at(with_gaps, NOW + 1800) == " ·○  between slots  next tea in 1 h 55 min"
    many = Calendar("UTC", slots=tuple((f"s{n}", TimeSpan(n * 20, n * 20 + 20)) for n in range(72)))
    assert at(replace(idle(), policy=put(idle().policy, calendar=many)), NOW).startswith(" s37, ")


def test_without_a_calendar_there_is_no_strip() -> None:
    assert day_strip(at_canary(), 80) == ()
    assert plain(page(idle(), 80)).splitlines()[1:3] == [
        "Mon 12:34 UTC", "open: deploys are allowed",
    ]  # fmt: skip


def test_a_long_reason_or_an_error_replaces_the_strip() -> None:
    calendar = {"calendar": CALENDAR}
    for scene, text in ((hold_at_dogfood, "64.0x"), (no_data, "counters: no host answered")):
        planned = replace(scene(), policy=put(scene().policy, **calendar))
        top = headline(planned, 80, ADA)
        assert len(top) == 3
        assert text in plain(top)
        assert "next" not in plain(top)


def test_the_headline_shows_a_freeze_beside_errors() -> None:
    frozen_day = frozen()
    assert " FROZEN  until Mon 14:58 CET by bob@desk: billing moves house" in plain(headline(frozen_day, 80, ADA))
    worse = replace(frozen_day, traffic=replace(frozen_day.traffic, error="counters: gone"))
    assert " FROZEN  until Mon 14:58 CET  ? counters: gone" in plain(headline(worse, 80, ADA))
    assert "FROZEN" in plain(headline(frozen_day, 80, watching=True))


def test_every_line_keeps_its_width_with_hostile_names() -> None:
    bad = "[red]\x1b[2J商品一覧の並び順を直す" * 3
    calendar = Calendar("Pacific/Chatham", slots=((bad, TimeSpan(0, 720)), ("b" * 99, TimeSpan(720, 1440))))
    policy = put(idle().policy, calendar=calendar, rota=Rota((bad, "c" * 99)))
    hostile = replace(in_the_day(), policy=policy, zone="Asia/Kathmandu")
    for width in (20, 40, 80, 160):
        lines = (*page(hostile, width), day_strip(hostile, width))
        assert all(length(line) == width for line in lines if line)
        assert "\x1b" not in plain(lines)


def test_an_unreadable_rota_is_an_error_and_the_last_one_read_counts() -> None:
    stale: Seen[Rota | None] = Seen(
        Rota(("cy",)), NOW - 900, "rota: who.sh ended with 1; what was read 15 min ago counts"
    )
    text = plain(page(replace(in_the_day(), rota=stale), 80))
    assert "? rota: who.sh ended with 1; what was read 15 min ago counts" in text
    assert "nap        cy  5 min left" in text


def test_a_freeze_recorded_in_a_closed_release_does_not_change_its_end() -> None:
    calm = idle()
    assert calm.latest is not None
    frozen_later = apply(calm.latest, Event(9, NOW - 60, ADA, "audit", Frozen(NOW + 60), ""))
    frozen_day = replace(calm, log=Seen(Log((frozen_later,)), NOW))
    assert frozen_later.ended_at == calm.latest.ended_at
    assert "finished 19 h 27 min ago" in plain(headline(frozen_day, 80, ADA))


def test_the_page_shows_another_day_and_the_name_of_a_holiday() -> None:
    text = plain(page(in_the_day(), 80, date(2026, 11, 25)))
    assert text.startswith("Wed 25 Nov 2026  a holiday")
    assert "closed: a holiday" in text
    assert "Fri 27 Nov 2026  09:00-13:00  6 slots" in text


def test_a_release_outside_the_slots_is_listed_after_them() -> None:
    early = Calendar("Europe/Berlin", slots=(("morning", TimeSpan(540, 700)),))
    base = in_the_day()
    text = plain(page(replace(base, policy=put(base.policy, calendar=early, rota=Rota(("cy",)))), 80))
    assert "◐ 13:33        –        ada@box  open at canary: 2026-11-23.3, 8 PRs" in text
