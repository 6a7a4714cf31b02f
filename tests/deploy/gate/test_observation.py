"""The dispersion that an observation uses."""

import pytest

from cockpit.deploy.gate.observation import Observation, Poll, add_poll, begin_step, current_dispersion
from cockpit.deploy.gate.sequential import CountPair
from cockpit.deploy.policy import GatePolicy

POLICY = GatePolicy()


def noiseless(minutes: int) -> Observation:
    """A step that begins after this many minutes without noise."""
    observation = Observation()
    for minute in range(-minutes, 0):
        observation = add_poll(observation, Poll(60.0 * minute, CountPair(6_000, 24, 294_000, 1_176)), POLICY)
    return begin_step(observation, 0.0, POLICY)


def test_a_long_clean_history_replaces_the_guess_and_a_short_one_lowers_it_in_part() -> None:
    assert current_dispersion(noiseless(60), True, POLICY) == 1.0
    assert 1.5 < current_dispersion(noiseless(5), True, POLICY) < POLICY.dispersion
    assert current_dispersion(noiseless(10), True, POLICY) < current_dispersion(noiseless(5), True, POLICY)


def test_without_any_history_the_guess_is_used() -> None:
    assert current_dispersion(noiseless(0), True, POLICY) == POLICY.dispersion


@pytest.mark.parametrize("minutes", [5, 60])
def test_noise_in_a_short_history_counts_in_full(minutes: int) -> None:
    observation = Observation()
    for minute in range(-minutes, 0):
        burst = 100 if minute % 2 else 0
        observation = add_poll(observation, Poll(60.0 * minute, CountPair(6_000, burst, 294_000, 1_176)), POLICY)
    assert current_dispersion(begin_step(observation, 0.0, POLICY), True, POLICY) > 5.0


def test_a_change_of_traffic_at_the_same_error_rate_is_no_noise() -> None:
    observation = begin_step(Observation(), 0.0, POLICY)
    for at, n0 in ((5.0, 10_000.0), (10.0, 15_000.0), (15.0, 9_000.0)):
        observation = add_poll(observation, Poll(at, CountPair(1000, 4, n0, 0.004 * n0)), POLICY)
    squares, plain = observation.dispersion_sums
    assert squares == pytest.approx(0.0)
    assert plain > 100
