"""The state of a release in a word and a sentence; unknown data is never green."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as put

from cockpit.deploy.events import Event
from cockpit.deploy.facts import Call, Held, Regressed
from cockpit.deploy.gate.verdict import Verdict
from cockpit.deploy.policy import Policy
from cockpit.deploy.release_fold import apply
from cockpit.deploy.snapshot import Log, Seen
from cockpit.rules import decisions
from cockpit.views.release_state import is_unknown, release_state
from cockpit.views.rows import Tone
from tests.builders import NOW, SCENES, at_canary, at_production, hold_at_dogfood, soaking
from tests.scenario import POLICY, Scenario, build


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
def test_every_scene_has_its_word_and_its_tone(scene: str, word: str, tone: Tone) -> None:
    state = release_state(SCENES[scene]())
    assert (state.word, state.tone) == (word, tone)
    assert state.sentence


def test_a_go_with_stale_counters_is_not_green() -> None:
    calm = at_canary()
    stale = replace(calm, traffic=replace(calm.traffic, at=NOW - 300))
    assert stale.verdict.call is Call.GO
    assert release_state(stale).tone is Tone.UNKNOWN_BADGE


def test_a_go_without_the_counters_of_some_hosts_is_not_green() -> None:
    calm = at_canary()
    sample = replace(calm.traffic.value.samples[-1], missing=("canary-1",))
    part = replace(calm.traffic.value, samples=(*calm.traffic.value.samples[:-1], sample))
    assert is_unknown(replace(calm, traffic=Seen(part, NOW)))


def test_an_old_verdict_is_not_green() -> None:
    calm = at_canary()
    assert calm.judgement.value is not None
    later = replace(calm, now=NOW + 60)
    assert release_state(later).tone is Tone.UNKNOWN_BADGE
    assert "no data" in release_state(later).sentence


def test_fresh_and_complete_counters_are_known() -> None:
    assert not is_unknown(soaking())
    assert is_unknown(at_production())


def test_a_held_release_shows_a_verdict_worse_than_the_hold() -> None:
    scene = hold_at_dogfood()
    judgement, release = scene.judgement.value, scene.open
    assert judgement is not None
    assert release is not None
    worse = put(judgement, verdict=Verdict(Call.ROLL_BACK, "dogfood 30 %"))
    held_release = apply(release, Event(release.last_number + 1, NOW - 1, "ada@box", "", Held(), ""))
    held = replace(scene, judgement=Seen(worse, NOW), log=Seen(Log((held_release,)), NOW))
    state = release_state(held)
    assert (state.word, state.tone) == ("HELD", Tone.BAD_BADGE)
    assert state.sentence.startswith("now ROLL BACK: dogfood 30 %; held for ")


def test_before_the_first_step_it_says_who_takes_it_or_what_it_waits_for() -> None:
    def sentence(policy: Policy, frozen: bool = False) -> str:
        scenario = Scenario(policy).installed()
        scenario.run(decisions.start)
        scenario.cut_and_build(2)
        if frozen:
            scenario.run(decisions.freeze, why="audit", until="2h")
        state = release_state(scenario.snapshot)
        assert state.word == "BUILT"
        return state.sentence

    public = put(POLICY, ladder=POLICY.ladder[2:])
    assert sentence(POLICY).startswith("staging is next, ")
    assert sentence(public).startswith("canary serves people, so `advance` takes it, ")
    assert sentence(POLICY, frozen=True).startswith("staging is next; frozen by ada@desk (audit)")


def test_a_finished_release_that_turned_bad_is_shown_with_the_way_back() -> None:
    scenario = Scenario().at(7)
    scenario.judge(Call.GO)
    scenario.run(decisions.finish)
    scenario.append(Regressed(scenario.release.id, build(2).id, "canary", Call.ROLL_BACK, "canary 6.00 %"))
    scenario.wait(120)
    state = release_state(scenario.snapshot)
    assert (state.word, state.tone) == ("ROLL BACK", Tone.BAD_BADGE)
    assert state.sentence == (
        "2026-11-22.2 turned bad after it finished, 2 min ago: canary 6.00 %; `rollback` (R) takes it back"
    )
    scenario.run(decisions.roll_back)
    assert release_state(scenario.snapshot).word == "ROLLED BACK"
