"""What the engine tells its tools."""

from dataclasses import replace

import msgspec

from cockpit.deploy.snapshot import Seen
from cockpit.engine.executor import MOST_BASES, bases
from tests.builders import NEW, NOW, OLD, SCENES, at_production


def test_deltas_are_made_from_the_last_good_build_and_from_what_most_hosts_hold() -> None:
    scene = at_production()
    assert bases(scene) == (OLD.id, NEW.id)
    assert bases(SCENES["empty"]()) == ()


def test_a_fleet_that_holds_very_many_builds_costs_no_more_than_a_few_packs() -> None:
    scene = at_production()
    statuses = {
        host: msgspec.structs.replace(status, cold=tuple(f"{n:02x}{host[-2:]}" * 16 for n in range(20)))
        for host, status in scene.statuses.value.items()
    }
    found = bases(replace(scene, statuses=Seen(statuses, NOW)))
    assert found[0] == OLD.id
    assert len(found) <= MOST_BASES + 1
