"""Every fact has a sentence."""

from typing import get_args

import pytest

from cockpit.deploy import facts
from cockpit.deploy.events import Event
from cockpit.deploy.facts import AnyFact, Call
from cockpit.deploy.policy import Autopilot
from cockpit.deploy.schedule.presence import Sign
from cockpit.views.event_log import HIGHLIGHT_SECONDS, row, sentence, tone
from cockpit.views.rows import Tone, plain
from tests.builders import FIXED, LADDER, NEW, NOW, PULLS

EVERY = (
    facts.Started("main", LADDER),
    facts.Cut("release/r", "r", NEW.commit, "", PULLS),
    facts.CutFailed("remote hung up"),
    facts.BuildReady(NEW, "r", 3.2),
    facts.BuildFailed(NEW.commit, "make: *** [all] Error 2"),
    facts.Advanced(2, "canary", NEW.id, "WAIT: soaking"),
    facts.SmokePassed(NEW.id, 2.0),
    facts.SmokeFailed(NEW.id, "503"),
    facts.Judged(2, NEW.id, Call.ROLL_BACK, "8 % of requests fail"),
    facts.HostFailed("web-01", NEW.id, "no room left"),
    facts.Suspected(PULLS[2], 0.83, "changed app/search.py:3"),
    facts.Held(),
    facts.Resumed(),
    facts.RevertAsked(PULLS[2], ("dogfood",)),
    facts.Reverted(33, ("a",), (FIXED.commit,), "r-hotfix.1"),
    facts.RevertFailed(33, "does not apply", ("app/search.py",)),
    facts.RevertProposed(33, "#33", 41, "https://forge/41"),
    facts.RevertDelayed(33, "#33", "the forge answered 503"),
    facts.WithdrawalAsked(33, "#33"),
    facts.RevertWithdrawn(33, "#33", "PR #41 is closed"),
    facts.RolledBack(NEW.id, ("canary", "production")),
    facts.Finished(NEW.id),
    facts.Abandoned(("dogfood",)),
    facts.CommandTaken("bob@box", "ada@box"),
    facts.HandedOver("bob@box", "web-02 is slow", ("2026-11-23.3 at canary",)),
    facts.HandoffRead("ada@box"),
    facts.Noted("web-02 is slow"),
    facts.CommanderLost("ada@box", "bob@box", NOW - 60, Sign.LEFT),
    facts.AutopilotSet(Autopilot.ADVANCE),
    facts.Frozen(NOW + 3600),
    facts.Thawed(),
    facts.Rejected("2026-11-22.1", ("b",), ("#31",)),
    facts.Restored(("canary", "production"), NEW.id, NOW),
    facts.Regressed("2026-11-23.2", NEW.id, "canary", Call.HOLD, "2.1 %", "ada@box"),
    facts.Unreadable("releases/r/000003", "not JSON"),
)


def event_of(what: AnyFact) -> Event:
    return Event(3, NOW, "ada@box", "because", what, "")


def test_there_is_an_example_of_every_fact() -> None:
    assert {type(what) for what in EVERY} == set(get_args(AnyFact))


@pytest.mark.parametrize("what", EVERY, ids=lambda what: type(what).__name__)
def test_the_sentence_of_a_fact_contains_its_texts(what: AnyFact) -> None:
    text = sentence(event_of(what))
    assert text
    for name in ("reason", "step", "tag", "host", "key", "overrode", "note", "text", "of", "person", "following"):
        assert getattr(what, name, "") in text


@pytest.mark.parametrize(
    ("done", "text"),
    [
        (facts.Reverted(33, ("a",), ("b",), "t"), "#33 reverted on main and on the release branch; tagged t"),
        (
            facts.Reverted(33, ("a",), (), "t", direct=("b",), differs=("pay.py",)),
            "#33 reverted on main, and separately on the release branch, because main's revert differs in pay.py; "
            "tagged t",
        ),
        (
            facts.Reverted(33, (), (), "t", direct=("b",), was_out=True),
            "#33 reverted on the release branch only, directly: main had nothing left to revert; tagged t",
        ),
        (
            facts.Reverted(33, ("a",), ("b",), "t", was_out=True),
            "#33 reverted on the release branch only, by the revert that main has: main had nothing left to revert; "
            "tagged t",
        ),
    ],
)
def test_a_revert_says_how_each_branch_was_reverted(done: facts.Reverted, text: str) -> None:
    assert (sentence(event_of(done)), tone(event_of(done))) == (text, Tone.PLAIN)


def test_what_a_revert_left_is_said_and_waits_for_a_person() -> None:
    event = event_of(facts.Reverted(33, ("a",), ("b",), "t", remaining=("pay.py:3 on main is still from #33",)))
    assert "; but pay.py:3 on main is still from #33; tagged t" in sentence(event)
    assert tone(event) is Tone.WAITING


def test_failures_are_bad_and_an_unreadable_record_is_unknown() -> None:
    assert tone(event_of(facts.BuildFailed("c", "r"))) is Tone.BAD
    assert tone(event_of(facts.Unreadable("k", "r"))) is Tone.UNKNOWN
    assert tone(event_of(facts.Judged(1, "b", Call.GO, "calm"))) is Tone.GOOD


def test_a_row_has_time_person_sentence_and_reason_and_is_highlighted_while_new() -> None:
    event = event_of(facts.Held())
    assert plain((row(event, NOW + 1, 80),)) == "12:34:56 •ada@box    held  “because”"
    assert row(event, NOW + 1, 80)[0].tone is Tone.STRONG
    assert row(event, NOW + HIGHLIGHT_SECONDS + 1, 80)[0].tone is Tone.DIM
