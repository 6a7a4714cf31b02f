"""Which builds are kept, each with its reasons."""

from dataclasses import replace

import msgspec

from cockpit.deploy.snapshot import Seen
from cockpit.rules.retention import RetainedBuild, retained_builds
from tests.builders import NEW, NOW, OLD, SCENES, at_production

UNKNOWN, OLDER = "5" * 64, "6" * 64


def stored(*builds: str) -> list[RetainedBuild]:
    """Stored builds, each newer than the build before."""
    return [RetainedBuild(build, 10, float(at)) for at, build in enumerate(builds)]


def test_builds_of_tiers_and_of_good_or_open_releases_are_kept() -> None:
    kept = {build.build: build.why for build in retained_builds(stored(OLD.id, NEW.id, UNKNOWN), at_production(), 0)}
    assert "production runs it" in kept[NEW.id]
    assert any("was good" in why for why in kept[OLD.id])
    assert any("is open" in why for why in kept[NEW.id])
    assert kept[UNKNOWN] == ()


def test_a_build_on_a_hosts_disk_is_kept() -> None:
    scene = at_production()
    statuses = dict(scene.statuses.value)
    statuses["web-01"] = msgspec.structs.replace(statuses["web-01"], cold=(UNKNOWN,))
    (only,) = retained_builds(stored(UNKNOWN), replace(scene, statuses=Seen(statuses, NOW)), 0)
    assert only.why == ("1 host has it",)


def test_as_many_of_the_other_builds_are_kept_as_asked_for() -> None:
    retained = retained_builds(stored("7" * 64, OLDER, UNKNOWN), SCENES["empty"](), 2)
    assert [bool(build.why) for build in retained] == [True, True, False]


def test_the_newest_of_the_other_builds_are_kept() -> None:
    retained = retained_builds(stored(OLDER, UNKNOWN), SCENES["empty"](), 1)
    assert [(build.build, build.why) for build in retained] == [(UNKNOWN, ("it is new",)), (OLDER, ())]
