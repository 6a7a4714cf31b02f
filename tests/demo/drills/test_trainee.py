"""The scripted trainee."""

from dataclasses import replace

from cockpit.demo.drills.drill import Fault
from cockpit.demo.drills.trainee import is_fault_visible, next_action
from cockpit.demo.stories import StoryMove
from tests import builders as b


def test_a_fault_is_visible_once_the_screen_shows_it() -> None:
    calm = b.at_canary()
    assert [fault for fault in Fault if is_fault_visible(calm, fault)] == []
    assert is_fault_visible(b.at_production(), Fault.BAD_HOST)
    assert is_fault_visible(b.no_data(), Fault.DEAD_METRICS)
    assert is_fault_visible(b.hold_at_dogfood(), Fault.BAD_PR)
    assert is_fault_visible(replace(calm, now=b.NOW + 60), Fault.CONSUL_RESTART)


def test_the_trainee_advances_until_the_fault_is_visible_and_then_acts_right() -> None:
    assert next_action(b.at_canary(), Fault.BAD_HOST, 0, visible=False) == StoryMove("advance")
    hold = next_action(b.at_canary(), Fault.DEAD_METRICS, 0, visible=True)
    assert hold
    assert hold.verb == "hold"
    revert = next_action(b.hold_at_dogfood(), Fault.BAD_PR, 33, visible=True)
    assert revert
    assert (revert.verb, revert.pull) == ("revert", 33)
    assert next_action(b.hotfixed(), Fault.BAD_PR, 33, visible=True) is None
    assert next_action(b.rolled_back(), Fault.CONFLICT, 33, visible=True) is None
