"""A sequential test of two error rates by e-processes, valid at every poll.

The time of day affects both builds alike: under equal rates, an error falls on the new build with probability
n1/(n1+n0). So bursts and the time of day cancel, and the traffic split may change at every poll (Lindon & Malek,
NeurIPS 2022, "Anytime-valid inference for multinomial count data"). Each bet multiplies the evidence against a
hypothesis by a likelihood ratio with mean 1 under that hypothesis. The chance that the evidence ever reaches 1/alpha is
then at most alpha (Ville 1939), however often it is checked.
"""

from math import exp, log

from msgspec import Struct

RATIOS = tuple(1.56 * (30 / 1.56) ** (k / 11) for k in range(12))
"""The error ratios that the test for a worse build bets on."""
WEIGHTS = tuple(r**-0.8 / sum(s**-0.8 for s in RATIOS) for r in RATIOS)
"""The stake on each ratio: more on small ratios, which need the most evidence."""
NO_WORSE = (0.5, 1.0, 1.3)
"""The error ratios that the opposite test, against a regression, bets on."""
TRUST = (0.25, 0.5, 0.25)
CAP = 2.5
"""The largest growth of log evidence in one poll, so that no single burst decides."""
POLL_SECONDS = 10.0
"""The seconds of a poll to which the cap applies. A longer poll has a higher cap, up to three times."""
INITIAL_STAKE = 0.5
"""The share of the stake placed at the start of a step; the rest is spread over `SPREAD_SECONDS`."""
SPREAD_SECONDS = 1800.0
CAUTION = 1.5
"""The factor on the noise for GO. A GO can wait, and a wrong one costs more."""
MAX_EVIDENCE = 1e9
"""The upper bound of evidence for a worse build, so that it can fall again once the cause is gone."""
MIN_EVIDENCE = 1e-6
"""The lower bound of evidence for GO, so that it can grow again once the cause is gone."""
MAX_CREDIT = 3.0
"""The log by which evidence for GO may exceed its threshold: clean hours must not hide a later regression."""


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
    """The state of the three tests after a poll."""

    worse_bets: tuple[float, ...] = (0.0,) * len(RATIOS)
    """Evidence, by ratio, against "at most `tolerated` times the old rate"."""
    unspent: float = 0.0
    """The part of the stake that is not placed yet in this step."""
    not_worse_bets: tuple[float, ...] = TRUST
    """Evidence, by ratio, against "at least `excluded` times the old rate"."""
    within_points: float = 1.0
    """Evidence against "at least `points` above the old rate"."""

    @property
    def worse_evidence(self) -> float:
        """Evidence that the new build is worse than tolerated; 1 is no evidence."""
        return sum(self.worse_bets) + self.unspent

    @property
    def not_worse(self) -> float:
        """Evidence that it is less than `excluded` times as bad."""
        return sum(self.not_worse_bets)


class Stakes(Struct, frozen=True):
    """The tested hypotheses and the noise of the counts."""

    tolerated: float
    excluded: float
    points: float
    """Share of requests, 0 to 1."""
    enough: float
    """Evidence at which a regression counts as excluded."""
    base_rate: float
    """A lower bound of the old build's error rate, 0 to 1, to which `points` are added."""
    phi: float = 1.0
    """The dispersion of the errors: their variance as a multiple of a Poisson variance."""
    cap: float = CAP


def open_bets(bets: Bets) -> Bets:
    """Begin a step: raise each bet to half of its stake, and keep the evidence of the steps before."""
    placed = tuple(max(s, INITIAL_STAKE * w) for s, w in zip(bets.worse_bets, WEIGHTS, strict=True))
    return Bets(placed, 1 - INITIAL_STAKE, bets.not_worse_bets, bets.within_points)


def update_bets(bets: Bets, strict: CountPair, lenient: CountPair, seconds: float, stakes: Stakes) -> Bets:
    """Update the bets with a pair of counts over `seconds`. Both builds must have had requests.

    The test for a worse build uses `strict`, the opposite test `lenient`. They differ only if the old build's rate is
    itself uncertain: each test then uses its safe side.
    """
    spent = (1 - INITIAL_STAKE) * min(
        1.0, seconds / SPREAD_SECONDS
    )  # also after the stake is spent: a step may last for hours
    staked = tuple(s + w * spent for s, w in zip(bets.worse_bets, WEIGHTS, strict=True))
    worse = tuple(
        min(MAX_EVIDENCE, s * exp(gain))
        for s, gain in zip(staked, _gains(strict, RATIOS, stakes.tolerated, stakes.phi, stakes.cap), strict=True)
    )
    most = stakes.enough * exp(MAX_CREDIT)
    calm = tuple(
        min(most * t, max(MIN_EVIDENCE, s * exp(gain)))
        for s, t, gain in zip(
            bets.not_worse_bets,
            TRUST,
            _gains(lenient, NO_WORSE, stakes.excluded, stakes.phi * CAUTION, stakes.cap),
            strict=True,
        )
    )
    rate = max(stakes.base_rate, stakes.points / 10)
    gain = (lenient.x1 * log(rate / (rate + stakes.points)) + stakes.points * lenient.n1) / (stakes.phi * CAUTION)
    points = min(most, max(MIN_EVIDENCE, bets.within_points * exp(min(stakes.cap, gain))))
    return Bets(worse, max(0.0, bets.unspent - spent), calm, points)


def cap(seconds: float) -> float:
    """The cap of a poll that covers this many seconds."""
    return CAP * min(3.0, max(1.0, seconds / POLL_SECONDS))


def _gains(pair: CountPair, ratios: tuple[float, ...], tested: float, phi: float, cap: float) -> tuple[float, ...]:
    """For each ratio the capped log-likelihood ratio of the new build's share of the errors, against `tested`.

    It is divided by phi because the counts are overdispersed (Lindon & Malek's bound holds for phi = 1).
    """
    total = pair.x1 + pair.x0
    if not total:
        return (0.0,) * len(ratios)
    base = total * log(tested * pair.n1 + pair.n0)
    return tuple(
        min(cap, (pair.x1 * log(r / tested) - total * log(r * pair.n1 + pair.n0) + base) / phi) for r in ratios
    )
