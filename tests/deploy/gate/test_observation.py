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


def test_a_long_calm_shows_that_there_is_no_noise_and_a_short_one_lowers_the_guess_in_part() -> None:
    assert current_dispersion(calm(60), True, POLICY) == 1.0
    assert 1.5 < current_dispersion(calm(5), True, POLICY) < POLICY.dispersion
    assert current_dispersion(calm(10), True, POLICY) < current_dispersion(calm(5), True, POLICY)


def test_without_any_history_it_is_the_guess() -> None:
    assert current_dispersion(calm(0), True, POLICY) == POLICY.dispersion


@pytest.mark.parametrize("minutes", [5, 60])
def test_noise_that_even_a_short_history_shows_is_believed(minutes: int) -> None:
    watch = Observation()
    for minute in range(-minutes, 0):
        burst = 100 if minute % 2 else 0
        watch = add_poll(watch, Poll(60.0 * minute, CountPair(6_000, burst, 294_000, 1_176)), POLICY)
    assert current_dispersion(begin_step(watch, 0.0, POLICY), True, POLICY) > 5.0
