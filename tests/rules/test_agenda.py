"""The agenda of a day: slots, commanders and releases."""

from datetime import date

import pytest

from cockpit.deploy.facts import Call, SmokePassed
from cockpit.rules import decisions
from cockpit.rules.agenda import Ending, agenda, ending, freezes_on, releases_outside_slots
from cockpit.rules.commander.handoff import compose_handoff
from cockpit.rules.notifications.messages import thread_head
from cockpit.views.history import releases
from cockpit.views.release_state import release_state
from cockpit.views.rows import plain
from tests.builders import frozen, in_the_day
from tests.scenario import POLICY, Scenario, build

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


def test_a_release_that_climbs_again_after_a_rollback_is_open_in_the_day_the_handoff_and_the_thread() -> None:
    scenario = Scenario().at(4)
    scenario.run(decisions.roll_back)
    assert ending(scenario.release) is Ending.ROLLED_BACK
    scenario.run(decisions.resume, why="it was the database")
    assert thread_head(scenario.release, POLICY).endswith("rolled back, resumed, 3 PRs")
    scenario.engine_step()
    scenario.converge()
    scenario.append(SmokePassed(build(2).id, 1.0))
    while scenario.release.step != "production 50 %":
        scenario.judge(Call.GO)
        scenario.run(decisions.advance)
        scenario.converge()
    assert ending(scenario.release) is Ending.OPEN
    assert "at production 50 %" in compose_handoff(scenario.snapshot).state[0]
    assert "ROLLED BACK" not in thread_head(scenario.release, POLICY)
    assert release_state(scenario.snapshot).word != "ROLLED BACK"
    assert plain(releases(scenario.snapshot, 100)).splitlines()[0].split()[2:4] == ["open", "at"]
