"""How noisy this fleet's errors are while nothing is wrong: the dispersion that the gate's evidence is tempered by.

Errors come in clusters: one bad customer, one slow shard. Where they do, a share of the errors that would be a miracle
for independent ones happens every hour. How much so is read off the fleet's own clean history, when both groups of
hosts ran the same build (an A/A test), and where there is none a cautious guess stands in.
"""

from collections.abc import Sequence
from math import log, sqrt

from msgspec import Struct

from cockpit.deploy.gate.sequential import NO_COUNTS, CountPair

WINDOWS = (1, 5, 10)
"""Minutes; noise may be slow, and then short windows do not show it."""
GUESS_WEIGHT = 100.0
"""Expected errors that the guess, or the larger group's own swings, count for."""
MIN_SERIAL_WEIGHT = 400.0
"""Weighted errors, six for each, without which a group's swings say nothing."""
LEAST_ERRORS = 5.0
"""Expected errors of one group without which history says nothing."""
LEAST_WINDOWS = 3
UPPER_DECILE = 1.282
"""Of the normal distribution."""
HIGHEST = 50.0
LEAN_SIGMAS = 4.0
"""How sure the history must be that the two groups differ by themselves before that is taken into account."""


class Noise(Struct, frozen=True):
    """What clean history says."""

    phi: float
    """Variance of the errors in units of what independent ones would have, at least 1."""
    ratio: float = 1.0
    """How many times the old group's error rate the new group's was, when both ran the same build."""
    minutes: int = 0
    """Of clean history behind it; 0 for a guess."""
    total: CountPair = NO_COUNTS
    """All of the history."""


def paired_noise(minutes: Sequence[CountPair], guess: float) -> Noise:
    """The noise of the split of errors between two groups, from paired counts by the minute, oldest first.

    x1 given x1 + x0 is Binomial(x1 + x0, p) for independent errors; phi is the Pearson statistic per degree of freedom
    (McCullagh & Nelder 1989, 4.5). `guess` is phi where there is no history, and pulls a thin one towards it.
    """
    total = sum(minutes, NO_COUNTS)
    rough = serial_dispersion([minute.x0 for minute in minutes]) or guess
    phi = _phi(minutes, rough, 1.0)
    if phi is None:
        return Noise(rough if rough > guess else guess, total=total)
    if total.x1 >= 1 and total.x0 >= 1:
        lean = total.x1 / total.n1 * total.n0 / total.x0
        about = _phi(minutes, rough, lean) or phi
        if abs(log(lean)) > LEAN_SIGMAS * sqrt(about * (1 / total.x1 + 1 / total.x0)):
            return Noise(about, lean, len(minutes), total)
    return Noise(phi, 1.0, len(minutes), total)


def serial_dispersion(counts: Sequence[float]) -> float | None:
    """The dispersion of one group's errors about their own slow course; None where there are too few of them.

    Second differences (von Neumann's estimator of 1941, one order up) do not see the time of day.
    """
    expected = sum(a + 4 * b + c for a, b, c in zip(counts, counts[1:], counts[2:], strict=False))
    if expected < MIN_SERIAL_WEIGHT:
        return None
    squares = sum((a - 2 * b + c) ** 2 for a, b, c in zip(counts, counts[1:], counts[2:], strict=False))
    return min(HIGHEST, max(1.0, squares / expected / _luck(0.6 * len(counts))))


def lone_noise(minutes: Sequence[CountPair], guess: float) -> Noise:
    """The noise of one group's errors over time, the other being absent: the hour's ups and downs are noise too."""
    total = sum(minutes, NO_COUNTS)
    if total.x1 < LEAST_ERRORS:
        return Noise(guess, total=total)
    rate = total.x1 / total.n1
    found = [
        _pearson([(w.x1, w.n1 * rate, w.n1 * rate) for w in _windows(minutes, width)], guess)
        for width in WINDOWS
        if len(minutes) >= LEAST_WINDOWS * width
    ]
    return Noise(max(1.0, *found), 1.0, len(minutes), total) if found else Noise(guess, total=total)


def _phi(minutes: Sequence[CountPair], guess: float, lean: float) -> float | None:
    """The largest over the window lengths, of the split where the new group's rate is `lean` times the old one's."""
    total = sum(minutes, NO_COUNTS)
    if not (total.n1 and total.n0):
        return None
    share = lean * total.n1 / (lean * total.n1 + total.n0)
    if (total.x1 + total.x0) * share * (1 - share) < LEAST_ERRORS:
        return None
    found = []
    for width in WINDOWS:
        if len(minutes) >= LEAST_WINDOWS * width:
            seen = []
            for w in filter(lambda w: w.n1 and w.n0, _windows(minutes, width)):
                p = lean * w.n1 / (lean * w.n1 + w.n0)
                seen.append((w.x1, (w.x1 + w.x0) * p, (w.x1 + w.x0) * p * (1 - p)))
            found.append(_pearson(seen, guess))
    return min(HIGHEST, max(1.0, *found)) if found else None


def _pearson(seen: Sequence[tuple[float, float, float]], guess: float) -> float:
    """phi from (observed, expected, variance) of each window, less what chance alone makes of so few windows."""
    squares = sum((observed - expected) ** 2 for observed, expected, _ in seen)
    phi = (squares + GUESS_WEIGHT * guess) / (sum(variance for _, _, variance in seen) + GUESS_WEIGHT)
    return phi / _luck(len(seen))


def _luck(degrees: float) -> float:
    """What chi-square per degree of freedom exceeds in one case of ten (Wilson & Hilferty 1931)."""
    small = 2 / (9 * degrees)
    return float((1 - small + UPPER_DECILE * sqrt(small)) ** 3)


def _windows(minutes: Sequence[CountPair], width: int) -> list[CountPair]:
    """Sums over `width` minutes each; an incomplete last one is left out."""
    return [sum(minutes[i : i + width], NO_COUNTS) for i in range(0, len(minutes) - width + 1, width)]
