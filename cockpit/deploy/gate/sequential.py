"""Evidence that grows poll by poll and may be looked at after every one: e-processes for two error rates.

Given an error, under equal rates it falls on the new build with probability n1/(n1+n0), whatever the hour does to both
builds; so bursts and the time of day cancel, and the split of the traffic may change at every poll (Lindon & Malek,
NeurIPS 2022, "Anytime-valid inference for multinomial count data"). Each bet multiplies the evidence against one
hypothesis by a likelihood ratio whose mean under that hypothesis is 1: that the evidence ever reaches 1/alpha has then
a chance of at most alpha (Ville 1939), however often one looks.
"""

from math import exp, log

from msgspec import Struct

RATIOS = tuple(1.56 * (30 / 1.56) ** (k / 11) for k in range(12))
"""How many times worse the new build may be: what the test for worse bets on."""
WEIGHTS = tuple(r**-0.8 / sum(s**-0.8 for s in RATIOS) for r in RATIOS)
"""Somewhat more on small ratios, which need the most evidence."""
NO_WORSE = (0.5, 1.0, 1.3)
"""What the mirrored test, that a regression is excluded, bets on."""
TRUST = (0.25, 0.5, 0.25)
CAP = 2.5
"""The most that the logarithm of evidence may grow by in one poll, so that no single burst decides,"""
POLL = 10.0
"""if the poll covers no more than so many seconds; in proportion where it covers up to three times as many."""
AT_ONCE = 0.5
"""Share of the bets placed at the start of a step; the rest is spread over `SPREAD` seconds."""
SPREAD = 1800.0
CAUTION = 1.5
"""How much more noise GO reckons with than clean history proves: it can wait, and is the dearer mistake."""
MAX_EVIDENCE = 1e9
"""Evidence for worse grows no further: more says nothing new, and what is over must be seen to be over."""
MIN_EVIDENCE = 1e-6
"""Evidence for GO is never wholly lost, so that a calm after a storm counts again."""
CREDIT = 3.0
"""How far past its threshold evidence for GO may grow, in logarithms: a long calm must not hide what begins later."""


class CountPair(Struct, frozen=True):
    """Requests and errors of the new build and of the old one over the same time."""

    n1: float
    x1: float
    n0: float
    x0: float

    def __add__(self, other: "CountPair") -> "CountPair":
        return CountPair(self.n1 + other.n1, self.x1 + other.x1, self.n0 + other.n0, self.x0 + other.x0)


NO_COUNTS = CountPair(0, 0, 0, 0)


class Bets(Struct, frozen=True):
    """The state of the three tests between two polls."""

    worse_bets: tuple[float, ...] = (0.0,) * len(RATIOS)
    """Evidence, by ratio, against "at most `tolerated` times the old rate"."""
    unspent: float = 0.0
    """What has not been bet on worse yet in this step."""
    not_worse_bets: tuple[float, ...] = TRUST
    """Evidence, by ratio, against "at least `excluded` times the old rate"."""
    within_points: float = 1.0
    """Evidence against "at least `points` above the old rate"."""

    @property
    def worse_evidence(self) -> float:
        """Evidence that the new build is worse than tolerated; 1 says nothing."""
        return sum(self.worse_bets) + self.unspent

    @property
    def not_worse(self) -> float:
        """Evidence that it is not `excluded` times as bad."""
        return sum(self.not_worse_bets)


class Stakes(Struct, frozen=True):
    """What is tested, and how noisy the counts are."""

    tolerated: float
    excluded: float
    points: float
    """Share of requests, 0 to 1."""
    enough: float
    """Evidence at which a regression counts as excluded."""
    base_rate: float
    """The old build's error rate, 0 to 1, on the low side: what `points` are counted from."""
    phi: float = 1.0
    """Dispersion of the errors: their variance in units of a Poisson one."""
    cap: float = CAP


def open_bets(bets: Bets) -> Bets:
    """A step begins: half of a new stake is placed wherever less is left, what was learnt in the steps before stays."""
    placed = tuple(max(s, AT_ONCE * w) for s, w in zip(bets.worse_bets, WEIGHTS, strict=True))
    return Bets(placed, 1 - AT_ONCE, bets.not_worse_bets, bets.within_points)


def update_bets(bets: Bets, strict: CountPair, kind: CountPair, seconds: float, stakes: Stakes) -> Bets:
    """The bets once a pair, counted over `seconds`, has been seen; both builds must have had requests.

    `strict` is the pair as the test for worse takes it and `kind` as the mirrored one does: the same, unless the old
    build's rate is itself uncertain, and then each on its safe side.
    """
    spent = (1 - AT_ONCE) * min(1.0, seconds / SPREAD)  # goes on after the stake is spent: a step may last for hours
    staked = tuple(s + w * spent for s, w in zip(bets.worse_bets, WEIGHTS, strict=True))
    worse = tuple(
        min(MAX_EVIDENCE, s * exp(gain))
        for s, gain in zip(staked, _gains(strict, RATIOS, stakes.tolerated, stakes.phi, stakes.cap), strict=True)
    )
    most = stakes.enough * exp(CREDIT)
    calm = tuple(
        min(most * t, max(MIN_EVIDENCE, s * exp(gain)))
        for s, t, gain in zip(
            bets.not_worse_bets,
            TRUST,
            _gains(kind, NO_WORSE, stakes.excluded, stakes.phi * CAUTION, stakes.cap),
            strict=True,
        )
    )
    rate = max(stakes.base_rate, stakes.points / 10)
    gain = (kind.x1 * log(rate / (rate + stakes.points)) + stakes.points * kind.n1) / (stakes.phi * CAUTION)
    points = min(most, max(MIN_EVIDENCE, bets.within_points * exp(min(stakes.cap, gain))))
    return Bets(worse, max(0.0, bets.unspent - spent), calm, points)


def cap(seconds: float) -> float:
    """The cap of a poll that covers so many seconds."""
    return CAP * min(3.0, max(1.0, seconds / POLL))


def _gains(pair: CountPair, ratios: tuple[float, ...], tested: float, phi: float, cap: float) -> tuple[float, ...]:
    """For each ratio the capped log-likelihood ratio of the new build's share of the errors, against `tested`.

    Divided by phi: the tempering that overdispersed counts ask for (Lindon & Malek's bound holds for phi = 1).
    """
    total = pair.x1 + pair.x0
    if not total:
        return (0.0,) * len(ratios)
    base = total * log(tested * pair.n1 + pair.n0)
    return tuple(
        min(cap, (pair.x1 * log(r / tested) - total * log(r * pair.n1 + pair.n0) + base) / phi) for r in ratios
    )
