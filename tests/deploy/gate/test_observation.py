"""What a watch knows of the noise."""

import pytest

from cockpit.deploy.gate.observation import Observation, Poll, add_poll, begin_step, current_dispersion
from cockpit.deploy.gate.sequential import CountPair
from cockpit.deploy.policy import GatePolicy

POLICY = GatePolicy()


def calm(minutes: int) -> Observation:
    """A step that begins after so many minutes without any noise."""
    watch = Observation()
    for minute in range(-minutes, 0):
        watch = add_poll(watch, Poll(60.0 * minute, CountPair(6_000, 24, 294_000, 1_176)), POLICY)
    return begin_step(watch, 0.0, POLICY)


def test_a_long_clean_history_replaces_the_guess_and_a_short_one_lowers_it_in_part() -> None:
    assert current_dispersion(calm(60), True, POLICY) == 1.0
    assert 1.5 < current_dispersion(calm(5), True, POLICY) < POLICY.dispersion
    assert current_dispersion(calm(10), True, POLICY) < current_dispersion(calm(5), True, POLICY)


def test_without_any_history_the_guess_is_used() -> None:
    assert current_dispersion(calm(0), True, POLICY) == POLICY.dispersion


@pytest.mark.parametrize("minutes", [5, 60])
def test_noise_in_a_short_history_counts_in_full(minutes: int) -> None:
    watch = Observation()
    for minute in range(-minutes, 0):
        burst = 100 if minute % 2 else 0
        watch = add_poll(watch, Poll(60.0 * minute, CountPair(6_000, burst, 294_000, 1_176)), POLICY)
    assert current_dispersion(begin_step(watch, 0.0, POLICY), True, POLICY) > 5.0
