"""Which occasion each fact is, and whom it concerns."""

import re
from typing import get_args

import pytest

from cockpit.deploy import facts
from cockpit.deploy.events import Event
from cockpit.deploy.facts import AnyFact, Call
from cockpit.deploy.policy import Autopilot
from cockpit.deploy.release import Release
from cockpit.deploy.release_fold import fold
from cockpit.rules.notifications.triggers import TRIGGERS, AuthorScope, next_person, occasion_of, subject_pull
from tests.builders import DAY, LADDER, NEW, NOW, OLD, POLICY, PULLS, events, facts_to_staging

ID = f"{DAY}.3"
PULL = PULLS[0]
EVERY_FACT: tuple[AnyFact, ...] = (
    facts.Started("main", LADDER),
    facts.Cut("b", "t", NEW.commit, OLD.commit, PULLS),
    facts.CutFailed("no"),
    facts.BuildReady(NEW, "t", 1.0),
    facts.BuildFailed(NEW.commit, "no"),
    facts.Advanced(1, "dogfood", NEW.id),
    facts.SmokePassed(NEW.id, 1.0),
    facts.SmokeFailed(NEW.id, "no"),
    facts.Judged(1, NEW.id, Call.HOLD, "no"),
    facts.HostFailed("web-01", NEW.id, "no"),
    facts.Suspected(PULL, 0.8, "no"),
    facts.Held(),
    facts.Resumed(),
    facts.RevertAsked(PULL),
    facts.Reverted(31, ("r",), ("p",), "t"),
    facts.RevertFailed(31, "no"),
    facts.RevertProposed(31, "#31", 40, "https://example.org/40"),
    facts.RevertDelayed(31, "#31", "no"),
    facts.WithdrawalAsked(31, "#31"),
    facts.RevertWithdrawn(31, "#31"),
    facts.RolledBack(OLD.id, ("canary",)),
    facts.Finished(NEW.id),
    facts.Abandoned(),
    facts.Restored(("canary",), OLD.id, NOW),
    facts.Regressed("2026-11-23.2", OLD.id, "canary", Call.HOLD, "2.1 %", "ada@box"),
    facts.CommandTaken("bob@box", "ada@box"),
    facts.HandedOver("bob@box"),
    facts.HandoffRead("ada@box"),
    facts.Noted("slow"),
    facts.CommanderLost("ann@box", "bob@box", NOW),
    facts.AutopilotSet(Autopilot.FULL),
    facts.Frozen(NOW),
    facts.Thawed(),
    facts.Rejected("2026-11-22.1", ("b",), ("#31",)),
    facts.Unreadable("k", "no"),
)
SILENT = (
    facts.BuildReady, facts.HostFailed, facts.Restored, facts.HandoffRead, facts.Noted, facts.AutopilotSet,
    facts.Unreadable, facts.RevertDelayed, facts.WithdrawalAsked,
)  # fmt: skip


def happened(fact: AnyFact) -> tuple[Event, Release]:
    """The fact after a smoke test on staging, and the release that it leads to."""
    log = events(*facts_to_staging(ID), fact)
    return log[-1], fold(ID, log)


def kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def test_the_examples_cover_every_fact() -> None:
    assert {type(fact) for fact in EVERY_FACT} == set(get_args(AnyFact))


@pytest.mark.parametrize("fact", EVERY_FACT, ids=lambda fact: type(fact).__name__)
def test_an_occasion_keeps_the_name_that_configs_use(fact: AnyFact) -> None:
    occasion = occasion_of(*happened(fact), POLICY)
    match fact:
        case facts.Advanced():
            assert occasion == "step"
        case facts.Judged():
            assert occasion == "verdict-hold"
        case _ if isinstance(fact, SILENT):
            assert occasion == ""
        case _:
            assert occasion == kebab(type(fact).__name__)
            assert occasion in TRIGGERS


@pytest.mark.parametrize(
    ("fact", "occasion"),
    [
        (facts.Advanced(0, "staging", NEW.id), "step"),
        (facts.Advanced(2, "canary", NEW.id), "canary"),
        (facts.Advanced(3, "production 10 %", NEW.id), "step"),
        (facts.Advanced(len(LADDER) - 1, "production 100 %", NEW.id), "complete"),
        (facts.Judged(1, NEW.id, Call.ROLL_BACK, "no"), "verdict-roll-back"),
        (facts.Judged(1, NEW.id, Call.GO, "fine"), ""),
        (facts.Reverted(31, ("r",), ("p",), "t"), "reverted"),
        (facts.Reverted(31, ("r",), ("p",), "t", remaining=("a.py:1 on main is still from #31",)), "reverted-in-part"),
        (facts.Judged(1, NEW.id, Call.WAIT, "soaking"), ""),
    ],
)
def test_the_occasion_of_a_step_or_a_verdict_depends_on_which(fact: AnyFact, occasion: str) -> None:
    assert occasion_of(*happened(fact), POLICY) == occasion


def test_facts_about_one_pr_name_it() -> None:
    for fact in (
        facts.Suspected(PULL, 0.8, "no"),
        facts.RevertAsked(PULL),
        facts.Reverted(31, ("r",), ("p",), "t"),
        facts.RevertFailed(31, "no"),
        facts.RevertProposed(31, "#31", 40, "https://example.org/40"),
    ):
        assert subject_pull(*happened(fact)) == PULL
    assert subject_pull(*happened(facts.RevertFailed(99, "no"))) is None
    assert subject_pull(*happened(facts.Held())) is None


def test_a_lost_commander_and_a_hand_over_name_the_next_person() -> None:
    assert next_person(happened(facts.CommanderLost("ann@box", "bob@box", NOW))[0]) == "bob@box"
    assert next_person(happened(facts.HandedOver("bob@box"))[0]) == "bob@box"
    assert next_person(happened(facts.HandedOver(""))[0]) == ""
    assert next_person(happened(facts.Held())[0]) == ""


def test_every_occasion_with_a_line_to_authors_says_to_which() -> None:
    assert [name for name, row in TRIGGERS.items() if row.author and row.scope is AuthorScope.NONE] == []
