"""One word and one sentence for every moment; unknown is never green."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as put

from cockpit.deploy.events import Event
from cockpit.deploy.facts import Call, Held
from cockpit.deploy.gate.verdict import Verdict
from cockpit.deploy.release import after
from cockpit.deploy.snapshot import Log, Seen
from cockpit.views.headline import errors, headline
from cockpit.views.release_state import is_unknown, standing
from cockpit.views.rows import Tone, length, plain
from tests.builders import NOW, SCENES, at_canary, at_production, hold_at_dogfood, no_data, soaking


@pytest.mark.parametrize(
    ("scene", "word", "tone"),
    [
        ("idle", "IDLE", Tone.QUIET_BADGE),
        ("empty", "IDLE", Tone.QUIET_BADGE),
        ("at canary", "GO", Tone.GOOD_BADGE),
        ("soaking", "WAIT", Tone.WAITING_BADGE),
        ("at production", "WAIT", Tone.UNKNOWN_BADGE),
        ("hold at dogfood", "HOLD", Tone.BAD_BADGE),
        ("reverting", "HOTFIX", Tone.WAITING_BADGE),
        ("rolled back", "ROLLED BACK", Tone.BAD_BADGE),
        ("no data", "WAIT", Tone.UNKNOWN_BADGE),
        ("host failed", "HOLD", Tone.BAD_BADGE),
        ("setting up", "SETTING UP", Tone.QUIET_BADGE),
    ],
)
def test_every_moment_has_its_word_and_its_tone(scene: str, word: str, tone: Tone) -> None:
    stand = standing(SCENES[scene]())
    assert (stand.word, stand.tone) == (word, tone)
    assert stand.sentence


def test_a_go_that_rests_on_stale_counters_is_not_green() -> None:
    calm = at_canary()
    stale = replace(calm, traffic=replace(calm.traffic, at=NOW - 300))
    assert stale.verdict.call is Call.GO
    assert standing(stale).tone is Tone.UNKNOWN_BADGE


def test_a_go_that_rests_on_part_of_the_hosts_is_not_green() -> None:
    calm = at_canary()
    sample = replace(calm.traffic.value.samples[-1], missing=("canary-1",))
    part = replace(calm.traffic.value, samples=(*calm.traffic.value.samples[:-1], sample))
    assert is_unknown(replace(calm, traffic=Seen(part, NOW)))


def test_an_old_verdict_is_not_green() -> None:
    calm = at_canary()
    assert calm.judged.value is not None
    later = replace(calm, now=NOW + 60)
    assert standing(later).tone is Tone.UNKNOWN_BADGE
    assert "no data" in standing(later).sentence


def test_calm_data_is_known() -> None:
    assert not is_unknown(soaking())
    assert is_unknown(at_production())


def test_the_headline_has_three_lines_of_the_width_and_says_who_watches() -> None:
    for scene in SCENES.values():
        for width in (20, 40, 80, 200):
            lines = headline(scene(), width, "ada@box", watching=True)
            assert all(length(line) in {0, width} for line in lines)
    assert "WATCHING" in plain(headline(at_canary(), 80, "ada@box", watching=True))
    assert "WATCHING" not in plain(headline(at_canary(), 80, "ada@box"))


def test_what_is_wrong_with_a_source_stands_in_the_headline_in_its_own_tone() -> None:
    lines = headline(no_data(), 80)
    assert lines[2][0].tone is Tone.UNKNOWN
    assert "no host answered" in plain(lines)
    assert errors(at_canary()) == ()


def test_a_hold_hides_no_verdict_that_is_worse_than_it() -> None:
    scene = hold_at_dogfood()
    said, release = scene.judged.value, scene.open
    assert said is not None
    assert release is not None
    worse = put(said, verdict=Verdict(Call.ROLL_BACK, "dogfood 30 %"))
    told = after(release, Event(release.number + 1, NOW - 1, "ada@box", "", Held(), ""))
    held = replace(scene, judged=Seen(worse, NOW), log=Seen(Log((told,)), NOW))
    stand = standing(held)
    assert (stand.word, stand.tone) == ("HELD", Tone.BAD_BADGE)
    assert stand.sentence.startswith("now ROLL BACK: dogfood 30 %; held for ")
