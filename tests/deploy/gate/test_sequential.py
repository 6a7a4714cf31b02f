from math import exp, log
from random import Random

import pytest

from cockpit.deploy.gate.sequential import (
    CAP,
    INITIAL_STAKE,
    RATIOS,
    WEIGHTS,
    Bets,
    CountPair,
    Stakes,
    open_bets,
    update_bets,
)

STAKES = Stakes(tolerated=1.2, excluded=2.0, points=0.001, enough=20.0, base_rate=0.004)


def fold(*pairs: CountPair, stakes: Stakes = STAKES, seconds: float = 5.0) -> Bets:
    bets = open_bets(Bets())
    for pair in pairs:
        bets = update_bets(bets, pair, pair, seconds, stakes)
    return bets


def test_without_counts_there_is_no_evidence() -> None:
    assert open_bets(Bets()).worse_evidence == pytest.approx(1.0)
    assert sum(WEIGHTS) == pytest.approx(1.0)
    assert Bets().not_worse == 1.0


def test_the_evidence_is_the_weighted_likelihood_ratio_of_the_paper() -> None:
    pair = CountPair(100, 2, 4900, 18)
    spent = INITIAL_STAKE * 5 / 1800
    by_hand = [
        w * (INITIAL_STAKE + spent) * exp(2 * log(r / 1.2) - 20 * log((r * 100 + 4900) / (1.2 * 100 + 4900)))
        for r, w in zip(RATIOS, WEIGHTS, strict=True)
    ]
    assert fold(pair).worse_bets == pytest.approx(by_hand)


def test_dispersion_lowers_the_evidence() -> None:
    pair = CountPair(1000, 12, 49_000, 200)
    assert (
        1 < fold(pair, stakes=Stakes(1.2, 2.0, 0.001, 20.0, 0.004, phi=5.0)).worse_evidence < fold(pair).worse_evidence
    )


def test_no_single_poll_decides() -> None:
    assert fold(CountPair(1000, 1000, 49_000, 0)).worse_evidence < exp(CAP)


def test_errors_of_both_builds_alike_are_no_evidence() -> None:
    assert fold(*[CountPair(100, 40, 4900, 1960)] * 20).worse_evidence < 1.0


def test_a_build_five_times_as_bad_gives_evidence_and_never_counts_as_no_worse() -> None:
    bets = fold(*[CountPair(100, 2, 4900, 20)] * 40)
    assert bets.worse_evidence > 2000
    assert bets.not_worse < 1


def test_an_equal_build_gives_evidence_that_it_is_no_worse() -> None:
    bets = fold(*[CountPair(1000, 4, 49_000, 196)] * 15)
    assert bets.not_worse >= 20
    assert bets.worse_evidence < 1


def test_without_errors_a_tenth_of_a_point_is_ruled_out_after_some_thousand_requests() -> None:
    silent = Stakes(1.2, 2.0, 0.001, 20.0, base_rate=0.0)
    assert fold(*[CountPair(100, 0, 4900, 0)] * 44, stakes=silent).within_points < 20
    assert fold(*[CountPair(100, 0, 4900, 0)] * 46, stakes=silent).within_points >= 20


def test_a_long_clean_time_does_not_hide_a_later_regression() -> None:
    clean = fold(*[CountPair(1000, 4, 49_000, 196)] * 500)
    worse = clean
    for _ in range(3):
        worse = update_bets(worse, CountPair(1000, 20, 49_000, 196), CountPair(1000, 20, 49_000, 196), 5.0, STAKES)
    assert clean.not_worse >= 20
    assert worse.not_worse < 20


def test_evidence_is_carried_over_to_the_next_step() -> None:
    before = fold(*[CountPair(100, 2, 4900, 20)] * 10)
    assert open_bets(before).worse_evidence == pytest.approx(before.worse_evidence, rel=0.01)
    assert open_bets(before).not_worse == before.not_worse
    silent = Bets()
    for _ in range(8):
        silent = open_bets(silent)
    assert silent.worse_evidence == pytest.approx(1.0)


def test_checks_at_every_poll_keep_the_stated_false_alarm_rate() -> None:
    dice = Random(5)
    crossed = 0
    for _ in range(400):
        bets = open_bets(Bets())
        for _ in range(60):
            x1, x0 = (sum(dice.random() < 0.5 for _ in range(n)) for n in (2, 98))  # means 1.2 and 49: the tolerated
            x1 += dice.random() < 0.2
            bets = update_bets(bets, CountPair(100, x1, 4900, x0), CountPair(100, x1, 4900, x0), 5.0, STAKES)
            if bets.worse_evidence >= 20:
                crossed += 1
                break
    assert crossed <= 0.05 * 400


def test_evidence_is_bounded_so_that_it_falls_after_the_cause_is_gone() -> None:
    bad, clean = CountPair(1000, 900, 49_000, 196), CountPair(1000, 4, 49_000, 196)
    worst = fold(*[bad] * 2000)
    assert 2000 < worst.worse_evidence < 1e11
    for _ in range(60):
        worst = update_bets(worst, clean, clean, 5.0, STAKES)
    assert worst.worse_evidence < 2000
