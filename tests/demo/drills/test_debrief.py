"""Drills on paper: what is drawn, what is right, and the numbers of the debrief."""

from collections import Counter
from dataclasses import replace

import pytest

from cockpit.demo.drills.debrief import Act, debrief, failures, in_words
from cockpit.demo.drills.drill import LATEST, NEEDS, SAYS, SHOULD, Drill, Fault, drawn, is_right
from cockpit.demo.drills.trainee import next_act, shows
from cockpit.demo.layout import StoreKind
from cockpit.demo.shop_history import Story
from cockpit.demo.stories import StoryMove
from cockpit.demo.traffic.tally import FINE, RequestCount, Tally
from cockpit.deploy.events import Event
from cockpit.deploy.facts import Abandoned, Advanced, AnyFact, Held, Resumed, RevertAsked, RolledBack
from tests import builders as b
from tests.recorded_releases import NOON, rolled_back

HOST = Drill(Fault.BAD_HOST, 3, 1.0, "production-04")


def told(what: AnyFact, at: float = NOON) -> Event:
    return Event(1, at, b.ADA, "", what, "")


def test_the_same_seed_draws_the_same_and_every_fault_is_drawn_by_some() -> None:
    assert drawn(7, tuple(Fault)) == drawn(7, tuple(Fault))
    some = Counter(drawn(seed, tuple(Fault)).fault for seed in range(200))
    assert set(some) == set(Fault)
    assert min(some.values()) > 15
    assert all(1 <= drawn(seed, tuple(Fault)).rung <= LATEST for seed in range(200))


def test_only_what_is_possible_here_is_drawn() -> None:
    bare = tuple(fault for fault in Fault if fault not in NEEDS)
    assert {drawn(seed, bare).fault for seed in range(100)} == set(bare)


def test_every_fault_says_what_it_is_and_what_is_right_and_has_its_company() -> None:
    assert set(SAYS) == set(SHOULD) == set(Fault)
    companies = {fault: Drill(fault, 1, 0.0, "h") for fault in Fault}
    assert {f for f, drill in companies.items() if drill.story is Story.HOTFIX} == {Fault.BAD_PR, Fault.CONFLICT}
    assert {f for f, drill in companies.items() if drill.store is StoreKind.CONSUL} == {Fault.CONSUL_RESTART}
    assert {f for f, drill in companies.items() if drill.prometheus} == {Fault.DEAD_METRICS}


@pytest.mark.parametrize(
    ("what", "right"),
    [
        (Held(), {Fault.BAD_HOST, Fault.DEAD_METRICS, Fault.CONSUL_RESTART}),
        (RolledBack("b", ()), {Fault.BAD_PR, Fault.CONFLICT}),
        (Abandoned(), {Fault.BAD_PR, Fault.CONFLICT}),
        (RevertAsked(b.PULLS[0]), {Fault.BAD_PR}),
        (RevertAsked(b.PULLS[0], (), "c" * 40), {Fault.BAD_PR, Fault.CONFLICT}),
        (Advanced(3, "production 10 %", "b", "WAIT: no data"), set()),
        (Resumed(), set()),
    ],
)
def test_what_is_right_depends_on_the_fault(what: AnyFact, right: set[Fault]) -> None:
    assert {fault for fault in Fault if is_right(told(what), fault)} == right


def test_the_debrief_counts_from_the_fault_and_harm_by_what_customers_saw() -> None:
    before = Tally((RequestCount("production", "b", "/", FINE, 90), RequestCount("production", "b", "/", "refused", 2)))
    after = Tally((RequestCount("production", "b", "/", FINE, 190), RequestCount("production", "b", "/", "refused", 9)))
    release = rolled_back()
    pr = Drill(Fault.BAD_PR, 1, 0.0, "h")
    found = debrief(pr, (b.finished_release(), release), b.ADA, NOON + 130, NOON + 165, before, after)
    assert (found.to_right, found.to_restored, found.harmed, found.sent) == (30.0, 35.0, 7, 199)
    assert [act.after for act in found.acts if act.right] == [30.0]
    assert found.passed
    assert failures(after) == 9


def test_what_was_right_before_the_fault_or_by_another_is_not_counted() -> None:
    release = rolled_back()
    for began, person in ((NOON + 161, b.ADA), (NOON + 130, "bob@box")):
        found = debrief(Drill(Fault.BAD_PR, 1, 0.0, "h"), (release,), person, began, None, Tally(), Tally())
        assert found.to_right is None
        assert not found.passed


def test_a_drill_that_was_left_before_its_fault_says_so() -> None:
    found = debrief(HOST, (), b.ADA, None, None, Tally(), Tally())
    assert not found.passed
    assert in_words(found).startswith("the drill ended before its fault (bad-host) began")


def test_the_debrief_in_words() -> None:
    found = debrief(HOST, (rolled_back(),), b.ADA, NOON + 90, None, Tally(), Tally())
    assert in_words(found).splitlines() == [
        "drill bad-host: the application on a host of production died and does not start",
        f"  what is right             {SHOULD[Fault.BAD_HOST]}",
        "  first right action        never",
        "  all well again            not by the end",
        "  requests harmed           0 of 0 requests",
        "  what you did",
        "      -90.0 s        requested a release of main",
        "      -70.0 s        dogfood told to run 9ea7b0b111",
        "      +10.0 s        canary told to run 9ea7b0b111; overrode: WAIT: 40 of 100 requests needed",
        "      +70.0 s        ROLLED BACK dogfood, canary, production to 0ld5eed000",
    ]
    assert found.acts[2] == Act(10.0, "canary told to run 9ea7b0b111; overrode: WAIT: 40 of 100 requests needed", False)


def test_the_trainee_sees_what_the_screen_shows_and_no_more() -> None:
    calm = b.at_canary()
    assert [fault for fault in Fault if shows(calm, fault)] == []
    assert shows(b.at_production(), Fault.BAD_HOST)
    assert shows(b.no_data(), Fault.DEAD_METRICS)
    assert shows(b.hold_at_dogfood(), Fault.BAD_PR)
    assert shows(replace(calm, now=b.NOW + 60), Fault.CONSUL_RESTART)


def test_our_own_trainee_climbs_until_something_breaks_and_then_does_what_is_right() -> None:
    assert next_act(b.at_canary(), Fault.BAD_HOST, 0, seen=False) == StoryMove("advance")
    held = next_act(b.at_canary(), Fault.DEAD_METRICS, 0, seen=True)
    assert held
    assert held.verb == "hold"
    found = next_act(b.hold_at_dogfood(), Fault.BAD_PR, 33, seen=True)
    assert found
    assert (found.verb, found.pull) == ("revert", 33)
    assert next_act(b.hotfixed(), Fault.BAD_PR, 33, seen=True) is None
    assert next_act(b.rolled_back(), Fault.CONFLICT, 33, seen=True) is None
