"""One row for each tier: host counts, and the error rates of both builds."""

from dataclasses import replace

from msgspec.structs import replace as put

from cockpit.deploy.snapshot import Seen
from cockpit.deploy.tiers import Audience, Tier
from cockpit.views.event_log import HIGHLIGHT_SECONDS
from cockpit.views.rows import Tone, length, plain
from cockpit.views.tiers import Share, ages, heading, share, tiers
from tests.builders import NOW, SCENES, at_canary, at_production, host_failed, idle, no_data
from tests.scenario import Scenario


def test_the_share_is_that_of_the_newest_build() -> None:
    part = share(at_production(), "production")
    assert part is not None
    assert (part.wanted, part.actual, str(part)) == (25, 20, "2 of 10")


def test_a_tier_without_a_target_has_no_share() -> None:
    assert share(SCENES["empty"](), "canary") is None


def test_hosts_that_are_silent_or_failed_have_tones_of_their_own() -> None:
    silent = next(line for name, line in tiers(at_production(), 100) if name == "production")
    assert any(span.tone is Tone.UNKNOWN and "8/10 ?" in span.text for span in silent)
    failed = next(line for name, line in tiers(host_failed(), 100) if name == "canary")
    assert any(span.tone is Tone.BAD and "0/1 ✗" in span.text for span in failed)


def test_missing_counters_are_never_good() -> None:
    rows = plain(line for _, line in tiers(no_data(), 100))
    assert "no data" in rows
    assert ages(no_data())[-1].tone is Tone.UNKNOWN


def test_every_row_has_the_width_of_the_panel() -> None:
    for scene in SCENES.values():
        for width in (20, 45, 60, 79, 110, 199):
            for roomy in (False, True):
                assert all(length(line) == width for _, line in tiers(scene(), width, roomy))
                assert length(heading(scene(), width, roomy)) == width


def test_a_roomy_panel_has_the_old_build_below_the_new() -> None:
    names = [name for name, _ in tiers(idle(), 160, roomy=True)]
    assert names == ["staging", *(name for name in ("dogfood", "canary", "production") for _ in range(2))]


def test_a_silent_host_does_not_count_as_serving_the_build() -> None:
    snapshot = Scenario().at(7).snapshot
    assert share(snapshot, "production") == Share(100, 100, 10, 10)
    assert share(replace(snapshot, now=snapshot.now + 60), "production") == Share(100, 0, 0, 10)


def test_a_recently_changed_tier_has_a_dot() -> None:
    calm = dict(tiers(at_canary(), 80))
    assert not any(line[0].text == "•" for line in calm.values())
    moving = dict(tiers(at_production(), 80))
    assert moving["production"][0].text == "•", "web-03 began to drain 5 s ago"
    assert moving["canary"][0].text == " "
    later = replace(at_production(), now=NOW + HIGHLIGHT_SECONDS + 5)
    assert dict(tiers(later, 80))["production"][0].text == " "


def test_a_narrow_panel_labels_the_columns_in_its_heading() -> None:
    head = plain((heading(at_canary(), 80),))
    row = next(plain((line,)) for name, line in tiers(at_canary(), 80) if name == "production")
    assert row.startswith(" production     0 of 10  10/10 ✓  new")
    assert head.startswith("TIERS         new build  healthy  3 min, max 4 % ─")
    assert head.index("new build") + len("new build") == row.index("0 of 10") + len("0 of 10")
    assert plain((heading(at_canary(), 80, gutter=1),)).index("new build") == head.index("new build") + 1


def test_a_roomy_panel_labels_each_row() -> None:
    row = next(plain((line,)) for name, line in tiers(at_canary(), 160, roomy=True) if name == "production")
    assert row.startswith(" production   new build 0 of 10  healthy 10/10 ✓")


def test_counts_of_a_large_fleet_are_not_cropped() -> None:
    hosts = tuple(f"web-{number:05}" for number in range(10_000))
    tier = Tier("production", Audience.PUBLIC, hosts)
    snapshot = replace(idle(), policy=put(idle().policy, tiers=(tier,)), statuses=Seen({}, NOW))
    assert "0 of 10000  0/10000 ?" in plain(line for _, line in tiers(snapshot, 80))
