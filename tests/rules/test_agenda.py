"""The agenda of a day: slots, commanders and releases."""

from datetime import date

import pytest

from cockpit.rules.agenda import Ending, agenda, ending, freezes_on, releases_outside_slots
from tests.builders import frozen, in_the_day

MONDAY, SUNDAY = date(2026, 11, 23), date(2026, 11, 22)


def test_a_release_is_in_the_slot_in_which_it_started() -> None:
    by_slot = {row.slot.name: tuple(release.id for release in row.releases) for row in agenda(in_the_day(), MONDAY)}
    assert {name: ids for name, ids in by_slot.items() if ids} == {
        "breakfast": ("2026-11-22.10",),
        "first": ("2026-11-22.11",),
        "brunch": ("2026-11-22.12", "2026-11-22.13"),
        "nap": ("2026-11-23.3",),
    }


def test_each_slot_has_its_commander_from_the_rota() -> None:
    people = [row.person for row in agenda(in_the_day(), MONDAY)]
    assert people == ["ada", "bob@desk", "cy"] * 4


def test_a_day_without_slots_has_an_empty_agenda_and_its_releases_are_outside() -> None:
    snapshot = in_the_day()
    assert agenda(snapshot, SUNDAY) == ()
    assert [release.id for release in releases_outside_slots(snapshot, SUNDAY)] == ["2026-11-22.4"]
    assert releases_outside_slots(snapshot, MONDAY) == ()


@pytest.mark.parametrize(("day", "count"), [(SUNDAY, 0), (MONDAY, 1), (date(2026, 11, 24), 0)])
def test_a_freeze_is_on_each_day_that_it_overlaps(day: date, count: int) -> None:
    assert len(freezes_on(frozen(), day)) == count


def test_a_rollback_decides_the_ending_even_if_the_release_was_closed() -> None:
    endings = {release.id: ending(release) for release in in_the_day().log.value.releases}
    assert endings == {
        "2026-11-22.4": Ending.FINISHED,
        "2026-11-22.10": Ending.FINISHED,
        "2026-11-22.11": Ending.FINISHED,
        "2026-11-22.12": Ending.ROLLED_BACK,
        "2026-11-22.13": Ending.ABANDONED,
        "2026-11-23.3": Ending.OPEN,
    }
