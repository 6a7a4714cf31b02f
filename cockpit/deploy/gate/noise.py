"""The dispersion of a fleet's errors in clean times, by which the gate's evidence is divided.

Errors come in clusters: one bad customer, one slow shard. A split of errors that is next to impossible for independent
errors then happens every hour. The dispersion is estimated from the fleet's clean history, when both groups of hosts
ran the same build (an A/A test). Without history a cautious guess is used.
"""

from collections.abc import Sequence
from math import log, sqrt

from msgspec import Struct

from cockpit.deploy.gate.sequential import NO_COUNTS, CountPair

WINDOWS = (1, 5, 10)
"""Window lengths in minutes. Short windows do not show slow noise."""
GUESS_WEIGHT = 100.0
"""The weight of the prior dispersion, in expected errors."""
MIN_SERIAL_WEIGHT = 400.0
"""The least weighted errors, six for each error, that an estimate from one group needs."""
MIN_ERRORS = 5.0
"""The least expected errors of one group that an estimate needs."""
MIN_WINDOWS = 3
UPPER_DECILE = 1.282
"""The upper decile of the normal distribution."""
MAX_DISPERSION = 50.0
RATIO_SIGMAS = 4.0
"""Standard errors by which the two groups must differ in history before their ratio is used."""


class Noise(Struct, frozen=True):
    """The noise of clean history."""

    phi: float
    """The variance of the errors as a multiple of that of independent errors, at least 1."""
    ratio: float = 1.0
    """The new group's error rate over the old group's while both ran the same build."""
    minutes: int = 0
    """Minutes of clean history; 0 for a guess."""
    total: CountPair = NO_COUNTS
    """The sum of the history."""


def paired_noise(minutes: Sequence[CountPair], guess: float) -> Noise:
    """The noise of the split of errors between two groups, from paired counts by the minute, oldest first.

    For independent errors, x1 given x1 + x0 is Binomial(x1 + x0, p). phi is the Pearson statistic per degree of freedom
    (McCullagh & Nelder 1989, 4.5). `guess` is phi without history, and the prior of a short one.
    """
    total = sum(minutes, NO_COUNTS)
    rough = serial_dispersion([minute.x0 for minute in minutes]) or guess
    phi = _phi(minutes, rough, 1.0)
    if phi is None:
        return Noise(rough if rough > guess else guess, total=total)
    if total.x1 >= 1 and total.x0 >= 1:
        lean = total.x1 / total.n1 * total.n0 / total.x0
        about = _phi(minutes, rough, lean) or phi
        if abs(log(lean)) > RATIO_SIGMAS * sqrt(about * (1 / total.x1 + 1 / total.x0)):
            return Noise(about, lean, len(minutes), total)
    return Noise(phi, 1.0, len(minutes), total)


def serial_dispersion(counts: Sequence[float]) -> float | None:
    """The dispersion of one group's errors about their own trend; None if there are too few errors.

    Second differences (von Neumann's estimator of 1941, one order up) cancel the time of day.
    """
    expected = sum(a + 4 * b + c for a, b, c in zip(counts, counts[1:], counts[2:], strict=False))
    if expected < MIN_SERIAL_WEIGHT:
        return None
    squares = sum((a - 2 * b + c) ** 2 for a, b, c in zip(counts, counts[1:], counts[2:], strict=False))
    return min(MAX_DISPERSION, max(1.0, squares / expected / _chi_square_margin(0.6 * len(counts))))


def lone_noise(minutes: Sequence[CountPair], guess: float) -> Noise:
    """The noise of one group's errors over time, without a control group. The time of day counts as noise too."""
    total = sum(minutes, NO_COUNTS)
    if total.x1 < MIN_ERRORS:
        return Noise(guess, total=total)
    rate = total.x1 / total.n1
    dispersions = [
        _pearson([(w.x1, w.n1 * rate, w.n1 * rate) for w in _windows(minutes, width)], guess)
        for width in WINDOWS
        if len(minutes) >= MIN_WINDOWS * width
    ]
    return Noise(max(1.0, *dispersions), 1.0, len(minutes), total) if dispersions else Noise(guess, total=total)


def _phi(minutes: Sequence[CountPair], guess: float, lean: float) -> float | None:
    """The largest phi over the window lengths, for a new group with `ratio` times the old error rate."""
    total = sum(minutes, NO_COUNTS)
    if not (total.n1 and total.n0):
        return None
    share = lean * total.n1 / (lean * total.n1 + total.n0)
    if (total.x1 + total.x0) * share * (1 - share) < MIN_ERRORS:
        return None
    dispersions = []
    for width in WINDOWS:
        if len(minutes) >= MIN_WINDOWS * width:
            windows = []
            for w in filter(lambda w: w.n1 and w.n0, _windows(minutes, width)):
                p = lean * w.n1 / (lean * w.n1 + w.n0)
                windows.append((w.x1, (w.x1 + w.x0) * p, (w.x1 + w.x0) * p * (1 - p)))
            dispersions.append(_pearson(windows, guess))
    return min(MAX_DISPERSION, max(1.0, *dispersions)) if dispersions else None


def _pearson(windows: Sequence[tuple[float, float, float]], guess: float) -> float:
    """phi from (observed, expected, variance) of each window, corrected for chance in few windows."""
    squares = sum((observed - expected) ** 2 for observed, expected, _ in windows)
    phi = (squares + GUESS_WEIGHT * guess) / (sum(variance for _, _, variance in windows) + GUESS_WEIGHT)
    return phi / _chi_square_margin(len(windows))


def _chi_square_margin(degrees: float) -> float:
    """The upper decile of chi-square per degree of freedom (Wilson & Hilferty 1931)."""
    small = 2 / (9 * degrees)
    return float((1 - small + UPPER_DECILE * sqrt(small)) ** 3)


def _windows(minutes: Sequence[CountPair], width: int) -> list[CountPair]:
    """Sums over `width` minutes each, without an incomplete last window."""
    return [sum(minutes[i : i + width], NO_COUNTS) for i in range(0, len(minutes) - width + 1, width)]
