"""A row a tier: wanted and actual, hosts, and the two builds side by side."""

from dataclasses import replace

from cockpit.views.event_log import FRESH
from cockpit.views.rows import Tone, length, plain
from cockpit.views.tiers import Share, ages, heading, share, tiers
from tests.builders import NOW, SCENES, at_canary, at_production, host_failed, idle, no_data
from tests.scenario import Scenario


def test_wanted_and_actual_are_shares_of_the_newest_build() -> None:
    part = share(at_production(), "production")
    assert part is not None
    assert (part.wanted, part.actual) == (25, 20)


def test_a_tier_without_a_target_has_no_share() -> None:
    assert share(SCENES["empty"](), "canary") is None


def test_hosts_that_are_silent_or_failed_have_tones_of_their_own() -> None:
    silent = next(line for name, line in tiers(at_production(), 100) if name == "production")
    assert any(span.tone is Tone.UNKNOWN and "8/10 ?" in span.text for span in silent)
    failed = next(line for name, line in tiers(host_failed(), 100) if name == "canary")
    assert any(span.tone is Tone.BAD and "0/1 ✗" in span.text for span in failed)


def test_missing_counters_are_said_and_never_good() -> None:
    rows = plain(line for _, line in tiers(no_data(), 100))
    assert "no data" in rows
    assert ages(no_data())[-1].tone is Tone.UNKNOWN


def test_every_row_is_as_wide_as_the_panel() -> None:
    for scene in SCENES.values():
        for width in (20, 45, 60, 79, 110, 199):
            for roomy in (False, True):
                assert all(length(line) == width for _, line in tiers(scene(), width, roomy))
                assert length(heading(scene(), width, roomy)) == width


def test_with_room_the_old_build_stands_beneath_the_new() -> None:
    names = [name for name, _ in tiers(idle(), 160, roomy=True)]
    assert names == ["staging", *(name for name in ("dogfood", "canary", "production") for _ in range(2))]


def test_a_host_whose_heartbeat_stopped_no_longer_counts_as_serving_the_build() -> None:
    snapshot = Scenario().at(7).snapshot
    assert share(snapshot, "production") == Share(100, 100)
    assert share(replace(snapshot, now=snapshot.now + 60), "production") == Share(100, 0)


def test_a_tier_whose_hosts_or_target_changed_in_the_last_seconds_has_a_dot() -> None:
    calm = dict(tiers(at_canary(), 80))
    assert not any(line[0].text == "•" for line in calm.values())
    moving = dict(tiers(at_production(), 80))
    assert moving["production"][0].text == "•", "web-03 began to drain 5 s ago"
    assert moving["canary"][0].text == " "
    later = replace(at_production(), now=NOW + FRESH + 5)
    assert dict(tiers(later, 80))["production"][0].text == " "
