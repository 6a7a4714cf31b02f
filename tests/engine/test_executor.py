from dataclasses import replace

import msgspec

from cockpit.deploy.snapshot import Seen
from cockpit.engine.executor import MAX_BASES, delta_bases
from tests.builders import NEW, NOW, OLD, SCENES, at_production


def test_deltas_are_made_from_the_last_good_build_and_the_most_common_ones() -> None:
    scene = at_production()
    assert delta_bases(scene) == (OLD.id, NEW.id)
    assert delta_bases(SCENES["empty"]()) == ()


def test_the_number_of_delta_bases_is_limited() -> None:
    scene = at_production()
    statuses = {
        host: msgspec.structs.replace(status, cold=tuple(f"{n:02x}{host[-2:]}" * 16 for n in range(20)))
        for host, status in scene.statuses.value.items()
    }
    bases = delta_bases(replace(scene, statuses=Seen(statuses, NOW)))
    assert bases[0] == OLD.id
    assert len(bases) <= MAX_BASES + 1


def test_the_last_good_build_is_a_delta_base_even_if_no_host_has_it() -> None:
    scene = at_production()
    statuses = {
        host: msgspec.structs.replace(status, build=NEW.id, cold=()) for host, status in scene.statuses.value.items()
    }
    assert delta_bases(replace(scene, statuses=Seen(statuses, NOW))) == (OLD.id, NEW.id)
