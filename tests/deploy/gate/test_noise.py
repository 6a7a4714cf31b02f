from math import sqrt
from random import Random

import pytest

from cockpit.deploy.gate.noise import lone_noise, paired_noise, serial_dispersion
from cockpit.deploy.gate.sequential import CountPair


def minutes(
    dice: Random, cluster: int = 1, lean: float = 1.0, swing: float = 0.0, errors: float = 12.0
) -> list[CountPair]:
    """Three hours of minutes. The old group has 49 times the traffic, and errors come `cluster` at a time."""
    made = []
    for minute in range(180):
        now = 1 + swing * ((minute // 20) % 2)
        x1, x0 = (
            cluster * max(0, round(dice.gauss(mean, sqrt(mean))))
            for mean in (errors * lean * now / cluster, 49 * errors * now / cluster)
        )
        made.append(CountPair(3000, x1, 147_000, x0))
    return made


def test_independent_errors_have_dispersion_one() -> None:
    assert paired_noise(minutes(Random(1)), guess=3.0).phi == pytest.approx(1.0, abs=0.15)


def test_clusters_raise_the_dispersion() -> None:
    assert paired_noise(minutes(Random(2), cluster=6), guess=3.0).phi == pytest.approx(6.0, rel=0.4)


def test_errors_of_both_groups_at_once_are_no_noise_between_them() -> None:
    assert paired_noise(minutes(Random(3), swing=3.0), guess=3.0).phi < 2


def test_slow_noise_shows_in_longer_windows() -> None:
    slow = [CountPair(3000, 12 + (8 if (m // 10) % 2 else -8), 147_000, 588) for m in range(180)]
    assert paired_noise(slow, guess=3.0).phi > 10


def test_without_history_the_guess_is_used() -> None:
    for known in (
        [],
        [CountPair(10, 0, 490, 0)] * 180,
        [CountPair(3000, 12, 0, 0)] * 180,
        [CountPair(3000, 12, 147_000, 588)] * 2,
    ):
        noise = paired_noise(known, guess=3.0)
        assert (noise.phi, noise.minutes) == (3.0, 0)


def test_a_short_history_leans_on_the_dispersion_of_the_larger_group() -> None:
    thin = minutes(Random(4), cluster=6, errors=0.2)
    assert paired_noise(thin, guess=3.0).phi > 2.5


def test_a_constant_difference_of_the_groups_becomes_the_ratio() -> None:
    assert paired_noise(minutes(Random(5), lean=1.5), guess=3.0).ratio == pytest.approx(1.5, rel=0.1)
    assert paired_noise(minutes(Random(5), lean=1.5), guess=3.0).phi < 1.5
    assert paired_noise(minutes(Random(5)), guess=3.0).ratio == 1.0


def test_without_a_control_group_the_time_of_day_is_noise() -> None:
    assert lone_noise(minutes(Random(6)), guess=3.0).phi < 1.5
    assert lone_noise(minutes(Random(6), swing=3.0), guess=3.0).phi > 5
    assert lone_noise([], guess=3.0).phi == 3.0


def test_serial_dispersion_shows_clusters_and_not_the_time_of_day() -> None:
    assert serial_dispersion([100.0 + m for m in range(180)]) == 1.0
    assert (serial_dispersion([6.0 * m.x1 for m in minutes(Random(7))]) or 0) > 3
    assert serial_dispersion([1.0, 0.0, 2.0]) is None


def test_errors_of_one_group_alone_have_no_ratio() -> None:
    noise = paired_noise([CountPair(3000, 12, 147_000, 0)] * 180, guess=3.0)
    assert (noise.ratio, noise.minutes) == (1.0, 180)
