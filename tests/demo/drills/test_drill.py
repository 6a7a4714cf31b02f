"""Drawn drills and the actions expected after a fault."""

from collections import Counter

import pytest

from cockpit.demo.drills.drill import (
    DESCRIPTIONS,
    EXPECTED_ACTIONS,
    LAST_RUNG,
    REQUIRED_PROGRAMS,
    Drill,
    Fault,
    draw_drill,
    is_right_action,
)
from cockpit.demo.settings import StoreKind
from cockpit.demo.shop_history import Story
from cockpit.deploy.events import Event
from cockpit.deploy.facts import Abandoned, Advanced, AnyFact, Held, Resumed, RevertAsked, RolledBack
from tests import builders as b
from tests.recorded_releases import NOON


def test_the_seed_determines_the_drill_and_some_seed_draws_each_fault() -> None:
    assert draw_drill(7, tuple(Fault)) == draw_drill(7, tuple(Fault))
    counts = Counter(draw_drill(seed, tuple(Fault)).fault for seed in range(200))
    assert set(counts) == set(Fault)
    assert min(counts.values()) > 15
    assert all(1 <= draw_drill(seed, tuple(Fault)).rung <= LAST_RUNG for seed in range(200))


def test_only_possible_faults_are_drawn() -> None:
    without_programs = tuple(fault for fault in Fault if fault not in REQUIRED_PROGRAMS)
    assert {draw_drill(seed, without_programs).fault for seed in range(100)} == set(without_programs)


def test_every_fault_has_a_description_an_expected_action_and_a_demo() -> None:
    assert set(DESCRIPTIONS) == set(EXPECTED_ACTIONS) == set(Fault)
    settings = {fault: Drill(fault, 1, 0.0, "h").settings(3, 2.0) for fault in Fault}
    assert {fault for fault, demo in settings.items() if demo.story is Story.HOTFIX} == {Fault.BAD_PR, Fault.CONFLICT}
    assert {fault for fault, demo in settings.items() if demo.store is StoreKind.CONSUL} == {Fault.CONSUL_RESTART}
    assert {fault for fault, demo in settings.items() if demo.prometheus} == {Fault.DEAD_METRICS}
    assert {(demo.seed, demo.pace) for demo in settings.values()} == {(3, 2.0)}


@pytest.mark.parametrize(
    ("fact", "faults"),
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
def test_the_right_action_depends_on_the_fault(fact: AnyFact, faults: set[Fault]) -> None:
    event = Event(1, NOON, b.ADA, "", fact, "")
    assert {fault for fault in Fault if is_right_action(event, fault)} == faults
