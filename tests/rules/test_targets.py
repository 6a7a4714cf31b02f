"""Serials and permits of targets."""

from msgspec.structs import replace

from cockpit.rules import decisions
from tests.scenario import Scenario


def test_serials_only_grow() -> None:
    scenario = Scenario().at(4)
    before = scenario.snapshot.targets.value["production"].target.serial
    scenario.run(decisions.roll_back)
    assert scenario.snapshot.targets.value["production"].target.serial == before + 1


def test_a_serial_is_above_every_serial_that_hosts_have_obeyed() -> None:
    scenario = Scenario().at(4)
    host = next(s for s in scenario.snapshot.statuses.value.values() if s.tier == "production")
    scenario.report(replace(host, serial=900))
    scenario.run(decisions.roll_back)
    assert scenario.snapshot.targets.value["production"].target.serial == 901
