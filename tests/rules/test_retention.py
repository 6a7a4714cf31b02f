"""A build is kept for a reason that can be said, or it may go."""

from dataclasses import replace

import msgspec

from cockpit.deploy.snapshot import Seen
from cockpit.rules.retention import RetainedBuild, retained_builds
from tests.builders import NEW, NOW, OLD, SCENES, at_production

STRANGE, OLDER = "5" * 64, "6" * 64


def held(*builds: str) -> list[RetainedBuild]:
    """Builds of which each is younger than the one before."""
    return [RetainedBuild(build, 10, float(at)) for at, build in enumerate(builds)]


def test_what_a_tier_runs_and_what_is_good_or_under_way_is_kept() -> None:
    kept = {one.build: one.why for one in retained_builds(held(OLD.id, NEW.id, STRANGE), at_production(), 0)}
    assert "production runs it" in kept[NEW.id]
    assert any("was good" in why for why in kept[OLD.id])
    assert any("is open" in why for why in kept[NEW.id])
    assert kept[STRANGE] == ()


def test_what_a_host_has_on_its_disk_is_kept() -> None:
    scene = at_production()
    statuses = dict(scene.statuses.value)
    statuses["web-01"] = msgspec.structs.replace(statuses["web-01"], cold=(STRANGE,))
    (only,) = retained_builds(held(STRANGE), replace(scene, statuses=Seen(statuses, NOW)), 0)
    assert only.why == ("1 host has it",)


def test_of_the_others_the_newest_are_kept() -> None:
    told = retained_builds(held(OLDER, STRANGE), SCENES["empty"](), 1)
    assert [(one.build, one.why) for one in told] == [(STRANGE, ("it is new",)), (OLDER, ())]
