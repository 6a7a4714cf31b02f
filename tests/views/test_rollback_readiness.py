"""Rollback readiness and transfers in a few words."""

from dataclasses import replace

from cockpit.deploy.snapshot import Log, Seen
from cockpit.views.rollback_readiness import (
    busiest_transfer,
    fleet_readiness,
    headline_badge,
    readiness_sentence,
    tier_badge,
    tier_readiness,
)
from cockpit.views.rows import Tone, plain
from tests.builders import NOW, at_canary, at_production, empty, idle, pulling


def test_an_open_release_has_a_badge_with_host_counts() -> None:
    assert plain((headline_badge(at_canary()),)) == "  rollback ready 10/13"
    assert headline_badge(idle()) == ()


def test_silent_hosts_are_counted_and_make_readiness_unknown() -> None:
    badge = headline_badge(at_production())
    assert badge[0].text.endswith(" ?1")
    assert badge[0].tone is Tone.UNKNOWN
    assert plain((tier_badge(at_production(), "production"),)) == "rollback ready 7/10 ?1"


def test_a_tier_is_ready_if_every_host_has_the_build() -> None:
    line = tier_readiness(at_canary(), "production")
    assert (line[0].text, line[0].tone) == ("rollback ready 10/10 (0ld5eed000)", Tone.GOOD)
    assert tier_readiness(at_canary(), "canary")[0].tone is Tone.WAITING


def test_a_tier_that_a_rollback_does_not_change_has_no_readiness() -> None:
    assert tier_readiness(at_canary(), "staging") == ()
    assert tier_badge(at_canary(), "staging") == ()


def test_without_a_good_release_there_is_no_target() -> None:
    without = replace(at_canary(), log=Seen(Log(at_canary().log.value.releases[-1:]), NOW))
    assert fleet_readiness(without).share is None
    assert headline_badge(without) == ()
    assert "no build to" in readiness_sentence(empty()).text


def test_the_busiest_transfer_is_described_in_as_many_words_as_fit() -> None:
    assert busiest_transfer(pulling(), 80) == "production 3/10, 7.5 MB/s, at least 7 s left"
    assert busiest_transfer(pulling(), 35) == "production 3/10, at least 7 s left"
    assert busiest_transfer(pulling(), 5) == "production pulling"
    assert busiest_transfer(at_canary(), 80) == ""
