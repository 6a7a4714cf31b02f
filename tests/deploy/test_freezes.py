"""Events of all releases fold into freezes."""

from cockpit.deploy.events import Event
from cockpit.deploy.facts import AnyFact, Frozen, Thawed
from cockpit.deploy.freezes import Freeze, freezes
from tests.scenario import ADA

HOUR = 3600.0


def log(*entries: tuple[float, AnyFact]) -> tuple[Event, ...]:
    return tuple(Event(number, at, ADA, "why", what, "") for number, (at, what) in enumerate(entries, 1))


def test_a_freeze_ends_by_itself() -> None:
    (freeze,) = freezes(log((0.0, Frozen(HOUR))))
    assert freeze == Freeze(0.0, HOUR, ADA, "why")
    assert (freeze.in_force(HOUR - 1), freeze.in_force(HOUR)) == (True, False)


def test_a_thaw_ends_a_freeze_early_and_a_second_thaw_changes_nothing() -> None:
    (freeze,) = freezes(log((0.0, Frozen(HOUR)), (60.0, Thawed())))
    assert (freeze.until, freeze.lifted, freeze.in_force(30.0)) == (60.0, True, False)
    (late,) = freezes(log((0.0, Frozen(HOUR)), (2 * HOUR, Thawed())))
    assert late.until == HOUR


def test_a_freeze_replaces_the_one_in_force() -> None:
    first, second = freezes(log((0.0, Frozen(HOUR)), (60.0, Frozen(600.0))))
    assert (first.until, first.lifted) == (60.0, True)
    assert (second.until, second.in_force(599.0), second.in_force(600.0)) == (600.0, True, False)


def test_a_thaw_without_a_freeze_has_no_effect() -> None:
    assert freezes(log((0.0, Thawed()))) == ()
