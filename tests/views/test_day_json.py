"""The deploy day as JSON."""

from dataclasses import replace

from msgspec.structs import replace as put

from cockpit.deploy.schedule.calendar import Calendar, TimeSpan
from cockpit.deploy.snapshot import Seen
from cockpit.views.day_json import day, present
from tests.builders import NOW, frozen, idle, in_the_day


def test_a_slot_has_a_state_and_its_releases() -> None:
    values = day(in_the_day())
    assert [slot["state"] for slot in values["slots"]] == [
        "past", "past", "unused", "past", "unused", "unused", "now", *["next"] * 5,
    ]  # fmt: skip
    ended = [[release["ended"] for release in slot["releases"]] for slot in values["slots"]]
    assert ended[3] == ["rolled back", "abandoned"]
    assert values["slots"][1]["releases"][0]["hotfixes"] == 1
    assert values["now"]["commander"] == "ada"


def test_a_release_outside_the_slots_is_listed_apart() -> None:
    base = in_the_day()
    early = Calendar("Europe/Berlin", slots=(("morning", TimeSpan(540, 700)),))
    values = day(replace(base, policy=put(base.policy, calendar=early)))
    assert [release["ended"] for release in values["outside_slots"]] == ["open"]


def test_a_freeze_closes_the_day() -> None:
    values = present(frozen())
    assert (values["open"], values["frozen"]["by"], values["frozen"]["why"]) == (
        False,
        "bob@desk",
        "billing moves house",
    )
    assert present(in_the_day())["frozen"] is None


def test_without_a_calendar_deploys_are_always_open() -> None:
    values = present(idle())
    assert (values["open"], values["closed"], values["slot"], values["rota_error"]) == (True, None, None, None)
    broken = replace(idle(), rota=Seen(None, NOW, "rota: who.sh ended with 1"))
    assert present(broken)["rota_error"] == "rota: who.sh ended with 1"
